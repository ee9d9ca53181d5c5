package rpc

import (
	"time"

	kvv1 "kv/proto/kv/v1"
)

// clock wakes a session when the time of a call is over, with one timer for all of
// them. It is for the holder of session.mu, but for the timer's channel.
type clock struct {
	timer *time.Timer
	next  time.Time // when the timer fires; zero if it does not
}

// tolerance is by how much a call may outlive its time, lest each have a wake-up of
// its own.
const tolerance = 5 * time.Millisecond

func newClock() clock {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return clock{timer: t}
}

// arm has the timer fire soon after deadline, if it would not before.
func (c *clock) arm(deadline time.Time) {
	if deadline.IsZero() || !c.next.IsZero() && !deadline.Add(tolerance).Before(c.next) {
		return
	}
	c.next = deadline.Add(tolerance)
	c.timer.Reset(time.Until(c.next))
}

// expire answers the calls whose time is over.
func (s *session) expire(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock.next = time.Time{}
	for _, c := range s.calls {
		if c.deadline.IsZero() || c.deadline.After(now) {
			s.clock.arm(c.deadline)
			continue
		}
		s.abort(c, c.expired())
	}
}

// maxTimeout is the longest that a call may ask for; beyond it, it waits as long.
const maxTimeout = 24 * time.Hour

// deadlineOf is when a call's time is over that begins now; zero for never.
func deadlineOf(c *kvv1.Call, now time.Time) time.Time {
	ms := c.GetTimeoutMs()
	if ms == 0 {
		return time.Time{}
	}
	return now.Add(time.Duration(min(ms, uint64(maxTimeout.Milliseconds()))) * time.Millisecond)
}
