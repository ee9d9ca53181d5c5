package playground

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"kv/client"
)

func TestAClockKeepsItsRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c clock
		began := c.Now()
		for _, step := range []struct {
			rate float64
			lets time.Duration // of a second
		}{{1, time.Second}, {10, 10 * time.Second}, {0.5, time.Second / 2}, {1, time.Second}} {
			c.run(step.rate)
			before := c.Now()
			time.Sleep(time.Second)
			if went := c.Now().Sub(before); went != step.lets || c.runs() != step.rate {
				t.Errorf("at %gx a second was %s", step.rate, went)
			}
		}
		if went := c.Now().Sub(began); went != 12500*time.Millisecond {
			t.Errorf("in all it went on by %s", went)
		}
	})
}

// A lease ends by the leader's clock alone: that of a follower may run as it likes.
func TestLeasesGoByTheLeadersClock(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	cl := dial(t, c)
	leader := c.Leader()
	must(t, c.Clock(others(c, leader)[0], FastestClock))
	lease := func() client.Lease {
		t.Helper()
		g, err := cl.Grant(testContext(t), time.Hour)
		must(t, err)
		leases, err := cl.Leases(testContext(t))
		must(t, err)
		i := slices.IndexFunc(leases, func(l client.Lease) bool { return l.ID == g.ID })
		if i < 0 {
			t.Fatalf("lease %d has ended", g.ID)
		}
		return leases[i]
	}
	began := time.Now()
	first := lease()
	if went := time.Since(began); first.Remaining < time.Hour-went {
		t.Errorf("%s of an hour are left after %s", first.Remaining, went)
	}
	must(t, c.Clock(leader, 100))
	waitFor(t, c, "two minutes of the leader's clock", func() bool {
		leases, err := cl.Leases(testContext(t))
		must(t, err)
		return len(leases) > 0 && leases[0].Remaining < 58*time.Minute
	})
	if faults := c.NodeFaults(); !slices.Contains(faults, "clock "+leader+" 100x") {
		t.Errorf("the faults are %q", faults)
	}
	for _, name := range c.Names() {
		must(t, c.HealNode(name))
	}
	if faults := c.NodeFaults(); len(faults) > 0 {
		t.Errorf("left are %q", faults)
	}
	if err := c.Clock(leader, 0); err == nil {
		t.Error("a clock stands still")
	}
}
