package client

import (
	"context"
	"slices"
	"time"
)

// clock ends the calls of a line whose time is over, with one timer for all of
// them: a timer for each costs more than the call. It is for the holder of line.mu.
type clock struct {
	timer *time.Timer
	next  time.Time // when the timer fires; zero if it does not
}

// tolerance is by how much a call may outlive its time, lest each have a wake-up of
// its own.
const tolerance = 2 * time.Millisecond

// arm has the timer fire soon after end, if it would not before.
func (c *clock) arm(end time.Time) {
	if !c.next.IsZero() && !end.Add(tolerance).Before(c.next) {
		return
	}
	c.next = end.Add(tolerance)
	c.timer.Reset(time.Until(c.next))
}

// expire ends the calls whose time is over. It is called by the timer.
func (l *line) expire() {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clock.next = time.Time{}
	var late []*pending
	for p := range l.all {
		if now.Before(p.end) {
			l.clock.arm(p.end)
		} else {
			late = append(late, p)
		}
	}
	for _, p := range late {
		l.forget(p)
		p.fail(context.DeadlineExceeded)
	}
}

// all yields the calls of the line. l.mu is held.
func (l *line) all(yield func(*pending) bool) {
	for _, k := range l.queue {
		if slices.ContainsFunc(k.calls, func(p *pending) bool { return !yield(p) }) {
			return
		}
	}
	for _, p := range l.calls {
		if !yield(p) {
			return
		}
	}
}
