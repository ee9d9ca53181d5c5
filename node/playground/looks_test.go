package playground

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"kv/client"
	"kv/proto/kverr"
)

// All members have the same hash at an index that is still to come, however much is
// written meanwhile.
func TestHashesAgreeUnderLoad(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, calm)
	cl := dial(t, c)
	load, stop := context.WithCancel(testContext(t))
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	for w := range 4 {
		wg.Go(func() {
			for i := 0; load.Err() == nil; i++ {
				_, _ = cl.Put(load, fmt.Sprintf("%d/%d", w, i%100), []byte("x"))
			}
		})
	}
	waitFor(t, c, "hashes at one index", func() bool {
		st, err := cl.Status(testContext(t), c.Leader())
		must(t, err)
		got := hashes(t, cl, c, st.AppliedIndex+50)
		seen := map[string]bool{}
		for _, h := range got {
			if h.Index != got[0].Index {
				return false // a member was past it already
			}
			seen[h.Hash] = true
		}
		if len(seen) != 1 {
			t.Fatalf("the members differ at %d: %v", got[0].Index, got)
		}
		return true
	})
}

// hashes asks all members at the same time.
func hashes(t *testing.T, cl *client.Client, c *Cluster, index uint64) []client.StateHash {
	t.Helper()
	got := make([]client.StateHash, len(c.Names()))
	errs := make([]error, len(got))
	var wg sync.WaitGroup
	for i, name := range c.Names() {
		wg.Go(func() { got[i], errs[i] = cl.StateHash(testContext(t), name, index) })
	}
	wg.Wait()
	must(t, errors.Join(errs...))
	return got
}

func TestAHashWaitsForItsEntry(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1, nil)
	cl := dial(t, c)
	waitFor(t, c, "the member table", func() bool {
		m, err := cl.Members(testContext(t))
		return err == nil && len(m.Members) == 1
	})
	now, err := cl.StateHash(testContext(t), "n1", 0)
	must(t, err)
	if len(now.Hash) != 64 || now.Index == 0 {
		t.Fatalf("hash %q at %d", now.Hash, now.Index)
	}
	past, err := cl.StateHash(testContext(t), "n1", 1)
	must(t, err)
	if past.Index < now.Index {
		t.Errorf("the state after entry 1 is said to be there, of index %d", past.Index)
	}
	ctx, cancel := context.WithTimeout(testContext(t), 200*time.Millisecond)
	defer cancel()
	if _, err := cl.StateHash(ctx, "n1", now.Index+1_000_000); !errors.Is(err, kverr.ErrTimeout) {
		t.Errorf("a hash of an entry that does not come: %v", err)
	}
	next := make(chan client.StateHash, 1)
	go func() {
		h, _ := cl.StateHash(testContext(t), "n1", now.Index+2)
		next <- h
	}()
	waitFor(t, c, "the hash of an entry that comes", func() bool {
		put(t, cl, "k", fmt.Sprint(time.Now()))
		select {
		case h := <-next:
			return h.Hash != "" && h.Hash != now.Hash
		default:
			return false
		}
	})
}

// Whoever waits for changes hears of those who leave, come back and lead, soon and
// without asking again.
func TestChangedTellsOfNews(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	cl := dial(t, c)
	expect := func(what string, holds func(client.Health) bool) {
		t.Helper()
		ctx := testContext(t)
		for {
			if err := cl.Changed(ctx); err != nil {
				t.Fatalf("waiting for %s: %v", what, err)
			}
			if h, err := cl.Health(ctx); err == nil && holds(h) {
				return
			}
		}
	}
	whole := func(h client.Health) bool { return h.Leader != nil && h.Reachable == 3 && h.Quorum }
	expect("the whole cluster", whole)
	leader := c.Leader()
	follower := others(c, leader)[0]
	must(t, c.Kill(testContext(t), follower))
	expect("two of three", func(h client.Health) bool { return h.Reachable == 2 && h.Quorum })
	must(t, c.Start(testContext(t), follower))
	expect("the whole cluster again", whole)
	must(t, c.Kill(testContext(t), leader))
	expect("another leader", func(h client.Health) bool {
		return h.Leader != nil && h.Leader.Name != leader && h.Member != "" && h.Term == h.Leader.Term
	})
}

func TestACommitProvesAMajority(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	cl := dial(t, c)
	before, err := cl.Status(testContext(t), "")
	must(t, err)
	for _, name := range c.Names() {
		_, err := cl.Commit(testContext(t), name)
		must(t, err)
	}
	after, err := cl.Status(testContext(t), c.Leader())
	must(t, err)
	if after.CommitIndex <= before.CommitIndex || after.Revision != before.Revision {
		t.Errorf("commit %d after %d, revision %d after %d", after.CommitIndex, before.CommitIndex, after.Revision, before.Revision)
	}
	var txns uint64
	for _, name := range c.Names() {
		st, err := cl.Status(testContext(t), name)
		must(t, err)
		txns += st.Requests.Txns
	}
	if txns != 3 {
		t.Errorf("%d transactions were counted, want 3: each where the client sent it", txns)
	}
	for _, name := range others(c, c.Leader()) {
		must(t, c.Kill(testContext(t), name))
	}
	ctx, cancel := context.WithTimeout(testContext(t), time.Second)
	defer cancel()
	if _, err := cl.Commit(ctx, ""); err == nil {
		t.Error("a leader without followers has committed")
	}
}
