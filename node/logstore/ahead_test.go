package logstore

import (
	"errors"
	"math"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/raft"
)

// hanging is a disk whose next sync, once armed, waits for what comes from answer.
type hanging struct {
	armed   atomic.Bool
	entered chan struct{}
	answer  chan error
}

func newHanging() *hanging { return &hanging{entered: make(chan struct{}), answer: make(chan error)} }

func (h *hanging) hook(op Op, path string) error {
	if op != OpSync || filepath.Ext(path) != ".seg" || !h.armed.CompareAndSwap(true, false) {
		return nil
	}
	close(h.entered)
	return <-h.answer
}

func TestStoreAheadReturnsBeforeItsSync(t *testing.T) {
	t.Parallel()
	h := newHanging()
	l := mustOpen(t, t.TempDir(), Options{Hook: h.hook})
	store(t, l, entry(1, 1, 10))
	h.armed.Store(true)
	if err := l.StoreAhead(batch(2, 1, 3, 10)); err != nil {
		t.Fatal(err)
	}
	<-h.entered
	if got := contents(t, l); !equal(got, append([]*raft.Log{entry(1, 1, 10)}, batch(2, 1, 3, 10)...)) {
		t.Errorf("readers see %s", span(got))
	}
	for upTo, want := range map[uint64]uint64{1: 1, 2: 1, 4: 1, math.MaxUint64: 1, 0: 0} {
		if got := l.Durable(upTo); got != want {
			t.Errorf("durable up to %d: %d, want %d", upTo, got, want)
		}
	}
	quit := make(chan struct{})
	close(quit)
	if !l.Await(1, nil) || l.Await(2, quit) {
		t.Error("entry 1 is durable, entry 2 is not")
	}
	for deadline := time.Now().Add(10 * time.Second); l.Stalled() < 2*time.Millisecond; {
		if time.Now().After(deadline) {
			t.Fatal("a hanging sync is not noticed")
		}
	}
	changed := make(chan error, 4)
	go func() { changed <- l.StoreAhead(batch(5, 1, 1, 10)) }()
	go func() { changed <- l.DeleteRange(1, 1) }()
	go func() { changed <- l.Sync() }()
	select {
	case <-changed:
		t.Error("a change did not wait for the sync")
	case <-time.After(20 * time.Millisecond):
	}
	h.answer <- nil
	for range 3 {
		if err := <-changed; err != nil {
			t.Error(err)
		}
	}
	if !l.Await(5, nil) || l.Durable(5) != 5 || l.Stalled() != 0 {
		t.Errorf("durable up to %d, stalled %s", l.Durable(5), l.Stalled())
	}
}

func TestAFailedSyncAheadIsFatal(t *testing.T) {
	t.Parallel()
	h := newHanging()
	told := make(chan error, 2)
	var l *Log
	dir := t.TempDir()
	l = mustOpen(t, dir, Options{Hook: h.hook, OnFatal: func(err error) {
		l.Close() // allowed
		told <- err
	}})
	store(t, l, entry(1, 1, 10))
	h.armed.Store(true)
	if err := l.StoreAhead(batch(2, 1, 1, 10)); err != nil {
		t.Fatal(err)
	}
	awaited := make(chan bool)
	go func() { awaited <- l.Await(2, nil) }()
	h.answer <- syscall.EIO
	if <-awaited {
		t.Error("an entry whose sync has failed is called durable")
	}
	if err := <-told; !errors.Is(err, syscall.EIO) {
		t.Errorf("told %v", err)
	}
	if l.Durable(2) != 1 || l.Await(2, nil) || !errors.Is(l.Sync(), syscall.EIO) || l.StoreLog(entry(3, 1, 10)) == nil {
		t.Errorf("after a failed sync: durable up to %d, sync %v", l.Durable(2), l.Sync())
	}
	if len(told) > 0 {
		t.Error("OnFatal called twice")
	}
}
