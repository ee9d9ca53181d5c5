package logstore

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// writeback tells of a failed writeback like Linux: once to each descriptor of the
// file that was open at the time.
type writeback struct {
	mu     sync.Mutex
	fails  bool             // the next sync of a segment writes back in vain
	failed map[string]int   // how often that has happened to a file
	told   map[*os.File]int // how much of that a descriptor has been told
}

func newWriteback() *writeback {
	return &writeback{failed: map[string]int{}, told: map[*os.File]int{}}
}

// sync is an Options.kernel.
func (w *writeback) sync(f *os.File) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	path := f.Name()
	if filepath.Ext(path) != ".seg" {
		return nil
	}
	if w.fails {
		w.fails = false
		w.failed[path]++
	}
	if w.told[f] == w.failed[path] {
		return nil
	}
	w.told[f] = w.failed[path]
	return syscall.EIO
}

func (w *writeback) fail() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fails = true
}

// A sync of the zeros behind a frame may be the one that writes the frame's bytes back,
// and fails with them. The frame must not count as durable by its own sync then.
func TestSyncOfZerosTakesNoErrorFromAFrame(t *testing.T) {
	t.Parallel()
	for _, reopened := range []bool{false, true} {
		h, w := newHanging(), newWriteback()
		told := make(chan error, 1)
		o := Options{Hook: h.hook, OnFatal: func(err error) { told <- err }, kernel: w.sync}
		dir := t.TempDir()
		l := mustOpen(t, dir, o)
		store(t, l, entry(1, 1, 10))
		if reopened {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			l = mustOpen(t, dir, o)
		}
		h.armed.Store(true)
		if err := l.StoreAhead(batch(2, 1, 1, 10)); err != nil {
			t.Fatal(err)
		}
		<-h.entered
		w.fail()
		seg := l.active()
		if err := seg.reserve(l.room.o, seg.size.Load()+1); !errors.Is(err, syscall.EIO) {
			t.Fatalf("reopened %v: zeros: %v", reopened, err)
		}
		h.answer <- nil
		if l.Await(2, nil) || l.Durable(2) != 1 {
			t.Fatalf("reopened %v: a frame whose bytes are lost counts as durable", reopened)
		}
		if err := <-told; !errors.Is(err, syscall.EIO) {
			t.Errorf("reopened %v: told %v", reopened, err)
		}
	}
}
