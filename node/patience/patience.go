// Package patience is how long a member waits for other members: ordinary timeouts,
// by a clock that a playground can stop. While a person holds messages back to deliver
// them one by one, nobody's patience runs out.
package patience

import (
	"context"
	"sync"
	"time"
)

// Clock measures patience. Its methods are safe for concurrent use. A nil Clock goes
// with the time and is never stopped; the zero value is one that runs.
type Clock struct {
	mu      sync.Mutex
	stopped time.Time     // guarded by mu; zero while the clock runs
	lost    time.Duration // guarded by mu; for how long it has stood still before
	changed chan struct{} // guarded by mu; closed when it is stopped or goes on
}

// Stop stops the clock; if it stands still already, nothing happens.
func (c *Clock) Stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped.IsZero() {
		c.stopped = time.Now()
		c.tell()
	}
}

// GoOn lets the clock run again.
func (c *Clock) GoOn() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stopped.IsZero() {
		c.lost += time.Since(c.stopped)
		c.stopped = time.Time{}
		c.tell()
	}
}

// tell wakes those who wait for a change. c.mu is held.
func (c *Clock) tell() {
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}

// Stopped reports whether the clock stands still.
func (c *Clock) Stopped() bool {
	if c == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.stopped.IsZero()
}

// Look reports whether the clock stands still, and returns a channel that is closed
// when that changes. It is nil for a nil Clock.
func (c *Clock) Look() (stopped bool, changed <-chan struct{}) {
	if c == nil {
		return false, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changed == nil {
		c.changed = make(chan struct{})
	}
	return !c.stopped.IsZero(), c.changed
}

// still is for how long the clock has stood still in all, and whether it does now.
func (c *Clock) still() (time.Duration, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped.IsZero() {
		return c.lost, false
	}
	return c.lost + time.Since(c.stopped), true
}

// WithTimeout is context.WithTimeout by this clock. As the clock may stop, the context
// of a clock that is not nil has no Deadline; when its time is over its Cause is
// context.DeadlineExceeded, and its Err context.Canceled.
func (c *Clock) WithTimeout(parent context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if c == nil {
		return context.WithTimeout(parent, d)
	}
	ctx, cancel := context.WithCancelCause(parent)
	timer := c.AfterFunc(d, func() { cancel(context.DeadlineExceeded) })
	return ctx, func() { timer.Stop(); cancel(context.Canceled) }
}
