package playground

import (
	"fmt"
	"strconv"
	"sync"
	"time"
)

// clock is the clock of one node, by which its leases and the age of its history go. It
// outlasts the runs of the node. Its zero value runs as fast as all others.
type clock struct {
	mu    sync.Mutex
	rate  float64   // guarded by mu; how fast it runs, 0 meaning 1
	since time.Time // guarded by mu; when it got its rate,
	shown time.Time // guarded by mu; and what it showed then
}

// Now is what the clock shows.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at(time.Now())
}

// at is what the clock shows at a time. mu is held.
func (c *clock) at(now time.Time) time.Time {
	if c.rate == 0 {
		return now
	}
	return c.shown.Add(time.Duration(c.rate * float64(now.Sub(c.since))))
}

// run makes the clock run at a rate from now on. It never goes back.
func (c *clock) run(rate float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.shown = c.at(now)
	c.since, c.rate = now, rate
}

// runs returns how fast the clock runs.
func (c *clock) runs() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rate == 0 {
		return 1
	}
	return c.rate
}

// The bounds of a clock's rate.
const (
	SlowestClock = 0.01
	FastestClock = 100
)

// Clock makes the clock of a node run at a rate, SlowestClock to FastestClock, until it is
// healed. The members' leases and history go by it; Raft's timers do not.
func (c *Cluster) Clock(name string, rate float64) error {
	if !(rate >= SlowestClock && rate <= FastestClock) {
		return fmt.Errorf("a clock may run at %gx to %gx, not at %gx", SlowestClock, float64(FastestClock), rate)
	}
	s, err := c.slot(name)
	if err != nil {
		return err
	}
	s.clock.run(rate)
	return nil
}

// fault is the clock as a fault in the words in which it is typed; "" if it runs well.
func (c *clock) fault(name string) string {
	if rate := c.runs(); rate != 1 {
		return "clock " + name + " " + strconv.FormatFloat(rate, 'g', -1, 64) + "x"
	}
	return ""
}
