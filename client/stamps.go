package client

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// maxWrites bounds the writes of a client that are under way, and how far the
// sequences of one session may be ahead of the lowest that is: a store keeps 4096
// results of a session.
const maxWrites = 2048

// stamps numbers the writes of a client, so that the store carries each out once.
// It does no I/O and is not safe for concurrent use.
type stamps struct {
	random  func() uint64
	current *series // nil before the first write
}

// series is a session with the store: the sequences of one random id.
type series struct {
	id     uint64
	opened uint64
	next   uint64          // sequence of the next write
	low    uint64          // no sequence below it is outstanding; at most next
	over   [maxWrites]bool // of low and those after it, by sequence: which are over
}

// ticket is the right to send one write: its place in a series.
type ticket struct {
	series       *series
	sequence     uint64
	acknowledged uint64 // the series' low when the write began
}

// begin numbers a write; applied is the highest applied index known. When an old
// write holds the series back too far, the write begins another.
func (s *stamps) begin(applied uint64) *ticket {
	t := new(ticket)
	s.enter(t, applied)
	return t
}

func (s *stamps) enter(t *ticket, applied uint64) {
	if s.current == nil || s.current.next-s.current.low >= maxWrites {
		s.open(applied)
	}
	r := s.current
	*t = ticket{series: r, sequence: r.next, acknowledged: r.low}
	r.next++
}

func (s *stamps) open(applied uint64) {
	id := s.random()
	for id == 0 || s.current != nil && id == s.current.id {
		id = s.random()
	}
	s.current = &series{id: id, opened: applied, next: 1, low: 1}
}

// renew gives a write another number in another series, since the store does not
// know its own. That is right only as long as no attempt at it was unknown.
func (s *stamps) renew(t *ticket, applied uint64) {
	s.end(t)
	if t.series == s.current {
		s.open(applied)
	}
	s.enter(t, applied)
}

// end says that the write is over for its caller, however it ended: it is not sent
// again.
func (s *stamps) end(t *ticket) {
	r := t.series
	r.over[t.sequence%maxWrites] = true
	for r.low < r.next && r.over[r.low%maxWrites] {
		r.over[r.low%maxWrites] = false
		r.low++
	}
}

// stamp returns what an attempt at the write carries.
func (t *ticket) stamp() *kvv1.Stamp {
	s := new(kvv1.Stamp)
	t.fill(s)
	return s
}

// fill makes s the stamp.
func (t *ticket) fill(s *kvv1.Stamp) {
	s.Session, s.Sequence, s.Acknowledged, s.Opened = t.series.id, t.sequence, t.acknowledged, t.series.opened
}

// writes lets the writes of a client through to its stamps, at most maxWrites at a
// time. It is safe for concurrent use.
type writes struct {
	slots chan struct{}

	mu     sync.Mutex
	stamps stamps // guarded by mu
}

func newWrites() *writes {
	return &writes{slots: make(chan struct{}, maxWrites), stamps: stamps{random: rand.Uint64}}
}

// begin waits for a slot and numbers a write, which the caller ends. closed is
// closed when the client is.
func (w *writes) begin(ctx context.Context, closed <-chan struct{}, applied *atomic.Uint64, t *ticket) error {
	select {
	case w.slots <- struct{}{}:
	default:
		if err := w.wait(ctx, closed); err != nil {
			return err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stamps.enter(t, applied.Load())
	return nil
}

// wait waits for a slot.
func (w *writes) wait(ctx context.Context, closed <-chan struct{}) error {
	if end, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = timed(ctx, end)
		defer cancel()
	}
	select {
	case w.slots <- struct{}{}:
		return nil
	case <-closed:
		return errClosed()
	case <-ctx.Done():
		return notDone(kverr.From(ctx.Err()).Withf("not sent: the client has %d writes under way", maxWrites))
	}
}

func (w *writes) end(t *ticket) {
	w.mu.Lock()
	w.stamps.end(t)
	w.mu.Unlock()
	<-w.slots
}

func (w *writes) renew(t *ticket, applied uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stamps.renew(t, applied)
}
