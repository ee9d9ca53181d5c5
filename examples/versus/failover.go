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
	// settle is how long a system is left alone before its leader is killed.
	settle = 2 * time.Second
)

// failovers kills the leader of each system again and again, in turn.
func failovers(ctx context.Context, cfg *config, systems []system, r *results) error {
	for i := range cfg.failover {
		for _, s := range systems {
			rs, ok := s.(replicated)
			if !ok {
				continue
			}
			d, err := failover(ctx, rs)
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
func failover(ctx context.Context, s replicated) (time.Duration, error) {
	targets, closeAll, err := s.everywhere(1)
	if err != nil {
		return 0, err
	}
	defer closeAll()
	var leader *process
	if err := await(ctx, s.processes(), func(ctx context.Context) (err error) {
		if _, err = targets[0].Do(ctx, probe(0)); err == nil { // the connections are there
			leader, err = s.leader(ctx)
		}
		return err
	}); err != nil {
		return 0, err
	}
	select {
	case <-time.After(settle):
	case <-ctx.Done():
		return 0, ctx.Err()
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
	ctx, cancel := context.WithTimeout(ctx, failoverLimit)
	defer cancel()
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	acknowledged := make(chan time.Duration, 1)
	var last atomic.Pointer[error]
	for i := 0; ; i++ {
		go func() {
			if _, err := t.Do(ctx, probe(i)); err != nil {
				last.Store(&err)
				return
			}
			select {
			case acknowledged <- time.Since(killed):
			default: // another one was first
			}
		}()
		select {
		case d := <-acknowledged:
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
