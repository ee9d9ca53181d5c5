package playground

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kv/client"
	"kv/node"
	"kv/node/guard"
)

// killAll cuts the power of all nodes at the same time, and starts them again.
func killAll(t *testing.T, c *Cluster) {
	t.Helper()
	var all sync.WaitGroup
	for _, name := range c.Names() {
		all.Go(func() {
			if err := c.Kill(testContext(t), name); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, name := range c.Names() {
		must(t, c.Start(testContext(t), name))
	}
}

// What was acknowledged is there after the power of all nodes was cut in the middle of
// writes, on any number of times.
func TestAcknowledgedWritesOutliveAPowerCutOfAll(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, snapshotting)
	cl := dial(t, c)
	put(t, cl, "first", "x")
	for round := range 3 {
		ctx, cancel := context.WithCancel(testContext(t))
		var done atomic.Int64
		acked := make([][]string, 4)
		var writers sync.WaitGroup
		for w := range acked {
			writers.Go(func() {
				for i := 0; ctx.Err() == nil; i++ {
					key := fmt.Sprintf("%d/%d/%d", round, w, i)
					attempt, stop := context.WithTimeout(ctx, 2*time.Second)
					if _, err := cl.Put(attempt, key, make([]byte, 1000)); err == nil {
						acked[w] = append(acked[w], key)
						done.Add(1)
					}
					stop()
				}
			})
		}
		waitFor(t, c, "some writes", func() bool { return done.Load() > 100 })
		killAll(t, c)
		cancel()
		writers.Wait()
		waitLeader(t, c, "")
		for _, keys := range acked {
			for _, key := range keys {
				if got, err := cl.Get(testContext(t), key); err != nil || got.KV == nil {
					t.Fatalf("round %d: %s was acknowledged and is lost: %v", round, key, err)
				}
			}
		}
	}
	waitAgree(t, c)
}

// forgetful makes a node's disk take syncs of some files for done that are not, as a
// store with a bug would.
func forgetful(cfg *node.Config, forget func(path string) bool) {
	honest := cfg.DiskGuard
	cfg.DiskGuard = func(a guard.Access) (func(error) error, error) {
		if a.Op == guard.Sync && forget(a.Path) {
			return nil, nil
		}
		return honest(a)
	}
}

// A store that acknowledges before its sync loses what was acknowledged: the power cut
// does not ask the store what is durable.
func TestAWriteThatIsNotSyncedIsLost(t *testing.T) {
	t.Parallel()
	var lies atomic.Bool
	c := newCluster(t, 1, func(cfg *node.Config) {
		forgetful(cfg, func(path string) bool { return lies.Load() && strings.HasSuffix(path, ".seg") })
	})
	cl := dial(t, c)
	put(t, cl, "a", "synced")
	lies.Store(true)
	put(t, cl, "b", "not synced")
	must(t, c.Kill(testContext(t), "n1"))
	lies.Store(false)
	must(t, c.Start(testContext(t), "n1"))
	waitLeader(t, c, "")
	get(t, cl, "a", "synced")
	if got, err := cl.Get(testContext(t), "b"); err != nil || got.KV != nil {
		t.Errorf("b: %v, %v: what was never synced has outlived a power cut", got.KV, err)
	}
}

// The same of the vote: a node that did not sync its term goes back to an earlier one.
func TestAVoteThatIsNotSyncedIsLost(t *testing.T) {
	t.Parallel()
	var lies atomic.Bool
	c := newCluster(t, 1, func(cfg *node.Config) {
		forgetful(cfg, func(path string) bool { return lies.Load() && filepath.Base(path) == "vote" })
	})
	vote := func() string {
		b, err := os.ReadFile(filepath.Join(c.dir, "n1", "vote"))
		must(t, err)
		return string(b)
	}
	before := vote()
	lies.Store(true)
	must(t, c.Restart(testContext(t), "n1"))
	waitLeader(t, c, "")
	if vote() == before {
		t.Fatal("no vote was written")
	}
	must(t, c.Kill(testContext(t), "n1"))
	if vote() != before {
		t.Error("a vote that was never synced has outlived a power cut")
	}
}

// A power cut in the middle of a snapshot leaves the one before, and one right after it
// the new one.
func TestSnapshotsAtAPowerCut(t *testing.T) {
	t.Parallel()
	var lies atomic.Bool
	c := newCluster(t, 1, func(cfg *node.Config) {
		snapshotting(cfg)
		forgetful(cfg, func(path string) bool { return lies.Load() && strings.Contains(path, "snapshots") })
	})
	cl := dial(t, c)
	waitSnapshot(t, c, "n1", 2)
	snapshots := func() int {
		found, err := filepath.Glob(filepath.Join(c.dir, "n1", "snapshots", "*", "meta.json"))
		must(t, err)
		return len(found)
	}
	must(t, c.Kill(testContext(t), "n1"))
	if snapshots() == 0 {
		t.Fatal("a snapshot that was synced is lost")
	}
	must(t, c.Start(testContext(t), "n1"))
	waitLeader(t, c, "")
	s, err := cl.Status(testContext(t), kvAddress(c, "n1"))
	must(t, err)
	if s.LastSnapshotIndex == 0 {
		t.Error("the node started without its snapshot")
	}
	lies.Store(true)
	waitSnapshot(t, c, "n1", s.LastSnapshotIndex+1)
	must(t, c.Kill(testContext(t), "n1"))
	lies.Store(false)
	if err := c.Start(testContext(t), "n1"); err == nil {
		if now, err := dial(t, c).Status(testContext(t), kvAddress(c, "n1")); err == nil && now.LastSnapshotIndex > s.LastSnapshotIndex {
			t.Errorf("a snapshot up to %d has outlived a power cut without a sync", now.LastSnapshotIndex)
		}
	}
}

// Who a node is must outlive a power cut right after its first start.
func TestTheIdentityOutlivesAPowerCut(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	killAll(t, c)
	waitLeader(t, c, "")
	put(t, dial(t, c), "k", "v")
	waitAgree(t, c)
}

// A follower whose power is cut again and again, wherever it may be at that moment,
// always comes back.
func TestAFollowerAtRandomPowerCuts(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, snapshotting)
	cl := dial(t, c)
	put(t, cl, "first", "x")
	victim := others(c, c.Leader())[0]
	ctx, cancel := context.WithCancel(testContext(t))
	var done atomic.Int64
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			if _, err := cl.Put(ctx, fmt.Sprint(i), make([]byte, 2000)); err == nil {
				done.Add(1)
			}
		}
	})
	for range 8 {
		seen := done.Load()
		waitFor(t, c, "writes", func() bool { return done.Load() > seen+5 })
		must(t, c.Kill(ctx, victim))
		must(t, c.Start(ctx, victim))
	}
	cancel()
	writer.Wait()
	waitAgree(t, c)
	put(t, cl, "last", "x")
	get(t, dial(t, c, victim), "last", "x", client.At(victim))
}
