package client

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"
)

func countingIDs() func() uint64 {
	var n uint64
	return func() uint64 { n++; return n - 1 } // 0 first: it is no id
}

func TestStampsCountUpAndAcknowledge(t *testing.T) {
	t.Parallel()
	s := stamps{random: countingIDs()}
	a, b, c := s.begin(7), s.begin(8), s.begin(9)
	s.end(b)
	if got := c.stamp(); got.Session != 1 || got.Sequence != 3 || got.Acknowledged != 1 || got.Opened != 7 {
		t.Errorf("%v", got)
	}
	s.end(a)
	d := s.begin(9)
	if got := d.stamp(); got.Sequence != 4 || got.Acknowledged != 3 {
		t.Errorf("%v", got)
	}
	s.end(c)
	s.end(d)
	if got := s.begin(9).stamp(); got.Sequence != 5 || got.Acknowledged != 5 {
		t.Errorf("%v", got)
	}
}

func TestRenewMovesEachWriteOnce(t *testing.T) {
	t.Parallel()
	s := stamps{random: countingIDs()}
	a, b := s.begin(0), s.begin(0)
	s.renew(a, 50)
	s.renew(b, 60)
	if got := a.stamp(); got.Session != 2 || got.Sequence != 1 || got.Opened != 50 {
		t.Errorf("%v", got)
	}
	if got := b.stamp(); got.Session != 2 || got.Sequence != 2 || got.Opened != 50 {
		t.Errorf("the second of the old session: %v", got)
	}
	if got := s.begin(0).stamp(); got.Session != 2 {
		t.Errorf("a later one: %v", got)
	}
}

func TestAWriteThatHangsDoesNotHoldUpTheOthers(t *testing.T) {
	t.Parallel()
	s := stamps{random: countingIDs()}
	stuck := s.begin(0)
	for range 3 * maxWrites {
		next := s.begin(5)
		if got := next.stamp(); got.Sequence-got.Acknowledged >= maxWrites {
			t.Fatalf("%v is too far ahead", got)
		}
		s.end(next)
	}
	if got := s.begin(5).stamp(); got.Session == stuck.stamp().Session || got.Opened != 5 {
		t.Errorf("%v", got)
	}
	s.end(stuck)
}

// No two writes have the same number, and none is acknowledged before it is over.
func TestStampsAreUnique(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := stamps{random: countingIDs()}
		type number struct{ session, sequence uint64 }
		used := map[number]bool{}
		var open []*ticket
		take := func(x *ticket) {
			n := number{x.series.id, x.sequence}
			if used[n] {
				t.Fatalf("%v was used twice", n)
			}
			used[n] = true
		}
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			i := 0
			if len(open) > 0 {
				i = rapid.IntRange(0, len(open)-1).Draw(t, "which")
			}
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0, 1:
				open = append(open, s.begin(0))
				take(open[len(open)-1])
			case 2:
				if len(open) > 0 {
					s.end(open[i])
					open = append(open[:i], open[i+1:]...)
				}
			case 3:
				if len(open) > 0 {
					s.renew(open[i], 0)
					take(open[i])
				}
			}
			for _, x := range open {
				if st := x.stamp(); st.Acknowledged > st.Sequence || st.Acknowledged == 0 || st.Session == 0 {
					t.Fatalf("%v", st)
				}
			}
		}
	})
}

func TestWritesBeyondTheBoundWait(t *testing.T) {
	t.Parallel()
	w, none := newWrites(), new(atomic.Uint64)
	open := make(chan struct{})
	for range maxWrites {
		if err := w.begin(t.Context(), open, none, new(ticket)); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.begin(ctx, open, none, new(ticket)); !errors.Is(err, ErrCanceled) || OutcomeOf(err) != NotDone {
		t.Errorf("one more, canceled: %v, %v", err, OutcomeOf(err))
	}
	over := make(chan struct{})
	close(over)
	if err := w.begin(t.Context(), over, none, new(ticket)); !errors.Is(err, ErrClosed) {
		t.Errorf("one more, closed: %v", err)
	}
	w.end(&ticket{series: w.stamps.current, sequence: 1})
	got := new(ticket)
	err := w.begin(t.Context(), open, none, got)
	if st := got.stamp(); err != nil || st.Sequence != maxWrites+1 || st.Acknowledged != 2 {
		t.Errorf("after one has ended: %v, %v", got.stamp(), err)
	}
}
