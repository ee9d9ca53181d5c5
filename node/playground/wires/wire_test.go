package wires

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

var (
	forth = Message{From: "n1", To: "n2", Text: "forth"}
	back  = Message{From: "n2", To: "n1", Text: "back"}
)

func arrived(p *passage) bool {
	select {
	case <-p.here:
		return true
	default:
		return false
	}
}

// A message arrives its delay after it was sent, whatever is before it, and no message
// overtakes another.
func TestMessagesAreDelayedByTheirTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := three(t, 7)
		n.Break(Fault{Kind: Delay, From: "n1", To: "n2", OneWay: true, Mean: 50 * time.Millisecond, Jitter: 20 * time.Millisecond})
		w := n.Watch(1000)
		defer w.Close()
		if !arrived(n.send(back, true)) {
			t.Error("the other direction is slow too")
		}
		for range 100 {
			n.send(forth, true)
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		last, times := uint64(0), map[time.Duration]bool{}
		for range 202 {
			m := <-w.C
			if m.State != Delivered || m.From == "n2" {
				continue
			}
			took := m.Ended.Sub(m.Sent)
			times[took] = true
			if took < 30*time.Millisecond || took > 70*time.Millisecond {
				t.Errorf("message %d took %v", m.ID, took)
			}
			if m.ID < last {
				t.Errorf("message %d overtook %d", last, m.ID)
			}
			last = m.ID
		}
		if last != 101 || len(times) < 20 || w.Missed() > 0 {
			t.Errorf("the last one is %d, they took %d different times, %d were missed", last, len(times), w.Missed())
		}
	})
}

func TestHealingADelayDeliversAtOnce(t *testing.T) {
	t.Parallel()
	n := three(t, 0)
	n.Break(Fault{Kind: Delay, Mean: time.Hour})
	a, b := n.send(forth, true), n.send(back, true)
	if arrived(a) || len(n.InFlight()) != 2 || n.InFlight()[0].State != Waiting {
		t.Errorf("in flight: %v", n.InFlight())
	}
	n.Heal("n1", "n2")
	if !arrived(a) || arrived(b) {
		t.Errorf("there: %t, %t", arrived(a), arrived(b))
	}
	n.Break(Fault{Kind: Delay, From: "n1", To: "n2", Mean: time.Nanosecond})
	n.Heal("", "")
	if !arrived(b) || len(n.InFlight()) != 0 {
		t.Error("something is left")
	}
}

// The same seed loses the same messages of a wire, whatever happens on others.
func TestChanceRepeats(t *testing.T) {
	t.Parallel()
	n := three(t, 0)
	fate := func(seed uint64, disturb bool) string {
		n.Reseed(seed)
		n.Break(Fault{Kind: Drop, Percent: 30})
		var b strings.Builder
		for range 200 {
			if disturb {
				n.send(back, true)
			}
			if arrived(n.send(forth, true)) {
				b.WriteByte('.')
			} else {
				b.WriteByte('x')
			}
		}
		return b.String()
	}
	one := fate(42, false)
	if again := fate(42, true); again != one {
		t.Errorf("the same seed:\n%s\n%s", one, again)
	}
	if other := fate(43, false); other == one {
		t.Error("another seed changes nothing")
	}
	if lost := strings.Count(one, "x"); lost < 30 || lost > 90 {
		t.Errorf("%d of 200 were lost, of 30%%", lost)
	}
}

// The sender of a lost message waits until its patience ends, and not longer while
// patience stands still.
func TestWaitingForALostMessage(t *testing.T) {
	t.Parallel()
	n := three(t, 0)
	n.Break(Fault{Kind: Drop, Percent: 100})
	ctx, cancel := context.WithCancel(t.Context())
	p := n.send(forth, true)
	ended := make(chan error)
	go func() { ended <- n.wait(ctx, p) }()
	cancel()
	if err := <-ended; status.Code(err) != codes.Canceled {
		t.Errorf("the end of patience: %v", err)
	}
	go func() { ended <- n.wait(t.Context(), p) }()
	n.Break(Fault{Kind: Hold})
	if err := <-ended; status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("while the clock stands still: %v", err)
	}
}

// A stream whose answer is lost breaks: its caller may be patient for minutes.
func TestALostAnswerBreaksAStream(t *testing.T) {
	t.Parallel()
	n := three(t, 0)
	n.Break(Fault{Kind: Drop, Percent: 100})
	s := newStream(t.Context(), n, ends{"n1", "n2"}, "")
	if err := s.arrive(n.send(back, true)); status.Code(err) != codes.Unavailable {
		t.Errorf("%v", err)
	}
}

func TestHeldMessages(t *testing.T) {
	t.Parallel()
	n := three(t, 0)
	n.Break(Fault{Kind: Hold, From: "n1", To: "n2"})
	var all []*passage
	for _, m := range []Message{forth, back, forth, forth} {
		all = append(all, n.send(m, true))
	}
	if got := fmt.Sprint(ids(n)); got != "[1 2 3 4]" || all[0].State != Held {
		t.Fatalf("in flight are %v", n.InFlight())
	}
	if m, err := n.Deliver(t.Context(), 3); err != nil || m.State != Delivered || !arrived(all[2]) {
		t.Errorf("deliver 3: %v, %v", m, err)
	}
	if m, err := n.Lose(t.Context(), 1); err != nil || m.State != Lost || arrived(all[0]) {
		t.Errorf("lose 1: %v, %v", m, err)
	}
	if m, err := n.Step(t.Context()); err != nil || m.ID != 2 {
		t.Errorf("step: %v, %v", m, err)
	}
	if _, err := n.Deliver(t.Context(), 3); err == nil || !strings.Contains(err.Error(), "inflight") {
		t.Errorf("deliver a second time: %v", err)
	}
	n.Break(Fault{Kind: Isolate, From: "n1"})
	if _, err := n.Deliver(t.Context(), 4); err == nil || !strings.Contains(err.Error(), "heal n1 -> n2") {
		t.Errorf("deliver on a cut wire: %v", err)
	}
	if _, err := n.Step(t.Context()); err == nil {
		t.Error("step on a cut wire")
	}
	if n.Heal("", ""); !arrived(all[3]) || len(ids(n)) != 0 {
		t.Errorf("after all was healed: %v", n.InFlight())
	}
	if _, err := n.Step(t.Context()); err == nil || !strings.Contains(err.Error(), "hold all") {
		t.Errorf("step without anything: %v", err)
	}
}

func ids(n *Network) (ids []uint64) {
	for _, m := range n.InFlight() {
		ids = append(ids, m.ID)
	}
	return ids
}

// A sender that has gone takes its message back; those behind it move up.
func TestAMessageIsTakenBack(t *testing.T) {
	t.Parallel()
	n := three(t, 0)
	n.Break(Fault{Kind: Cut})
	first, second := n.send(forth, true), n.send(forth, true)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := n.wait(ctx, first); err == nil || first.State != GivenUp {
		t.Errorf("%v, %s", err, first.State)
	}
	if n.Heal("", ""); arrived(first) || !arrived(second) {
		t.Error("the wrong one arrived")
	}
	if err := n.wait(t.Context(), second); err != nil {
		t.Error(err)
	}
}

func TestAWatchNeverHoldsUp(t *testing.T) {
	t.Parallel()
	n := three(t, 0)
	w := n.Watch(1)
	for range 3 {
		n.send(forth, true)
	}
	if m := <-w.C; m.ID != 1 || m.State != Waiting || w.Missed() != 5 {
		t.Errorf("%v, missed %d", m, w.Missed())
	}
	w.Close()
	w.Close()
	if _, ok := <-w.C; ok || n.busy.Load() {
		t.Error("it goes on")
	}
	n.Close()
	late := n.Watch(1)
	if _, ok := <-late.C; ok {
		t.Error("a watch of a network that has ended")
	}
}

func TestASettledNetworkIsWaitedFor(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	three(t, 0).Settle(ctx) // returns
	if !errors.Is(ctx.Err(), context.Canceled) {
		t.Error(ctx.Err())
	}
}
