package node

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// all reads a record from a sequence on.
func all(t *testing.T, e *Events, from uint64) (events []*kvv1.Event, dropped uint64) {
	t.Helper()
	for {
		page, lost, more := e.since(from)
		events, dropped = append(events, page...), dropped+lost
		if more != nil {
			return events, dropped
		}
		from = page[len(page)-1].GetSequence() + 1
	}
}

func TestTheRecordKeepsTheNewest(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, eventsPage, eventsPage + 1, eventsKept - 1, eventsKept, eventsKept + 1, 3*eventsKept + 7} {
		e := NewEvents("n1")
		for i := range n {
			e.note(&kvv1.Event{Kind: kvv1.EventKind_EVENT_KIND_ROLE, Index: uint64(i + 1)})
		}
		events, dropped := all(t, e, 0)
		if len(events) != min(n, eventsKept) || int(dropped)+len(events) != n {
			t.Fatalf("of %d events there are %d, and %d are said to be dropped", n, len(events), dropped)
		}
		for i, ev := range events {
			if want := dropped + uint64(i) + 1; ev.GetSequence() != want || ev.GetIndex() != want || ev.GetMember() != "n1" {
				t.Fatalf("of %d events the %d. is %v", n, i, ev)
			}
		}
		if rest, lost := all(t, e, uint64(n)); len(rest) != min(n, 1) || lost != 0 {
			t.Fatalf("from the last of %d on: %v", n, rest)
		}
	}
}

// A flood is told of at once, and then only counted for a while; what it hides is told
// when that is over. Nothing is counted twice and nothing is lost.
func TestAFloodIsCounted(t *testing.T) {
	t.Parallel()
	e := NewEvents("n1")
	for range 1000 {
		e.refused(kverr.ErrNoLeader, 3, 1)
		e.refused(kverr.ErrInvalid, 3, 1) // no fault of the cluster
	}
	e.refused(kverr.ErrOverloaded, 3, 50)
	e.refused(kverr.ErrOverloaded, 3, 7)
	sum := func() map[string]uint64 {
		counts := make(map[string]uint64)
		events, _ := all(t, e, 0)
		for _, ev := range events {
			counts[ev.GetReason()] += ev.GetCount()
		}
		return counts
	}
	if early := sum(); early["no leader; not done"] == 0 || early["overloaded; not done"] < 50 || len(early) != 2 {
		t.Errorf("told at once: %v", early)
	}
	e.mu.Lock()
	e.settle(time.Now().Add(time.Hour))
	told := e.last
	e.mu.Unlock()
	if late := sum(); late["no leader; not done"] != 1000 || late["overloaded; not done"] != 57 {
		t.Errorf("told in the end: %v", late)
	}
	if told > 20 {
		t.Errorf("%d events of two floods", told)
	}
}

// However many things there are a flood of, the record of them stays small.
func TestFloodsAreFew(t *testing.T) {
	t.Parallel()
	e := NewEvents("n1")
	for i := range 10 * maxFloods {
		e.noteOften(&kvv1.Event{Kind: kvv1.EventKind_EVENT_KIND_VOTE_REFUSED, Reason: fmt.Sprint(i)})
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.floods) > maxFloods || e.last != 10*maxFloods {
		t.Errorf("%d floods, %d events", len(e.floods), e.last)
	}
}

// stream runs an answer and hands over its messages.
func stream(ctx context.Context, e *Events, req *kvv1.EventsRequest, stopping chan struct{}) (<-chan *kvv1.EventsResponse, <-chan error) {
	messages, ended := make(chan *kvv1.EventsResponse), make(chan error, 1)
	s := &eventStream{events: e, req: req, header: func() *kvv1.Header { return nil }, from: req.GetFrom(), send: func(m *kvv1.EventsResponse) error {
		select {
		case messages <- m:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}}
	go func() { ended <- s.run(ctx, stopping) }()
	return messages, ended
}

func TestAFollowerHearsOfWhatComes(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	e := NewEvents("n1")
	stopping := make(chan struct{})
	messages, ended := stream(ctx, e, &kvv1.EventsRequest{Follow: true}, stopping)
	if first := <-messages; len(first.GetEvents()) != 0 || !first.GetCurrent() {
		t.Errorf("the first message is %v", first)
	}
	go e.Mark(time.Now(), "kill n2")
	for next := range messages {
		if len(next.GetEvents()) == 0 {
			continue // a pulse
		}
		if ev := next.GetEvents()[0]; ev.GetReason() != "kill n2" || ev.GetSequence() != 1 {
			t.Errorf("the event is %v", ev)
		}
		break
	}
	close(stopping)
	for {
		select {
		case <-messages: // a pulse
			continue
		case err := <-ended:
			if !errors.Is(err, kverr.ErrStopping) {
				t.Errorf("the end is %v", err)
			}
		}
		return
	}
}

func TestWithoutFollowingTheStreamEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	e := NewEvents("n1")
	for range eventsPage + 1 {
		e.note(&kvv1.Event{})
	}
	messages, ended := stream(ctx, e, &kvv1.EventsRequest{From: 2}, nil)
	if m := <-messages; len(m.GetEvents()) != eventsPage || !m.GetCurrent() || m.GetDropped() != 0 {
		t.Errorf("%d events, %v", len(m.GetEvents()), m.GetCurrent())
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
