package logstore

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/raft"
)

var errKilled = errors.New("killed")

// history is a log under random operations, on a disk that is followed. At each
// moment the log may hold any of `may`: what is durable for certain, what was stored
// ahead of its sync, and, within an operation, what that is about to make of it.
type history struct {
	t    *testing.T
	r    *rand.Rand
	dir  string
	disk disk
	log  *Log
	fuse atomic.Int32  // operations until the process is killed; 0: never
	may  [][]*raft.Log // the last one is what the log holds if nothing goes wrong
	term uint64
	next uint64 // index after a reset
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

func (h *history) set(may ...[]*raft.Log) {
	h.disk.mark(func() { h.may = may })
	h.may = may
}

// try adds what an operation is about to make of the log.
func (h *history) try(logs []*raft.Log) { h.set(append(h.may[:len(h.may):len(h.may)], logs)...) }

func (h *history) newest() []*raft.Log { return h.may[len(h.may)-1] }

// allows reports whether the log may hold what was found.
func (h *history) allows(found []*raft.Log) bool {
	return slices.ContainsFunc(h.may, func(logs []*raft.Log) bool { return equal(found, logs) })
}

func (h *history) expected() string {
	spans := make([]string, len(h.may))
	for i, logs := range h.may {
		spans[i] = span(logs)
	}
	return strings.Join(spans, " or ")
}

// step does one operation; the process may be killed in it and start again.
func (h *history) step() {
	if h.r.IntN(4) == 0 {
		h.fuse.Store(1 + h.r.Int32N(6))
	}
	err := h.operate()
	if err == nil {
		// All before this operation is durable now.
		h.set(h.may[len(h.may)-2:]...)
		if h.settled() {
			h.set(h.newest())
			h.fuse.Store(0)
		}
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
	if !h.allows(found) {
		h.t.Fatalf("after a kill: found %s, expected %s", span(found), h.expected())
	}
	h.set(found) // Raft has seen it: it must stay
}

// settled reports whether the log says that all of it is durable. It may wait.
func (h *history) settled() bool {
	last := uint64(math.MaxUint64)
	if h.r.IntN(3) == 0 {
		h.log.Await(last, nil)
	}
	return h.log.Durable(last) == last
}

func (h *history) operate() error {
	now := h.newest()
	n := len(now)
	h.term++
	switch k := h.r.IntN(10); {
	case k < 6 || n < 2:
		first := h.next
		if n > 0 {
			first = now[n-1].Index + 1
		}
		logs := batch(first, h.term, 1+h.r.IntN(4), h.r.IntN(900))
		h.try(append(now[:n:n], logs...))
		if h.r.IntN(2) == 0 {
			return h.log.StoreAhead(logs)
		}
		return h.log.StoreLogs(logs)
	case k < 8:
		cut := 1 + h.r.IntN(n-1)
		h.try(now[:cut:cut])
		return h.log.DeleteRange(now[cut].Index, now[n-1].Index)
	case k < 9:
		cut := 1 + h.r.IntN(n-1)
		h.try(now[cut:])
		return h.log.DeleteRange(now[0].Index, now[cut-1].Index)
	default:
		h.next = now[n-1].Index + 10
		h.try(nil)
		return h.log.DeleteRange(now[0].Index, now[n-1].Index)
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
			h := &history{t: t, r: rand.New(rand.NewPCG(seed, 0)), dir: t.TempDir(), next: 1, may: [][]*raft.Log{nil}}
			h.open()
			for range 25 {
				h.step()
			}
			h.may = [][]*raft.Log{nil}
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
		if !h.allows(found) {
			h.t.Fatalf("found %s, expected %s", span(found), h.expected())
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
