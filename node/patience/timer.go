package patience

import (
	"sync"
	"time"
)

// glance is how often a timer whose time is over looks whether the clock goes on.
const glance = 20 * time.Millisecond

// Timer is a time.Timer of AfterFunc by a Clock.
type Timer struct {
	clock *Clock
	do    func()

	mu    sync.Mutex
	timer *time.Timer   // guarded by mu
	still time.Duration // guarded by mu; how long the clock had stood still when it was set
	off   bool          // guarded by mu; stopped, or done
}

// AfterFunc calls do on a goroutine of its own after d by this clock.
func (c *Clock) AfterFunc(d time.Duration, do func()) *Timer {
	t := &Timer{clock: c, do: do}
	if c == nil {
		t.timer = time.AfterFunc(d, do)
		return t
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.still, _ = c.still()
	t.timer = time.AfterFunc(d, t.ring)
	return t
}

// ring is called when the time would be over if the clock had never stopped.
func (t *Timer) ring() {
	t.mu.Lock()
	if t.off {
		t.mu.Unlock()
		return
	}
	still, stopped := t.clock.still()
	if missing := still - t.still; stopped || missing > 0 {
		t.still = still
		t.timer.Reset(max(missing, glance))
		t.mu.Unlock()
		return
	}
	t.off = true
	t.mu.Unlock()
	t.do()
}

// Stop keeps do from being called if that has not begun.
func (t *Timer) Stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.off = true
	t.timer.Stop()
}

// Reset sets the timer to d from now.
func (t *Timer) Reset(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.clock != nil {
		t.still, _ = t.clock.still()
	}
	t.off = false
	t.timer.Reset(d)
}
