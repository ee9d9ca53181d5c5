package playground

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kv/client"
)

// writesOfEach is how many increments and how many blind puts the test makes.
var writesOfEach = int64(10_000)

// Through repeated kills of the leader, increments by compare-and-set and blind
// puts happen exactly as often as they were acknowledged: a put that is sent again
// and done twice would show in the version of its key.
func TestWritesHappenOnceThroughLeaderKills(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	c := newCluster(t, 3, calm)
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	var increments, puts atomic.Int64
	var workers sync.WaitGroup
	for id := range 16 {
		cl := dial(t, c)
		rnd := rand.New(rand.NewPCG(seed, uint64(id)))
		workers.Go(func() {
			for ctx.Err() == nil && increments.Add(1) <= writesOfEach {
				if err := increment(ctx, cl, fmt.Sprintf("count/%d", rnd.IntN(8))); err != nil {
					t.Errorf("increment: %v (%v)", err, client.OutcomeOf(err))
					cancel()
				}
			}
			for ctx.Err() == nil && puts.Add(1) <= writesOfEach {
				if _, err := cl.Put(ctx, fmt.Sprintf("put/%d", rnd.IntN(8)), []byte("x")); err != nil {
					t.Errorf("put: %v (%v)", err, client.OutcomeOf(err))
					cancel()
				}
			}
		})
	}
	kills := killLeaders(t, c, func() int { return int(increments.Load() + puts.Load()) },
		func() bool { return puts.Load() > writesOfEach || ctx.Err() != nil })
	workers.Wait()
	if t.Failed() || ctx.Err() != nil {
		t.Fatalf("not done in time: %d increments, %d puts", increments.Load(), puts.Load())
	}
	t.Logf("%d leaders were killed", kills)
	if kills < 3 {
		t.Errorf("only %d leaders were killed: the test proves little", kills)
	}
	cl := dial(t, c)
	var sum, versions uint64
	for kv := range listed(t, cl, "count/") {
		n, err := strconv.ParseUint(string(kv.Value), 10, 64)
		must(t, err)
		if n != kv.Version {
			t.Errorf("%s is %d after %d puts", kv.Key, n, kv.Version)
		}
		sum += n
	}
	for kv := range listed(t, cl, "put/") {
		versions += kv.Version
	}
	if sum != uint64(writesOfEach) || versions != uint64(writesOfEach) {
		t.Errorf("%d increments and %d puts were done, want %d of each", sum, versions, writesOfEach)
	}
	waitAgree(t, c)
}

// increment adds one to the number under key, by compare-and-set.
func increment(ctx context.Context, cl *client.Client, key string) error {
	for {
		got, err := cl.Get(ctx, key)
		if err != nil {
			return err
		}
		n, revision := 0, uint64(0)
		if got.KV != nil {
			if n, err = strconv.Atoi(string(got.KV.Value)); err != nil {
				return err
			}
			revision = got.KV.ModRevision
		}
		_, err = cl.Put(ctx, key, []byte(strconv.Itoa(n+1)), client.IfRevision(revision))
		if !errors.Is(err, client.ErrConflict) {
			return err
		}
	}
}

// killLeaders kills a leader and starts it again, after every so many writes, until
// done, and returns how many it has killed.
func killLeaders(t *testing.T, c *Cluster, writes func() int, done func() bool) (kills int) {
	t.Helper()
	for {
		next, leader := writes()+int(writesOfEach)/4, ""
		waitFor(t, c, "the writers to get on", func() bool { return writes() >= next || done() })
		waitFor(t, c, "a leader", func() bool { leader = c.Leader(); return leader != "" || done() })
		if done() {
			return kills
		}
		must(t, c.Kill(testContext(t), leader))
		kills++
		waitLeader(t, c, leader)
		must(t, c.Start(testContext(t), leader))
		waitFor(t, c, "all nodes to vote again", func() bool { return caughtUp(c) || done() })
	}
}

// caughtUp reports whether all running nodes are within a few entries.
func caughtUp(c *Cluster) bool {
	low, high := uint64(1)<<63, uint64(0)
	for _, name := range c.Names() {
		n := c.Node(name)
		if n == nil {
			return false
		}
		_, applied := n.Hash()
		low, high = min(low, applied), max(high, applied)
	}
	return high-low < 100
}

// listed returns the keys with a prefix.
func listed(t *testing.T, cl *client.Client, prefix string) func(func(client.KeyValue) bool) {
	t.Helper()
	l, err := cl.List(testContext(t), prefix)
	must(t, err)
	return func(yield func(client.KeyValue) bool) {
		for kv, err := range l.All() {
			must(t, err)
			if !yield(kv) {
				return
			}
		}
	}
}
