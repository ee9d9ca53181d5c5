package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kv/cmd/kv/bench"
)

// stopClients is how many put while the leader is stopped.
const stopClients = 64

var errNotStopped = errors.New("it did not lead any more when it was stopped")

// stopRun is one system whose leader was stopped in good order once, under load.
type stopRun struct {
	System string `json:"system"`
	outcome
}

// stops stops the leader of each system again and again, in turn.
func stops(ctx context.Context, cfg *config, _ *plan, systems []system, r *results) error {
	for i := range cfg.stops {
		for _, s := range replicatedOf(systems) {
			o, err := stopLeader(ctx, cfg, s)
			if err != nil {
				return fmt.Errorf("stop the leader of %s: %w", s.name(), err)
			}
			say("SIGTERM of the leader %d/%d %-5s %s", i+1, cfg.stops, s.name(), o)
			r.Stops = append(r.Stops, stopRun{s.name(), o})
		}
	}
	return nil
}

// stopLeader stops the leader while clients put, and starts the member again.
func stopLeader(ctx context.Context, cfg *config, s replicated) (outcome, error) {
	targets, closeAll, err := s.everywhere(stopClients)
	if err != nil {
		return outcome{}, err
	}
	defer closeAll()
	leader, err := settledLeader(ctx, cfg, s, targets[0])
	if err != nil {
		return outcome{}, err
	}
	term, err := termOf(ctx, s)
	if err != nil {
		return outcome{}, err
	}
	stopped := make(chan error, 1)
	c := load(cfg, point{kind: bench.Put, clients: stopClients})
	c.Targets, c.Duration = targets, 2*cfg.settle
	c.AtStart = func() {
		go func() {
			if err := sleep(ctx, cfg.settle/2); err != nil {
				stopped <- err
				return
			}
			stopped <- leader.terminate()
		}()
	}
	report, err := bench.Run(ctx, c)
	if err != nil {
		return outcome{}, err
	}
	if ctx.Err() != nil { // it may have ended before AtStart
		return outcome{}, ctx.Err()
	}
	if err := errors.Join(<-stopped, leader.start()); err != nil {
		return outcome{}, err
	}
	if err := await(ctx, s.processes(), s.recovered); err != nil {
		return outcome{}, err
	}
	if after, err := termOf(ctx, s); err != nil || after == term {
		return outcome{}, errors.Join(err, errNotStopped)
	}
	return outcomeOf(report), nil
}

// settledLeader returns the leader once the connections of t are there and the
// system was left alone for a while.
func settledLeader(ctx context.Context, cfg *config, s replicated, t bench.Target) (leader *process, err error) {
	if err := await(ctx, s.processes(), func(ctx context.Context) error {
		_, err := t.Do(ctx, probe(0))
		return err
	}); err != nil {
		return nil, err
	}
	if err := sleep(ctx, cfg.settle); err != nil {
		return nil, err
	}
	err = await(ctx, s.processes(), func(ctx context.Context) (err error) {
		leader, err = s.leader(ctx)
		return err
	})
	return leader, err
}

// sleep waits for d; its error is that of ctx if that ends first.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
