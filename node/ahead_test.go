package node_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"kv/node"
	"kv/node/logstore"
	"kv/node/playground"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// disks are the disks of a cluster, each of which can be made to hang in its syncs.
type disks struct {
	mu   sync.Mutex
	hung map[string]*hangingDisk // by the member's name
}

type hangingDisk struct {
	reached chan struct{} // a sync of the log hangs
	once    sync.Once
	freed   chan struct{} // the syncs go on
	err     error         // how they end
}

func (d *disks) tune(cfg *node.Config) {
	name := cfg.Name
	cfg.StallTimeout = time.Minute // the gate is another test's
	cfg.DiskHook = func(op logstore.Op, path string) error {
		d.mu.Lock()
		h := d.hung[name]
		d.mu.Unlock()
		if h == nil || op != logstore.OpSync || filepath.Ext(path) != ".seg" {
			return nil
		}
		h.once.Do(func() { close(h.reached) })
		<-h.freed
		return h.err
	}
}

func (d *disks) hang(t *testing.T, name string) *hangingDisk {
	h := &hangingDisk{reached: make(chan struct{}), freed: make(chan struct{})}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.hung == nil {
		d.hung = make(map[string]*hangingDisk)
	}
	d.hung[name] = h
	t.Cleanup(func() { d.free(name, nil) })
	return h
}

// free lets the syncs of a disk go on, or fail.
func (d *disks) free(name string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if h := d.hung[name]; h != nil {
		if h.err = err; err == nil {
			delete(d.hung, name)
		}
		select {
		case <-h.freed:
		default:
			close(h.freed)
		}
	}
}

func status(t *testing.T, c *playground.Cluster, name string) *kvv1.StatusResponse {
	t.Helper()
	s, err := c.Node(name).Status(context.Background(), &kvv1.StatusRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// putInto writes to a member in the background.
func putInto(ctx context.Context, c *playground.Cluster, name, key string) chan error {
	n, done := c.Node(name), make(chan error, 1)
	go func() {
		_, err := n.Put(ctx, &kvv1.PutRequest{Key: []byte(key), Value: []byte("x")})
		done <- err
	}()
	return done
}

// awaitQuiet waits until all members have applied what the leader's log ends with.
func awaitQuiet(ctx context.Context, t *testing.T, c *playground.Cluster) (last uint64) {
	t.Helper()
	await(ctx, t, "all members to have applied all", func() bool {
		if c.Leader() == "" {
			return false
		}
		last = status(t, c, c.Leader()).GetLastLogIndex()
		for _, name := range c.Names() {
			if status(t, c, name).GetHeader().GetAppliedIndex() != last {
				return false
			}
		}
		return true
	})
	return last
}

// A leader whose disk hangs replicates all the same, and the others have the entry
// long before it has it. Nobody is told of it, nobody applies it, and no commit index
// goes beyond it, until the leader has it too.
func TestNothingIsAppliedBeforeTheLeaderHasIt(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	var d disks
	c := newCluster(ctx, t, d.tune)
	leader := c.Leader()
	before := awaitQuiet(ctx, t, c)
	hung := d.hang(t, leader)
	done := putInto(ctx, c, leader, "k")
	<-hung.reached
	for _, name := range c.Names() {
		await(ctx, t, name+" to have the entry", func() bool { return status(t, c, name).GetLastLogIndex() > before })
	}
	nothingIsKnown(t, c, done, before)
	d.free(leader, nil)
	if err := <-done; err != nil {
		t.Errorf("put: %v", err)
	}
	awaitQuiet(ctx, t, c)
}

// nothingIsKnown looks for a while whether anybody knows of entries behind last.
func nothingIsKnown(t *testing.T, c *playground.Cluster, done chan error, last uint64) {
	t.Helper()
	for range 30 {
		for _, name := range c.Names() {
			s := status(t, c, name)
			if s.GetHeader().GetAppliedIndex() > last || s.GetCommitIndex() > last || s.GetFreshness().GetCommitIndex() > last {
				t.Fatalf("%s has applied %d and committed %d, the leader's disk has %d", name, s.GetHeader().GetAppliedIndex(), s.GetCommitIndex(), last)
			}
		}
		select {
		case err := <-done:
			t.Fatalf("the put was answered: %v", err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// A leader whose disk fails with an entry that one follower has ends, and answers
// that it does not know. What becomes of the entry is the same on all members.
func TestLeaderWhoseDiskFailsBehindTheFollowers(t *testing.T) {
	t.Parallel()
	for name, both := range map[string]bool{"one follower has it": false, "both followers have it": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := testContext(t)
			var d disks
			c := newCluster(ctx, t, d.tune)
			leader := c.Leader()
			fast := otherThan(c, leader)
			before := awaitQuiet(ctx, t, c)
			hung := d.hang(t, leader)
			for _, other := range c.Names() {
				if !both && other != leader && other != fast {
					d.hang(t, other)
				}
			}
			done := putInto(ctx, c, leader, "k")
			<-hung.reached
			await(ctx, t, fast+" to have the entry", func() bool { return status(t, c, fast).GetLastLogIndex() > before })
			nothingIsKnown(t, c, done, before)
			ended := c.Node(leader)
			d.free(leader, errors.New("input/output error"))
			<-ended.Done()
			if ended.Err() == nil {
				t.Error("the leader ended without a reason")
			}
			if err := <-done; err == nil || kverr.From(err).Outcome != kverr.Unknown {
				t.Errorf("put: %v, want an error that leaves it open", err)
			}
			for _, other := range c.Names() {
				d.free(other, nil)
			}
			if err := c.Start(ctx, leader); err != nil {
				t.Fatal(err)
			}
			await(ctx, t, "a leader", func() bool { return c.Leader() != "" })
			awaitReady(ctx, t, c.Node(c.Leader()))
			awaitQuiet(ctx, t, c)
			_, found := get(ctx, t, c.Node(c.Leader()), "k")
			if both && !found {
				t.Error("an entry that both others had is gone")
			}
			for _, other := range c.Names() {
				if _, same := get(ctx, t, c.Node(other), "k"); same != found {
					t.Errorf("%s has the entry: %v, the leader: %v", other, same, found)
				}
			}
		})
	}
}

// A leader that hangs is deposed; what it had not on disk when it stood back is its
// successor's to decide, and it votes for nobody before its disk has caught up.
func TestADeposedLeaderCatchesUp(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	var d disks
	c := newCluster(ctx, t, func(cfg *node.Config) {
		d.tune(cfg)
		cfg.StallTimeout = 2 * time.Second // the gate closes after it, the node ends after four times that
		cfg.HeartbeatTimeout = 200 * time.Millisecond
	})
	leader := c.Leader()
	awaitQuiet(ctx, t, c)
	term := status(t, c, leader).GetHeader().GetTerm()
	hung := d.hang(t, leader)
	done := putInto(ctx, c, leader, "k")
	<-hung.reached
	other := otherThan(c, leader)
	await(ctx, t, "another leader", func() bool {
		name := status(t, c, other).GetHeader().GetLeader().GetName()
		return name != "" && name != leader
	})
	if now := status(t, c, leader).GetHeader().GetTerm(); now != term {
		t.Errorf("the hanging member went from term %d to %d", term, now)
	}
	d.free(leader, nil)
	<-done
	await(ctx, t, "the old leader to follow", func() bool { return status(t, c, leader).GetHeader().GetTerm() > term })
	awaitQuiet(ctx, t, c)
	if _, found := get(ctx, t, c.Node(leader), "k"); !found {
		t.Error("an entry that all members had is gone")
	}
}

// While one run of Raft replaces another, the state at hand is that of the old one: it
// says nothing of what the new one stores, perhaps as a follower that confirms it.
func TestNothingIsStoredAheadWhileRaftRestarts(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	n := openNode(ctx, t, nil)
	if now, restarting := n.StoresAhead(); !now || restarting {
		t.Errorf("a leader stores ahead: %v, in a restart: %v", now, restarting)
	}
}
