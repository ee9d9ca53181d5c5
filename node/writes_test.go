package node_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"kv/node"
	"kv/node/logstore"
	"kv/node/playground"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// newCluster starts three nodes that elect quickly.
func newCluster(ctx context.Context, t *testing.T, tune func(*node.Config)) *playground.Cluster {
	t.Helper()
	c, err := playground.Open(ctx, playground.Config{
		Nodes: 3, Dir: t.TempDir(), FreePorts: true,
		Tune: func(c *node.Config) {
			c.HeartbeatTimeout = 400 * time.Millisecond
			if tune != nil {
				tune(c)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func otherThan(c *playground.Cluster, name string) string {
	for _, other := range c.Names() {
		if other != name {
			return other
		}
	}
	return ""
}

// A follower that passes a write on knows whether it ever left.
func TestWriteThatCannotBePassedOnIsNotDone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c := newCluster(ctx, t, nil)
	put := func(name string) kverr.Outcome {
		ctx, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		defer cancel()
		_, err := c.Node(name).Put(ctx, &kvv1.PutRequest{Key: []byte("k"), Value: []byte("v")})
		if err == nil {
			t.Fatal("a write that was cut off succeeds")
		}
		t.Log(err)
		return kverr.From(err).Outcome
	}
	leader := c.Leader()
	follower := otherThan(c, leader)
	c.Cut(follower, leader)
	if put(follower) != kverr.NotDone {
		t.Error("a write that never left the follower: unknown, want not done")
	}
	c.Heal()

	await(ctx, t, "a leader", func() bool { leader = c.Leader(); return leader != "" })
	follower = otherThan(c, leader)
	await(ctx, t, "the follower to pass writes on", func() bool {
		_, err := c.Node(follower).Put(ctx, &kvv1.PutRequest{Key: []byte("k"), Value: []byte("v")})
		return err == nil
	})
	c.Cut(leader, follower) // the answer is lost
	if put(follower) != kverr.Unknown {
		t.Error("a write whose answer was lost: not done, want unknown")
	}
}

// While leadership is being transferred nothing is written, not even what makes a
// new leader ready. When the transfer fails it must become ready all the same.
func TestLeaderIsReadyAfterAFailedTransfer(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var slow atomic.Bool
	c := newCluster(ctx, t, func(cfg *node.Config) {
		cfg.DiskHook = func(op logstore.Op, _ string) error {
			if slow.Load() && op == logstore.OpSync {
				time.Sleep(20 * time.Millisecond) // a slow disk, not a wait
			}
			return nil
		}
	})
	for range 4 { // whether the transfer comes first is up to Raft's select
		gone, leader := c.Leader(), ""
		if err := c.Kill(ctx, gone); err != nil {
			t.Fatal(err)
		}
		slow.Store(true)
		await(ctx, t, "another leader", func() bool { leader = c.Leader(); return leader != "" })
		c.Node(leader).TransferLeadership(ctx, &kvv1.TransferLeadershipRequest{Name: gone})
		slow.Store(false)
		await(ctx, t, "the leader to be ready", func() bool {
			attempt, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			_, err := c.Node(leader).Get(attempt, &kvv1.GetRequest{Key: []byte("k")})
			return err == nil
		})
		if err := c.Start(ctx, gone); err != nil {
			t.Fatal(err)
		}
		await(ctx, t, "one leader", func() bool { return c.Leader() != "" })
	}
}
