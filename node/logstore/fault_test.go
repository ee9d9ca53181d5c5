package logstore

import (
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/raft"
)

// TestFirstFailureIsFatal lets the n-th operation on the disk fail, for each n.
func TestFirstFailureIsFatal(t *testing.T) {
	t.Parallel()
	for _, op := range []Op{OpWrite, OpSync, OpOpen, OpRemove} {
		for n := int32(1); n < 40; n++ {
			failAt(t, op, n)
		}
	}
}

func failAt(t *testing.T, op Op, n int32) {
	t.Helper()
	var fuse, told atomic.Int32
	var l *Log
	o := small
	o.Hook = func(o Op, _ string) error {
		if o == op && fuse.Load() > 0 && fuse.Add(-1) == 0 {
			return syscall.ENOSPC
		}
		return nil
	}
	fatal := make(chan error, 1)
	o.OnFatal = func(err error) {
		told.Add(1)
		l.Close() // allowed
		fatal <- err
	}
	dir := t.TempDir()
	l = mustOpen(t, dir, o)
	fuse.Store(n)
	var kept uint64
	var err error
	for i := uint64(1); i < 30 && err == nil; i++ {
		if i%2 == 0 {
			err = l.StoreLog(entry(i, 1, 600))
		} else {
			err = l.StoreAhead(batch(i, 1, 1, 600))
		}
		if err == nil {
			kept = l.Durable(i)
		}
		if i%10 == 0 && err == nil {
			err = l.DeleteRange(1, i-2)
		}
	}
	if err == nil {
		err = l.Sync()
	}
	l.Close()
	if err != nil {
		err = <-fatal // the one that met it may be the log itself
	}
	if err != nil && (!errors.Is(err, syscall.ENOSPC) || told.Load() != 1) {
		t.Fatalf("%s %d: %v, OnFatal called %d times", op, n, err, told.Load())
	}
	again := mustOpen(t, dir, small)
	defer again.Close()
	if last, err := again.LastIndex(); last < kept || err != nil {
		t.Fatalf("%s %d: entry %d was acknowledged, the log ends at %d, %v", op, n, kept, last, err)
	}
}

func TestFatalErrorIsKept(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	told := 0
	o := Options{
		OnFatal: func(error) { told++ },
		Hook: func(op Op, path string) error {
			if broken.Load() && op == OpSync && strings.HasSuffix(path, ".seg") {
				return syscall.EIO
			}
			return nil
		},
	}
	l := mustOpen(t, t.TempDir(), o)
	store(t, l, entry(1, 1, 10))
	broken.Store(true)
	first := l.StoreLog(entry(2, 1, 10))
	broken.Store(false) // the disk seems well again: too late
	for name, err := range map[string]error{
		"store": l.StoreLog(entry(2, 1, 10)), "get": l.GetLog(1, new(raft.Log)), "delete": l.DeleteRange(1, 1),
		"first": second(l.FirstIndex()), "last": second(l.LastIndex()),
	} {
		if !errors.Is(first, syscall.EIO) || err == nil || err.Error() != first.Error() {
			t.Errorf("%s after a failed sync: %v, expected %v", name, err, first)
		}
	}
	if told != 1 {
		t.Errorf("OnFatal called %d times", told)
	}
}

func second(_ uint64, err error) error { return err }

func TestClosedLog(t *testing.T) {
	t.Parallel()
	l := mustOpen(t, t.TempDir(), small)
	if err := errors.Join(l.Close(), l.Close()); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{l.StoreLog(entry(1, 1, 1)), l.GetLog(1, new(raft.Log)), l.DeleteRange(1, 1)} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	}
}

func TestStalledTellsOfAHangingSync(t *testing.T) {
	t.Parallel()
	var hang atomic.Bool
	entered, release := make(chan struct{}), make(chan struct{})
	l := mustOpen(t, t.TempDir(), Options{Hook: func(op Op, _ string) error {
		if op == OpSync && hang.CompareAndSwap(true, false) {
			close(entered)
			<-release
		}
		return nil
	}})
	store(t, l, entry(1, 1, 10))
	if l.Stalled() != 0 {
		t.Fatal("an idle log is stalled")
	}
	hang.Store(true)
	done := make(chan error)
	go func() { done <- l.StoreLog(entry(2, 1, 10)) }()
	<-entered
	if err := l.GetLog(1, new(raft.Log)); err != nil {
		t.Errorf("read during a hanging sync: %v", err)
	}
	for deadline := time.Now().Add(10 * time.Second); l.Stalled() < 2*time.Millisecond; {
		if time.Now().After(deadline) {
			t.Fatal("a hanging sync is not noticed")
		}
	}
	close(release)
	if err := <-done; err != nil || l.Stalled() != 0 {
		t.Fatalf("after it: %v, stalled %s", err, l.Stalled())
	}
}

// TestReadersAndAWriter reads everything while entries come, are withdrawn, and go.
func TestReadersAndAWriter(t *testing.T) {
	t.Parallel()
	o := small
	o.SegmentBytes = 16 << 10
	l := mustOpen(t, filepath.Join(t.TempDir(), "log"), o)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { readAll(t, l, stop) })
	}
	next := uint64(1)
	for round := range uint64(60) {
		store(t, l, batch(next, round, 6, 500)...)
		next += 6
		if round%3 == 1 {
			next -= 2
			if err := l.DeleteRange(next, next+1); err != nil {
				t.Error(err)
			}
		}
		if first, _ := l.FirstIndex(); round%5 == 4 {
			if err := l.DeleteRange(first, next-8); err != nil {
				t.Error(err)
			}
		}
		if round == 40 {
			first, _ := l.FirstIndex()
			if err := l.DeleteRange(first, next-1); err != nil {
				t.Error(err)
			}
		}
	}
	close(stop)
	wg.Wait()
}

func readAll(t *testing.T, l *Log, stop chan struct{}) {
	var e raft.Log
	for {
		select {
		case <-stop:
			return
		default:
		}
		first, _ := l.FirstIndex()
		last, _ := l.LastIndex()
		for i := first; i <= last && i > 0; i++ {
			err := l.GetLog(i, &e)
			if errors.Is(err, raft.ErrLogNotFound) {
				continue // removed meanwhile
			}
			if err != nil || !same(&e, entry(i, e.Term, 500)) {
				t.Errorf("entry %d: %v", i, err)
				return
			}
		}
	}
}
