package main

import (
	"context"
	"fmt"
	"time"
)

// joinRun is a new member that came into being while the open loop went on.
type joinRun struct {
	// CaughtUp is the seconds from the start of a member without data until it has
	// applied all but what is on its way, Votes those until it is a voter.
	CaughtUp float64 `json:"caught_up_seconds"`
	Votes    float64 `json:"votes_seconds"`
	outcome
}

// join adds a member that has no data yet, under load.
func join(ctx context.Context, cfg *config, s replicated, run *millionRun) error {
	member := len(s.processes())
	var j joinRun
	o, err := loadWhile(ctx, cfg, s, func(ctx context.Context) error {
		began, err := s.add(ctx)
		if err != nil {
			return err
		}
		if err := await(ctx, s.processes(), func(ctx context.Context) error {
			lag, err := s.lag(ctx, member)
			if err == nil && lag > closeEnough {
				err = fmt.Errorf("it is %d entries behind", lag)
			}
			return err
		}); err != nil {
			return err
		}
		j.CaughtUp = time.Since(began).Seconds()
		err = await(ctx, s.processes(), func(ctx context.Context) error { return s.admit(ctx, member) })
		j.Votes = time.Since(began).Seconds()
		return err
	})
	if err != nil {
		return err
	}
	j.outcome = o
	say("a new member of %-5s has caught up after %.2f s, votes after %.2f s; %s", s.name(), j.CaughtUp, j.Votes, o)
	run.Join = &j
	return nil
}
