package main

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kv/cmd/kv/bench"
)

// fakeSystem takes a millisecond for a put, and while it makes a snapshot, for half
// a second, as long as that lasts.
type fakeSystem struct {
	replicated // what is not used

	stalled  atomic.Bool
	made     uint64
	disturbs int // how many times it makes a snapshot unasked
	fails    error
}

func (s *fakeSystem) name() string { return "fake" }

func (s *fakeSystem) connect(context.Context, int, bool) ([]bench.Target, func(), error) {
	return s.everywhere(1)
}

func (s *fakeSystem) everywhere(int) ([]bench.Target, func(), error) {
	return []bench.Target{targetFunc(func(context.Context) error {
		time.Sleep(time.Millisecond)
		for s.stalled.Load() {
			time.Sleep(time.Millisecond)
		}
		return nil
	})}, func() {}, nil
}

func (s *fakeSystem) snapshot(context.Context) error {
	time.Sleep(time.Second)
	s.stalled.Store(true)
	time.Sleep(500 * time.Millisecond)
	s.stalled.Store(false)
	s.made++
	return s.fails
}

func (s *fakeSystem) snapshots(context.Context) (uint64, error) {
	if s.disturbs > 0 {
		s.disturbs--
		s.made++
	}
	return s.made, nil
}

func pauseConfig() *config {
	cfg := defaults()
	cfg.keys, cfg.warmup = 10, time.Second
	cfg.million.keys, cfg.million.snapshots, cfg.million.rate = 10, 1, 100
	return &cfg
}

// A pause is seen where a snapshot was made, and only there.
func TestPauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var run millionRun
		if err := pauses(t.Context(), pauseConfig(), &fakeSystem{disturbs: 2}, &run); err != nil {
			t.Fatal(err)
		}
		without, with := run.Pauses[0], run.Pauses[1]
		if without.Snapshot || without.Disturbed || without.Gap > 20 || without.Max > 20 || without.Errors > 0 {
			t.Errorf("without: %+v", without)
		}
		if !with.Snapshot || with.Gap < 500 || with.Max < 490 || with.Throughput < 80 {
			t.Errorf("with: %+v", with)
		}
	})
}

// A system that makes snapshots all the time has no time without.
func TestPausesDisturbed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var run millionRun
		err := pauses(t.Context(), pauseConfig(), &fakeSystem{disturbs: 100}, &run)
		if err != nil || !run.Pauses[0].Disturbed || run.Pauses[1].Disturbed {
			t.Errorf("%+v, %v", run, err)
		}
	})
}

// What fails beside the load ends it, as the end of ctx does.
func TestLoadWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s, failure := &fakeSystem{}, errors.New("it failed")
		if _, err := loadWhile(ctx, pauseConfig(), s, func(context.Context) error { return failure }); !errors.Is(err, failure) {
			t.Error(err)
		}
		_, err := loadWhile(ctx, pauseConfig(), s, func(context.Context) error { cancel(); return nil })
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}
