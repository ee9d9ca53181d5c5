package logstore

import (
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"kv/node/guard"
)

// The time in which a process is stopped is no stall, and what its disk does takes no
// time then.
func TestAStoppedClockIsNoStall(t *testing.T) {
	t.Parallel()
	var clock atomic.Int64
	held, release := make(chan struct{}, 1), make(chan struct{})
	var hold atomic.Bool
	l := mustOpen(t, t.TempDir(), Options{
		Clock: func() time.Duration { return time.Duration(clock.Load()) },
		Guard: func(a guard.Access) (func(error) error, error) {
			if a.Op == guard.Sync && hold.Swap(false) {
				held <- struct{}{}
				<-release
			}
			return nil, nil
		},
	})
	defer l.Close()
	clock.Store(int64(time.Minute))
	hold.Store(true)
	done := make(chan error, 1)
	go func() { done <- l.StoreLogs(batch(1, 1, 1, 10)) }()
	<-held
	if d := l.Stalled(); d != 0 {
		t.Errorf("stalled for %s while no time has passed", d)
	}
	clock.Add(int64(time.Second))
	if d := l.Stalled(); d != time.Second {
		t.Errorf("stalled for %s, want 1s", d)
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// The guard is asked about all that the stores do, and its word counts.
func TestTheGuardsWordCounts(t *testing.T) {
	t.Parallel()
	broken := errors.New("no")
	for op := range map[guard.Op]bool{guard.Create: true, guard.Write: true, guard.Sync: true, guard.Rename: true, guard.Mkdir: true} {
		for _, late := range []bool{false, true} {
			o := Options{Guard: func(a guard.Access) (func(error) error, error) {
				switch {
				case a.Op != op:
					return nil, nil
				case late:
					return func(error) error { return broken }, nil
				}
				return nil, broken
			}}
			if l, err := Open(filepath.Join(t.TempDir(), "log"), o); !errors.Is(err, broken) {
				t.Errorf("%s, late %t: %v", op, late, err)
				if l != nil {
					l.Close()
				}
			}
		}
	}
}
