package node_test

import (
	"sync/atomic"
	"testing"

	"kv/node"
	"kv/node/logstore"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// A leader that hangs takes what is passed on to it, and never answers. Whoever has
// sent it there learns of it when another leads, and not when his patience ends: the
// lease that he keeps alive may have ended by then.
func TestACallToADeposedLeaderEnds(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	var hanging atomic.Pointer[string]
	released := make(chan struct{})
	c := newCluster(ctx, t, func(cfg *node.Config) {
		name := cfg.Name
		cfg.DiskHook = func(op logstore.Op, _ string) error {
			if victim := hanging.Load(); victim != nil && *victim == name && op == logstore.OpSync {
				<-released
			}
			return nil
		}
	})
	t.Cleanup(func() { close(released) })
	leader := c.Leader()
	follower := otherThan(c, leader)
	hanging.Store(&leader)
	for _, other := range c.Names() {
		if other != leader {
			c.Cut(leader, other)
		}
	}
	_, err := c.Node(follower).Put(ctx, &kvv1.PutRequest{Key: []byte("k"), Value: []byte("v")})
	fails(t, "put", err, kverr.ErrLostLeadership)
	if now := c.Leader(); now == leader {
		t.Errorf("%s still leads", now)
	}
}
