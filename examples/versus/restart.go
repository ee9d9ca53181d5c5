package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"kv/cmd/kv/bench"
)

const (
	// knockEvery is how often to look whether a member that starts listens, getEvery
	// how often a get is begun after that, with a connection of its own: one that was
	// refused would be tried again only after a while.
	knockEvery = 5 * time.Millisecond
	getEvery   = 25 * time.Millisecond
)

var (
	errNoKey    = errors.New("a key is not there")
	errFollower = errors.New("there is no follower")
)

// restarts restarts a follower again and again, and all members.
func restarts(ctx context.Context, cfg *config, s replicated, run *millionRun) error {
	for i := range cfg.million.restarts {
		one, err := restartOne(ctx, s)
		if err != nil {
			return err
		}
		all, err := restartAll(ctx, s)
		if err != nil {
			return err
		}
		say("restart %d/%d %-5s one member %.2f s  all %.2f s", i+1, cfg.million.restarts, s.name(), one.Seconds(), all.Seconds())
		run.RestartOne = append(run.RestartOne, one.Seconds())
		run.RestartAll = append(run.RestartAll, all.Seconds())
	}
	return nil
}

// restartOne stops a follower in good order, and returns how long it takes from its
// start until it serves a linearizable get itself.
func restartOne(ctx context.Context, s replicated) (time.Duration, error) {
	leader, err := s.leader(ctx)
	if err != nil {
		return 0, err
	}
	for i, p := range s.processes() {
		if p == leader {
			continue
		}
		if err := p.terminate(); err != nil {
			return 0, err
		}
		return restart(ctx, s, []*process{p}, []string{s.address(i)}, func() (bench.Target, func(), error) { return s.alone(i) })
	}
	return 0, errFollower
}

// restartAll kills all members at once, and returns how long it takes from their
// start until any of them serves a linearizable get.
func restartAll(ctx context.Context, s replicated) (time.Duration, error) {
	var addresses []string
	for i, p := range s.processes() {
		p.kill()
		addresses = append(addresses, s.address(i))
	}
	return restart(ctx, s, s.processes(), addresses, func() (bench.Target, func(), error) {
		targets, closeAll, err := s.everywhere(1)
		if err != nil {
			return nil, nil, err
		}
		return targets[0], closeAll, nil
	})
}

// restart starts processes and returns how long it takes until a get is served over
// a new connection. It waits until all members have caught up.
func restart(ctx context.Context, s replicated, all []*process, addresses []string, dial func() (bench.Target, func(), error)) (time.Duration, error) {
	began := time.Now()
	for _, p := range all {
		if err := p.start(); err != nil {
			return 0, err
		}
	}
	if err := knock(ctx, all, addresses); err != nil {
		return 0, err
	}
	d, err := untilOne(ctx, getEvery, began, func(ctx context.Context, i int) error {
		t, closeAll, err := dial()
		if err != nil {
			return err
		}
		defer closeAll()
		missed, err := t.Do(ctx, bench.Op{Kind: bench.Get, Key: fmt.Sprintf("%s%0*d", bench.KeyPrefix, keyBytes-len(bench.KeyPrefix), i+1)})
		if err == nil && missed {
			err = errNoKey
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	return d, await(ctx, s.processes(), s.recovered)
}

// knock waits until somebody listens at one of the addresses.
func knock(ctx context.Context, all []*process, addresses []string) error {
	ctx, cancel := context.WithTimeout(ctx, awaitLimit)
	defer cancel()
	for {
		for i, a := range addresses {
			if conn, err := net.DialTimeout("tcp", a, opTimeout); err == nil {
				return conn.Close()
			}
			if err := all[i].dead(); err != nil {
				return err
			}
		}
		if err := sleep(ctx, knockEvery); err != nil {
			return err
		}
	}
}
