package main

import (
	"context"
	"time"

	"kv/cmd/kv/bench"
)

const (
	// Fillers are puts of one key beside the open loop, so large that kv's members
	// soon have enough log to make a snapshot: 4 MiB a second. They go on with and
	// without a snapshot, in all systems.
	fillerBytes   = 16 << 10
	fillerRate    = 256
	fillerClients = 16
	// quietTries is how often to look for a time without a snapshot.
	quietTries = 3
)

// pauseRun is the open loop while a snapshot was made, or none.
type pauseRun struct {
	Snapshot bool `json:"snapshot"`
	// Disturbed: a snapshot was made although none should have been.
	Disturbed    bool   `json:"disturbed"`
	FillerErrors uint64 `json:"filler_errors"`
	outcome
}

// pauses measures the open loop without a snapshot and with one, in turn.
func pauses(ctx context.Context, cfg *config, s replicated, run *millionRun) error {
	for i := range 2 * cfg.million.snapshots {
		p, err := pause(ctx, cfg, s, i%2 == 1)
		if err != nil {
			return err
		}
		say("%d/%d %-5s %s: %s  longest put %.1f ms", i/2+1, cfg.million.snapshots, s.name(), p.title(), p.outcome, p.Max)
		run.Pauses = append(run.Pauses, p)
	}
	return nil
}

func pause(ctx context.Context, cfg *config, s replicated, snapshot bool) (p pauseRun, err error) {
	p.Snapshot = snapshot
	p.FillerErrors, err = withFiller(ctx, cfg, s, func() (err error) {
		if snapshot {
			p.outcome, err = loadWhile(ctx, cfg, s, s.snapshot)
		} else {
			p.outcome, p.Disturbed, err = quiet(ctx, cfg, s)
		}
		return err
	})
	return p, err
}

// quiet measures right after a snapshot, when the next one is not due for a while.
func quiet(ctx context.Context, cfg *config, s replicated) (o outcome, disturbed bool, err error) {
	for range quietTries {
		if err := s.snapshot(ctx); err != nil {
			return o, false, err
		}
		before, err := s.snapshots(ctx)
		if err != nil {
			return o, false, err
		}
		if o, err = loadWhile(ctx, cfg, s, func(context.Context) error { return nil }); err != nil {
			return o, false, err
		}
		after, err := s.snapshots(ctx)
		if err != nil || after == before {
			return o, false, err
		}
		say("%s made a snapshot meanwhile: once more", s.name())
	}
	return o, true, nil
}

// loadWhile runs the open loop while work goes on, and for as long as the flag says
// at least.
func loadWhile(ctx context.Context, cfg *config, s system, work func(ctx context.Context) error) (outcome, error) {
	during, end := context.WithCancel(ctx)
	defer end()
	worked := make(chan error, 1)
	c := millionLoad(cfg)
	c.Duration = awaitLimit + cfg.million.pause
	c.AtStart = func() {
		go func() {
			defer end()
			least := time.After(cfg.million.pause)
			err := work(during)
			if err == nil {
				select {
				case <-least:
				case <-during.Done():
					err = during.Err()
				}
			}
			worked <- err
		}()
	}
	report, err := runOn(during, s, false, c)
	if err != nil {
		return outcome{}, err
	}
	if ctx.Err() != nil { // it may have ended before AtStart
		return outcome{}, ctx.Err()
	}
	end() // the load may have ended first
	return outcomeOf(report), <-worked
}

// withFiller puts fillers while do goes on, and returns how many failed.
func withFiller(ctx context.Context, cfg *config, s replicated, do func() error) (failed uint64, err error) {
	targets, closeAll, err := s.everywhere(1)
	if err != nil {
		return 0, err
	}
	defer closeAll()
	c := load(cfg, point{kind: bench.Put, clients: fillerClients})
	c.Targets, c.Keys, c.ValueBytes, c.Rate, c.Duration = targets, 1, fillerBytes, fillerRate, 24*time.Hour
	during, end := context.WithCancel(ctx)
	filled := make(chan error, 1)
	go func() {
		report, err := bench.Run(during, c)
		failed = report.All.Errors
		filled <- err
	}()
	err = do()
	end()
	if e := <-filled; err == nil {
		err = e
	}
	return failed, err
}
