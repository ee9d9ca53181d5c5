package main

import (
	"context"
	"fmt"
	"time"

	"kv/cmd/kv/bench"
)

// steadyRun is one system under full load for a long time.
type steadyRun struct {
	System  string  `json:"system"`
	Clients int     `json:"clients"`
	Seconds float64 `json:"seconds"`
	// Elections is by how much the term has grown: 0 is what a leader that nobody
	// disturbed comes to.
	Elections uint64 `json:"elections"`
	outcome
}

// steady gives each system full load, one after the other.
func steady(ctx context.Context, cfg *config, _ *plan, systems []system, r *results) error {
	for _, s := range replicatedOf(systems) {
		say("%d clients put into %s for %s", cfg.steadyClients, s.name(), cfg.steady)
		run, err := steadyOf(ctx, cfg, s)
		if err != nil {
			return fmt.Errorf("full load on %s: %w", s.name(), err)
		}
		say("full load %-5s %s  elections %d", s.name(), run.outcome, run.Elections)
		r.Steady = append(r.Steady, run)
	}
	return nil
}

func steadyOf(ctx context.Context, cfg *config, s replicated) (steadyRun, error) {
	from, err := termOf(ctx, s)
	if err != nil {
		return steadyRun{}, err
	}
	c := load(cfg, point{kind: bench.Put, clients: cfg.steadyClients})
	c.Duration = cfg.steady
	every := time.NewTicker(time.Minute)
	defer every.Stop()
	c.Progress = func(p bench.Progress) {
		select {
		case <-every.C:
			say("%s  %s", s.name(), p)
		default:
		}
	}
	report, err := runOn(ctx, s, false, c)
	if err != nil {
		return steadyRun{}, err
	}
	// An interrupted run is a shorter one; the term is asked for nevertheless.
	to, err := termOf(context.WithoutCancel(ctx), s)
	if err != nil {
		return steadyRun{}, err
	}
	return steadyRun{s.name(), c.Clients, report.Seconds, to - from, outcomeOf(report)}, nil
}

// termOf returns the highest term of the members.
func termOf(ctx context.Context, s replicated) (term uint64, err error) {
	err = await(ctx, s.processes(), func(ctx context.Context) (err error) {
		term, err = s.term(ctx)
		return err
	})
	return term, err
}
