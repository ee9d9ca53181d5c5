package logstore

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestAppendsBesideACompaction blocks the disk under a compaction and stores
// entries meanwhile, in the same segment and in a new one's open frame.
func TestAppendsBesideACompaction(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := small
	blocked, resume := make(chan struct{}), make(chan struct{})
	armed := make(chan struct{}, 1)
	o.Hook = func(op Op, path string) error {
		if op == OpSync && strings.HasSuffix(path, metaFile+tmpSuffix) {
			select {
			case <-armed:
				close(blocked)
				<-resume
			default:
			}
		}
		return nil
	}
	l := mustOpen(t, dir, o)
	for i := range uint64(16) {
		store(t, l, entry(i+1, 1, 300))
	}
	armed <- struct{}{}
	done := make(chan error)
	go func() { done <- l.DeleteRange(1, 9) }()
	<-blocked
	if l.Stalled() > 0 {
		t.Error("a compaction counts as a stalled write")
	}
	for i := range uint64(4) {
		store(t, l, entry(17+i, 1, 300))
	}
	if first, err := l.FirstIndex(); first != 1 || err != nil {
		t.Errorf("first entry is %d during the compaction, %v", first, err)
	}
	close(resume)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	store(t, l, batch(21, 1, 3, 3000)...)
	for range 2 {
		if found := contents(t, l); span(found) != "1.10 to 1.23" {
			t.Fatalf("found %s", span(found))
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		l = mustOpen(t, dir, small)
	}
}

// beside is a log to which one goroutine adds while another compacts it: what
// was acknowledged of both, and what was tried.
type beside struct{ first, tryFirst, last, tryLast uint64 }

// TestPowerFailureBesideACompaction lets the power fail at every point of it.
func TestPowerFailureBesideACompaction(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	var d disk
	o := small
	o.trace = d.trace
	l := mustOpen(t, filepath.Join(t.TempDir(), "log"), o)
	state := beside{first: 1, tryFirst: 1}
	d.mark(func() { state.tryLast = 2 })
	store(t, l, batch(1, 1, 2, 300)...)
	d.mark(func() { state.last = 2 })
	compacted := make(chan error, 1)
	go func() {
		for range 15 {
			last, err := l.LastIndex()
			if err != nil {
				compacted <- err
				return
			}
			d.mark(func() { state.tryFirst = max(state.tryFirst, last) })
			if err := l.DeleteRange(1, last-1); err != nil {
				compacted <- err
				return
			}
			d.mark(func() { state.first = max(state.first, last) })
		}
		compacted <- nil
	}()
	for i := uint64(3); i < 60; i++ {
		d.mark(func() { state.tryLast = i })
		store(t, l, entry(i, 1, r.IntN(900)))
		d.mark(func() { state.last = i })
	}
	if err := errors.Join(<-compacted, l.Close()); err != nil {
		t.Fatal(err)
	}
	state = beside{first: 1, tryFirst: 1}
	again := filepath.Join(t.TempDir(), "log")
	d.failures(nil, func(m *image) {
		for _, lose := range fates(r) {
			put(t, again, m.crash(lose))
			left, err := Open(again, small)
			if err != nil {
				t.Fatalf("seed %d: open after a power failure: %v", seed, err)
			}
			found := contents(t, left)
			left.Close()
			if len(found) == 0 {
				if state.last > 0 {
					t.Fatalf("seed %d: found nothing, expected up to %d", seed, state.last)
				}
				continue
			}
			first, last := found[0].Index, found[len(found)-1].Index
			if first < state.first || first > state.tryFirst || last < state.last || last > state.tryLast {
				t.Fatalf("seed %d: found %d to %d, expected %+v", seed, first, last, state)
			}
		}
	})
}

// TestAHangingCompactionIsNoticed blocks the disk under a compaction while the end of
// the log has to be removed: who does that, Raft's main loop, waits for the disk.
func TestAHangingCompactionIsNoticed(t *testing.T) {
	t.Parallel()
	o := small
	var armed atomic.Bool
	blocked, resume := make(chan struct{}), make(chan struct{})
	o.Hook = func(op Op, path string) error {
		if op == OpSync && strings.HasSuffix(path, metaFile+tmpSuffix) && armed.CompareAndSwap(true, false) {
			close(blocked)
			<-resume
		}
		return nil
	}
	l := mustOpen(t, t.TempDir(), o)
	store(t, l, batch(1, 1, 9, 300)...)
	armed.Store(true)
	done := make(chan error, 2)
	go func() { done <- l.DeleteRange(1, 3) }()
	<-blocked
	go func() { done <- l.DeleteRange(8, 9) }()
	for deadline := time.Now().Add(10 * time.Second); l.Stalled() < 2*time.Millisecond; {
		if time.Now().After(deadline) {
			t.Error("a hanging compaction that delays a removal is not noticed")
			break
		}
		runtime.Gosched()
	}
	close(resume)
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got := contents(t, l); span(got) != "1.4 to 1.7" || l.Stalled() != 0 {
		t.Errorf("found %s, stalled for %s", span(got), l.Stalled())
	}
}
