package playground

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kv/client"
	"kv/node"
	"kv/node/logstore"
	"kv/proto/kverr"
)

func TestMinorityRefusesWritesAndServesStaleReads(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	cl := dial(t, c)
	put(t, cl, "k", "old")
	waitAgree(t, c)
	lonely := c.Leader()
	alone, err := client.Dial([]string{kvAddress(c, lonely)}, client.WithTimeout(2*time.Second))
	must(t, err)
	defer alone.Close()
	c.Isolate(lonely)
	leader := waitLeader(t, c, lonely)
	put(t, dial(t, c, others(c, lonely)...), "k", "new")

	got, err := alone.Get(testContext(t), "k", client.Stale(), client.At(kvAddress(c, lonely)))
	must(t, err)
	if string(got.KV.Value) != "old" || got.Freshness == nil {
		t.Errorf("a stale read of the minority gives %q (%v), want old, with its freshness", got.KV.Value, got.Freshness)
	}
	ctx, cancel := context.WithTimeout(testContext(t), 2*time.Second)
	defer cancel()
	if got, err := alone.Get(ctx, "k", client.At(kvAddress(c, lonely))); err == nil {
		t.Errorf("a linearizable read of the minority gives %q", got.KV.Value)
	}
	c.Heal()
	waitFor(t, c, "the minority to come back", func() bool {
		got, err := alone.Get(testContext(t), "k", client.At(kvAddress(c, lonely)))
		return err == nil && string(got.KV.Value) == "new"
	})
	waitAgree(t, c)
	_ = leader
}

func kvAddress(c *Cluster, name string) string {
	_, kv, _, _ := c.Describe(name)
	return kv
}

// RAFT.md row 4: a leader that was deposed without noticing, as after a pause of
// its process, must not answer a read from its old state. Its long timeouts stand
// for the pause.
func TestDeposedLeaderNeverReadsOldState(t *testing.T) {
	t.Parallel()
	var sluggish atomic.Bool
	c := newCluster(t, 3, func(cfg *node.Config) {
		if cfg.Name == "n1" && sluggish.Load() {
			cfg.HeartbeatTimeout = 30 * time.Second
		}
	})
	sluggish.Store(true)
	must(t, c.Kill(testContext(t), "n1"))
	must(t, c.Start(testContext(t), "n1"))
	cl, majority := dial(t, c), dial(t, c, "n2", "n3")
	put(t, cl, "k", "old")
	waitAgree(t, c)
	waitFor(t, c, "n1 to lead and be cut off before the others stand", func() bool {
		c.Heal()
		if l, err := cl.TransferLeadership(testContext(t), "n1"); err != nil || l.Name != "n1" {
			return false
		}
		if _, err := cl.Get(testContext(t), "k", client.At(kvAddress(c, "n1"))); err != nil {
			return false
		}
		c.Isolate("n1")
		put(t, majority, "k", "new")
		_, leads := c.Node("n1").Leads()
		return leads
	})
	deposed, err := client.Dial([]string{kvAddress(c, "n1")})
	must(t, err)
	defer deposed.Close()
	for range 3 {
		ctx, cancel := context.WithTimeout(testContext(t), 300*time.Millisecond)
		got, err := deposed.Get(ctx, "k", client.At(kvAddress(c, "n1")))
		cancel()
		if err == nil && string(got.KV.Value) == "old" {
			t.Fatal("the deposed leader read its old state")
		}
	}
	c.Heal()
	get(t, majority, "k", "new")
}

// RAFT.md row 2 with our rule on top: a store that fails once ends the node, and
// a start with a sound disk lets it catch up.
func TestFollowerWhoseDiskFailedCatchesUp(t *testing.T) {
	t.Parallel()
	var broken atomic.Pointer[string]
	c := newCluster(t, 3, func(cfg *node.Config) {
		name := cfg.Name
		cfg.DiskHook = func(op logstore.Op, _ string) error {
			if b := broken.Load(); b != nil && *b == name && op == logstore.OpSync {
				return errors.New("input/output error")
			}
			return nil
		}
	})
	cl := dial(t, c)
	put(t, cl, "before", "x")
	victim := others(c, c.Leader())[0]
	broken.Store(&victim)
	putMany(t, cl, "k", 20)
	n := c.Node(victim)
	select {
	case <-n.Done():
	case <-testContext(t).Done():
		t.Fatal("the node goes on with a broken disk")
	}
	if n.Err() == nil {
		t.Error("the node does not say why it ended")
	}
	broken.Store(nil)
	must(t, c.Start(testContext(t), victim))
	waitAgree(t, c)
	get(t, cl, "k0019", "value of k", client.At(victim))
}

// RAFT.md row 7: heartbeats do not notice a disk that hangs; the gate does.
func TestLeaderWithAHungDiskIsReplaced(t *testing.T) {
	t.Parallel()
	var hung atomic.Pointer[string]
	release := make(chan struct{})
	c := newCluster(t, 3, func(cfg *node.Config) {
		name := cfg.Name
		cfg.StallTimeout = 500 * time.Millisecond
		cfg.DiskHook = func(op logstore.Op, _ string) error {
			if h := hung.Load(); h != nil && *h == name && op == logstore.OpSync {
				<-release
			}
			return nil
		}
	})
	var once sync.Once
	free := func() { once.Do(func() { hung.Store(nil); close(release) }) }
	t.Cleanup(free)
	cl := dial(t, c)
	put(t, cl, "before", "x")
	leader := c.Leader()
	hung.Store(&leader)
	ctx, cancel := context.WithTimeout(testContext(t), time.Second)
	cl.Put(ctx, "into the hang", []byte("x")) // its fate is not the question
	cancel()
	waitFor(t, c, "the others to elect a leader", func() bool {
		for _, name := range others(c, leader) {
			if n := c.Node(name); n != nil {
				if _, leads := n.Leads(); leads {
					return true
				}
			}
		}
		return false
	})
	put(t, dial(t, c, others(c, leader)...), "after", "x")
	free()
}

// RAFT.md row 2b: a burst commits without a pause between its batches.
func TestBurstOfWrites(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, calm)
	cl := dial(t, c)
	var writers sync.WaitGroup
	errs := make(chan error, 3000)
	ctx := testContext(t)
	for i := range 3000 {
		writers.Go(func() {
			_, err := cl.Put(ctx, fmt.Sprintf("k%04d", i), make([]byte, 200))
			for err != nil && ctx.Err() == nil { // an election on a busy machine is no stall
				_, err = cl.Put(ctx, fmt.Sprintf("k%04d", i), make([]byte, 200))
			}
			errs <- err
		})
	}
	writers.Wait()
	for range 3000 {
		must(t, <-errs)
	}
	waitAgree(t, c)
}

// snapshotting makes snapshots due quickly and leaves little log behind them.
func snapshotting(cfg *node.Config) {
	cfg.SnapshotBytes = 32 << 10
	cfg.TrailingEntries = 4
}

func TestFarBehindAndEmptyNodesGetASnapshot(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, snapshotting)
	cl := dial(t, c)
	put(t, cl, "first", "x")
	behind := others(c, c.Leader())[0]
	must(t, c.Kill(testContext(t), behind))
	value := string(make([]byte, 4<<10))
	for i := range 60 {
		put(t, cl, fmt.Sprintf("k%d", i), value)
	}
	waitSnapshot(t, c, c.Leader(), 20)
	must(t, c.Start(testContext(t), behind))
	waitAgree(t, c)

	empty := newNode(t, "n9", node.Config{SnapshotBytes: 32 << 10})
	must(t, empty.Join(testContext(t), c.Addresses()))
	get(t, cl, "k59", value, client.At(empty.KVAddress()))
}

// waitSnapshot waits until a node has a snapshot that reaches to index at least.
func waitSnapshot(t *testing.T, c *Cluster, name string, index uint64) {
	t.Helper()
	cl := dial(t, c, name)
	waitFor(t, c, "a snapshot of "+name, func() bool {
		put(t, cl, "more", string(make([]byte, 4<<10)))
		s, err := cl.Status(testContext(t), kvAddress(c, name))
		return err == nil && s.LastSnapshotIndex >= index
	})
}

func TestWriteEndsAreToldApart(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, calm) // the write is to arrive before the leader steps down
	leader := c.Leader()
	// Of three attempts the first may be done; the others, after the leader has stepped
	// down, surely are not, and settle nothing.
	alone, err := client.Dial([]string{kvAddress(c, leader)}, client.WithMaxAttempts(3))
	must(t, err)
	defer alone.Close()
	c.Isolate(leader)
	_, err = alone.Put(testContext(t), "k", []byte("v"))
	if client.OutcomeOf(err) != kverr.Unknown {
		t.Errorf("a write that a leader took and could not commit: %v (%v), want an unknown outcome", err, client.OutcomeOf(err))
	}
	waitFor(t, c, "the old leader to step down", func() bool { _, leads := c.Node(leader).Leads(); return !leads })
	ctx, cancel := context.WithTimeout(testContext(t), 300*time.Millisecond)
	defer cancel()
	_, err = alone.Put(ctx, "k", []byte("v"))
	if err == nil || client.OutcomeOf(err) != kverr.NotDone {
		t.Errorf("a write without a leader: %v (%v), want surely not done", err, client.OutcomeOf(err))
	}
}
