package node

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

const (
	// eventsKept is how many events a record holds: about a megabyte.
	eventsKept = 4096
	// eventsPage is how many events travel in one message.
	eventsPage = 512
	// eventsPulse is how often a follower of the events hears something: it learns by
	// silence that the member is gone.
	eventsPulse = time.Second
)

// Events is the record of what has happened at one member: the newest events, and how
// many older ones were dropped. It is safe for concurrent use and never waits for
// anybody, so that Raft's own goroutine may write to it. A node makes one by itself;
// whoever hands one to several nodes in turn (Config.Events) has a record that is
// longer than the life of each.
type Events struct {
	member string
	id     uint64
	began  time.Time

	mu      sync.Mutex // guards what follows
	kept    []*kvv1.Event
	next    int    // where in kept the next event goes, once kept is full
	last    uint64 // sequence of the newest event
	floods  map[flood]*spell
	changed chan struct{} // closed with the next event; nil if nobody waits
}

// NewEvents returns an empty record for the member of that name.
func NewEvents(member string) *Events {
	return &Events{member: member, id: rand.Uint64() | 1, began: time.Now(), floods: make(map[flood]*spell)}
}

// Mark notes what somebody did to the cluster from outside, in words, such as
// "kill n1". Records of several members that note the same take the same time for it,
// by which readers know that it happened once.
func (e *Events) Mark(at time.Time, text string) { e.outside(kvv1.EventKind_EVENT_KIND_MARK, at, text) }

// MarkFault notes the beginning of a fault that lasts, such as "partition n1 | n2 n3",
// as Mark does.
func (e *Events) MarkFault(at time.Time, text string) {
	e.outside(kvv1.EventKind_EVENT_KIND_FAULT, at, text)
}

// MarkHealed notes the end of the fault that was marked with the same text.
func (e *Events) MarkHealed(at time.Time, text string) {
	e.outside(kvv1.EventKind_EVENT_KIND_HEALED, at, text)
}

func (e *Events) outside(kind kvv1.EventKind, at time.Time, text string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.add(at, &kvv1.Event{Kind: kind, Reason: text})
}

// note records an event now. The event is the record's from then on.
func (e *Events) note(ev *kvv1.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.add(time.Now(), ev)
}

// add completes an event and keeps it. The caller holds mu.
func (e *Events) add(at time.Time, ev *kvv1.Event) {
	e.last++
	ev.Sequence, ev.Member, ev.WallNs, ev.MonotonicNs = e.last, e.member, at.UnixNano(), at.Sub(e.began).Nanoseconds()
	if len(e.kept) < eventsKept {
		e.kept = append(e.kept, ev)
	} else {
		e.kept[e.next] = ev
		e.next = (e.next + 1) % eventsKept
	}
	if e.changed != nil {
		close(e.changed)
		e.changed = nil
	}
}

// since returns up to eventsPage events from a sequence on, which are shared and only
// to be read, how many before them were dropped, and a channel that is closed when
// there are more if these are all.
func (e *Events) since(from uint64) (page []*kvv1.Event, dropped uint64, more <-chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.settle(time.Now())
	from = max(from, 1)
	if oldest := e.last - uint64(len(e.kept)) + 1; from < oldest {
		from, dropped = oldest, oldest-from
	}
	for ; from <= e.last && len(page) < eventsPage; from++ {
		back := int(e.last - from) // from the newest
		page = append(page, e.kept[(e.next+len(e.kept)-1-back)%len(e.kept)])
	}
	if from <= e.last {
		return page, dropped, nil
	}
	if e.changed == nil {
		e.changed = make(chan struct{})
	}
	return page, dropped, e.changed
}

// eventStream is one answer to Events.
type eventStream struct {
	events *Events
	req    *kvv1.EventsRequest
	header func() *kvv1.Header
	send   func(*kvv1.EventsResponse) error
	from   uint64
	oldest int64 // wall clock before which nothing is wanted
}

// Events implements rpc.Backend. It is answered by every node, also by one that waits.
// Errors: ErrStopping, and those of send and ctx.
func (n *Node) Events(ctx context.Context, req *kvv1.EventsRequest, send func(*kvv1.EventsResponse) error) error {
	s := &eventStream{events: n.cfg.Events, req: req, header: n.Header, send: send, from: req.GetFrom()}
	if req.GetRecording() != s.events.id {
		s.from = 0
	}
	if req.GetWithinNs() > 0 {
		s.oldest = time.Now().UnixNano() - req.GetWithinNs()
	}
	return s.run(ctx, n.ctx.Done())
}

func (s *eventStream) run(ctx context.Context, stopping <-chan struct{}) error {
	pulse := time.NewTicker(eventsPulse)
	defer pulse.Stop()
	for {
		page, dropped, more := s.events.since(s.from)
		if err := s.send(s.message(page, dropped, more != nil)); err != nil {
			return err
		}
		switch {
		case more == nil:
			continue
		case !s.req.GetFollow():
			return nil
		}
		select {
		case <-more:
		case <-pulse.C:
		case <-ctx.Done():
			return ctx.Err()
		case <-stopping:
			return kverr.ErrStopping
		}
	}
}

// message makes an answer of a page, and goes on behind it.
func (s *eventStream) message(page []*kvv1.Event, dropped uint64, current bool) *kvv1.EventsResponse {
	m := &kvv1.EventsResponse{Header: s.header(), Recording: s.events.id, Dropped: dropped, WallNs: time.Now().UnixNano(), Current: current}
	s.from = max(s.from, 1) + dropped
	for _, ev := range page {
		s.from = ev.GetSequence() + 1
		if ev.GetWallNs() >= s.oldest {
			m.Events = append(m.Events, proto.CloneOf(ev))
		}
	}
	return m
}
