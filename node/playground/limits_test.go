package playground

import (
	"testing"

	"kv/node"
)

// A leader may take larger values than the other members do, as while all are started
// again with another limit: these must take its log all the same.
func TestMembersTakeTheLogOfOneWithLargerLimits(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, func(cfg *node.Config) {
		if cfg.Name == "n1" {
			cfg.Limits.MaxValueBytes = 15 << 20
		}
	})
	cl := dial(t, c)
	if c.Leader() != "n1" {
		t.Fatalf("%s leads, want n1, which has founded the cluster", c.Leader())
	}
	_, err := cl.Put(testContext(t), "large", make([]byte, 15<<20))
	must(t, err)
	waitAgree(t, c)
}
