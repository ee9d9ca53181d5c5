package client

import (
	"testing"
	"time"
)

func TestACrowdWaitsLonger(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		waiting int
		want    time.Duration
	}{{1, 100 * time.Millisecond}, {32, 100 * time.Millisecond}, {320, time.Second}, {5000, 2 * time.Second}} {
		if got := stretched(100*time.Millisecond, c.waiting); got != c.want {
			t.Errorf("one of %d waits %v, want %v", c.waiting, got, c.want)
		}
	}
	if got := stretched(time.Minute, 5000); got != time.Minute {
		t.Errorf("a wait of a minute became %v", got)
	}
}

func TestOneAnswerCallsAllIn(t *testing.T) {
	t.Parallel()
	l := newLobby()
	l.answered() // nobody waits: nothing happens
	_, a := l.enter(time.Hour)
	_, b := l.enter(time.Hour)
	l.answered()
	<-a
	<-b
	l.leave()
	l.leave()
	if _, later := l.enter(time.Hour); isClosed(later) {
		t.Error("an answer from before calls in who comes later")
	}
}

func isClosed(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}
