package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"kv/cmd/kv/bench"
)

const (
	// A put is begun this often while the leader is dead, whatever became of those
	// before: a client that waits for an answer would measure its own time-out.
	probeEvery = 10 * time.Millisecond
	// failoverLimit is how long to wait for a new leader.
	failoverLimit = time.Minute
)

// failovers kills the leader of each system again and again, in turn.
func failovers(ctx context.Context, cfg *config, _ *plan, systems []system, r *results) error {
	for i := range cfg.failover {
		for _, s := range replicatedOf(systems) {
			d, err := failover(ctx, cfg, s)
			if err != nil {
				return fmt.Errorf("kill the leader of %s: %w", s.name(), err)
			}
			say("kill -9 of the leader %d/%d %-5s %.3f s", i+1, cfg.failover, s.name(), d.Seconds())
			r.Failovers[s.name()] = append(r.Failovers[s.name()], d.Seconds())
		}
	}
	return nil
}

// failover kills the leader and returns how long it takes until a put that was
// begun after that is acknowledged. Then it starts the member again.
func failover(ctx context.Context, cfg *config, s replicated) (time.Duration, error) {
	targets, closeAll, err := s.everywhere(1)
	if err != nil {
		return 0, err
	}
	defer closeAll()
	leader, err := settledLeader(ctx, cfg, s, targets[0])
	if err != nil {
		return 0, err
	}
	killed := time.Now()
	leader.kill()
	d, err := untilAcknowledged(ctx, targets[0], killed)
	if err != nil {
		return 0, err
	}
	if err := leader.start(); err != nil {
		return 0, err
	}
	return d, await(ctx, s.processes(), s.recovered)
}

func probe(i int) bench.Op {
	return bench.Op{Kind: bench.Put, Key: fmt.Sprintf("%sprobe%05d", bench.KeyPrefix, i%100_000), Value: []byte("probe")}
}

// untilAcknowledged begins a put every now and then until one is acknowledged.
func untilAcknowledged(ctx context.Context, t bench.Target, killed time.Time) (time.Duration, error) {
	return untilOne(ctx, probeEvery, killed, func(ctx context.Context, i int) error {
		_, err := t.Do(ctx, probe(i))
		return err
	})
}

// untilOne begins a try every now and then until one succeeds, and returns how long
// that is after began. It does not wait for those that go on.
func untilOne(ctx context.Context, every time.Duration, began time.Time, try func(ctx context.Context, i int) error) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, failoverLimit)
	defer cancel()
	tick := time.NewTicker(every)
	defer tick.Stop()
	done := make(chan time.Duration, 1)
	var last atomic.Pointer[error]
	for i := 0; ; i++ {
		go func() {
			if err := try(ctx, i); err != nil {
				last.Store(&err)
				return
			}
			select {
			case done <- time.Since(began):
			default: // another one was first
			}
		}()
		select {
		case d := <-done:
			return d, nil
		case <-tick.C:
		case <-ctx.Done():
			err := ctx.Err()
			if e := last.Load(); e != nil {
				err = errors.Join(err, *e)
			}
			return 0, err
		}
	}
}
