package logstore

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/raft"
)

var errKilled = errors.New("killed")

// history is a log under random operations, on a disk that is followed. At each
// moment the log may hold `acked`, or, within an operation, `tried`.
type history struct {
	t            *testing.T
	r            *rand.Rand
	dir          string
	disk         disk
	log          *Log
	fuse         atomic.Int32 // operations until the process is killed; 0: never
	acked, tried []*raft.Log
	term         uint64
	next         uint64 // index after a reset
}

func (h *history) open() {
	o := small
	o.trace = h.disk.trace
	o.Hook = func(Op, string) error {
		if h.fuse.Load() == 0 || h.fuse.Add(-1) > 0 {
			return nil
		}
		h.fuse.Store(1) // a killed process does nothing more
		return errKilled
	}
	h.log = mustOpen(h.t, h.dir, o)
}

func (h *history) set(acked, tried []*raft.Log) {
	h.disk.mark(func() { h.acked, h.tried = acked, tried })
	h.acked, h.tried = acked, tried
}

// step does one operation; the process may be killed in it and start again.
func (h *history) step() {
	if h.r.IntN(4) == 0 {
		h.fuse.Store(1 + h.r.Int32N(6))
	}
	err := h.operate()
	if err == nil {
		h.set(h.tried, h.tried)
		h.fuse.Store(0)
		if h.r.IntN(8) > 0 {
			return
		}
	} else if !errors.Is(err, errKilled) {
		h.t.Fatal(err)
	}
	h.fuse.Store(0)
	if err := h.log.Close(); err != nil {
		h.t.Fatal(err)
	}
	h.open()
	found := contents(h.t, h.log)
	if !equal(found, h.acked) && !equal(found, h.tried) {
		h.t.Fatalf("after a kill: found %s, expected %s or %s", span(found), span(h.acked), span(h.tried))
	}
	h.set(found, found) // Raft has seen it: it must stay
}

func (h *history) operate() error {
	n := len(h.acked)
	h.term++
	switch k := h.r.IntN(10); {
	case k < 6 || n < 2:
		first := h.next
		if n > 0 {
			first = h.acked[n-1].Index + 1
		}
		logs := batch(first, h.term, 1+h.r.IntN(4), h.r.IntN(900))
		h.set(h.acked, append(h.acked[:n:n], logs...))
		return h.log.StoreLogs(logs)
	case k < 8:
		cut := 1 + h.r.IntN(n-1)
		h.set(h.acked, h.acked[:cut:cut])
		return h.log.DeleteRange(h.acked[cut].Index, h.acked[n-1].Index)
	case k < 9:
		cut := 1 + h.r.IntN(n-1)
		h.set(h.acked, h.acked[cut:])
		return h.log.DeleteRange(h.acked[0].Index, h.acked[cut-1].Index)
	default:
		h.next = h.acked[n-1].Index + 10
		h.set(h.acked, nil)
		return h.log.DeleteRange(h.acked[0].Index, h.acked[n-1].Index)
	}
}

func span(logs []*raft.Log) string {
	if len(logs) == 0 {
		return "nothing"
	}
	a, b := logs[0], logs[len(logs)-1]
	return fmt.Sprintf("%d.%d to %d.%d", a.Term, a.Index, b.Term, b.Index)
}

// TestPowerFailureAnywhere lets the power fail at every point of random
// histories with kills, and again at every point of the recovery.
func TestPowerFailureAnywhere(t *testing.T) {
	t.Parallel()
	histories := 3
	if testing.Short() {
		histories = 1
	}
	for range histories {
		seed := rand.Uint64()
		t.Run("", func(t *testing.T) {
			t.Parallel()
			defer func() {
				if t.Failed() {
					t.Logf("seed %d", seed)
				}
			}()
			h := &history{t: t, r: rand.New(rand.NewPCG(seed, 0)), dir: t.TempDir(), next: 1}
			h.open()
			for range 25 {
				h.step()
			}
			h.acked, h.tried = nil, nil
			again := filepath.Join(t.TempDir(), "log")
			h.disk.failures(nil, func(m *image) {
				for _, lose := range fates(h.r) {
					h.recovers(again, m.crash(lose))
				}
			})
		})
	}
}

// recovers opens what a power failure left, and lets the power fail in that.
func (h *history) recovers(dir string, left map[string][]byte) {
	h.t.Helper()
	put(h.t, dir, left)
	var d disk
	var seen []*raft.Log
	opened := false
	open := func(o Options) {
		l, err := Open(dir, o)
		if err != nil {
			h.t.Fatalf("open after a power failure: %v", err)
		}
		defer l.Close()
		found := contents(h.t, l)
		if opened && !equal(found, seen) {
			h.t.Fatalf("Raft saw %s, and then %s", span(seen), span(found))
		}
		if !equal(found, h.acked) && !equal(found, h.tried) {
			h.t.Fatalf("found %s, expected %s or %s", span(found), span(h.acked), span(h.tried))
		}
		seen = found
	}
	o := small
	o.trace = d.trace
	open(o)
	if h.r.IntN(8) > 0 {
		return
	}
	d.mark(func() { opened = true })
	d.failures(left, func(m *image) {
		lose := fates(h.r)[h.r.IntN(5)]
		put(h.t, dir, m.crash(lose))
		was := seen
		open(small)
		seen = was
	})
}
