package playground

import (
	"sync/atomic"
	"testing"
	"time"

	"kv/client"
	"kv/node"
)

// Followers stand for election when the leader's process is gone, and not only when
// their heartbeat timeout is over, which here would be long after the test.
func TestAKilledLeaderIsSucceededAtOnce(t *testing.T) {
	t.Parallel()
	var patient atomic.Bool
	c := newCluster(t, 3, func(cfg *node.Config) {
		if patient.Load() {
			cfg.HeartbeatTimeout, cfg.ElectionTimeout = time.Hour, time.Hour
		}
	})
	leader := waitLeader(t, c, "")
	patient.Store(true)
	for _, name := range others(c, leader) {
		must(t, c.Stop(testContext(t), name))
		must(t, c.Start(testContext(t), name))
	}
	cl := dial(t, c)
	put(t, cl, "before", "x")
	for _, name := range others(c, leader) { // both know the leader, and have all it wrote
		waitFor(t, c, name+" to follow", func() bool {
			got, err := cl.Get(testContext(t), "before", client.Stale(), client.At(kvAddress(c, name)))
			return err == nil && got.KV != nil && got.Leader != nil && got.Leader.Name == leader
		})
	}
	must(t, c.Kill(testContext(t), leader))
	waitLeader(t, c, leader)
	put(t, cl, "after", "x")
}
