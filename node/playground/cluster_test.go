package playground

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"kv/client"
	"kv/node"
	"kv/proto/kverr"
)

func TestPutKillTheLeaderGet(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	cl := dial(t, c)
	put(t, cl, "greeting", "hello")
	first := c.Leader()
	must(t, c.Kill(testContext(t), first))
	waitLeader(t, c, first)
	get(t, cl, "greeting", "hello")
	must(t, c.Start(testContext(t), first))
	waitAgree(t, c)
}

func TestEveryMemberTakesEveryRequest(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	for _, name := range c.Names() {
		cl := dial(t, c, name)
		put(t, cl, "from-"+name, name)
		get(t, cl, "from-"+name, name, client.At(name))
	}
	ctx := testContext(t)
	for _, name := range c.Names() {
		l, err := dial(t, c, name).List(ctx, "from-", client.At(name))
		must(t, err)
		n := 0
		for _, err := range l.All() {
			must(t, err)
			n++
		}
		if n != 3 {
			t.Errorf("%s lists %d keys, want 3", name, n)
		}
	}
}

func TestRestartOfAllNodesKeepsEverything(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	cl := dial(t, c)
	putMany(t, cl, "k", 100)
	for _, name := range c.Names() {
		must(t, c.Kill(testContext(t), name))
	}
	for _, name := range c.Names() {
		must(t, c.Start(testContext(t), name))
	}
	for i := range 100 {
		get(t, cl, fmt.Sprintf("k%04d", i), "value of k")
	}
	waitAgree(t, c)
}

func TestStopHandsOverWithoutAFailedWrite(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	cl := dial(t, c)
	ctx, stop := context.WithCancel(testContext(t))
	var writers sync.WaitGroup
	var mu sync.Mutex
	var failures []error
	for w := range 4 {
		writers.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				if _, err := cl.Put(testContext(t), fmt.Sprintf("w%d-%d", w, i), []byte("x")); err != nil && kverr.From(err).Outcome == kverr.NotDone {
					mu.Lock()
					failures = append(failures, err)
					mu.Unlock()
				}
			}
		})
	}
	first := c.Leader()
	must(t, c.Stop(testContext(t), first))
	waitLeader(t, c, first)
	put(t, cl, "after", "x")
	stop()
	writers.Wait()
	for _, err := range failures {
		t.Errorf("a write was refused: %v", err)
	}
}

func TestTransferUnderLoad(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	cl := dial(t, c)
	ctx, stop := context.WithCancel(testContext(t))
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			put(t, cl, fmt.Sprintf("k%06d", i), "x")
		}
	})
	for range 3 {
		for _, name := range c.Names() {
			waitFor(t, c, "the transfer to "+name, func() bool {
				l, err := cl.TransferLeadership(testContext(t), name)
				return err == nil && l.Name == name
			})
		}
	}
	stop()
	writer.Wait()
	waitAgree(t, c)
}

// newNode opens a node outside the playground, as `kv node` does.
func newNode(t *testing.T, name string, cfg node.Config) *node.Node {
	t.Helper()
	quick(nil)(&cfg)
	cfg.Name = name
	if cfg.DataDir == "" {
		cfg.DataDir = t.TempDir()
	}
	for _, l := range []*net.Listener{&cfg.KVListener, &cfg.RaftListener} {
		bound, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		*l = bound
	}
	n, err := node.Open(cfg)
	must(t, err)
	t.Cleanup(n.Kill)
	return n
}

func TestJoinPromoteRemove(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	cl := dial(t, c)
	putMany(t, cl, "k", 20)
	dir := t.TempDir()
	n4 := newNode(t, "n4", node.Config{DataDir: dir})

	lone, err := client.Dial([]string{n4.KVAddress()})
	must(t, err)
	defer lone.Close()
	if _, err := lone.Get(testContext(t), "k0000"); !errors.Is(err, kverr.ErrWaiting) {
		t.Errorf("a waiting node answers a get with %v, want ErrWaiting", err)
	}

	m, err := cl.AddMember(testContext(t), n4.KVAddress())
	must(t, err)
	if m.Name != "n4" {
		t.Errorf("added %q, want n4", m.Name)
	}
	waitFor(t, c, "n4 to be promoted", func() bool {
		ms, err := cl.Members(testContext(t))
		must(t, err)
		for _, m := range ms.Members {
			if m.Name == "n4" && m.Voter {
				return true
			}
		}
		return false
	})
	get(t, lone, "k0019", "value of k", client.At(n4.KVAddress()))
	if _, err := cl.AddMember(testContext(t), n4.KVAddress()); !errors.Is(err, kverr.ErrAlreadyMember) {
		t.Errorf("adding a member again: %v, want ErrAlreadyMember", err)
	}

	_, err = cl.RemoveMember(testContext(t), "n4")
	must(t, err)
	select {
	case <-n4.Done():
	case <-testContext(t).Done():
		t.Fatal("the removed member goes on")
	}
	if !errors.Is(n4.Err(), kverr.ErrRemoved) {
		t.Errorf("the removed member ended with %v, want ErrRemoved", n4.Err())
	}
	if _, err := node.Open(node.Config{DataDir: dir}); !errors.Is(err, kverr.ErrRemoved) {
		t.Errorf("starting a removed member: %v, want ErrRemoved", err)
	}
}

func TestRemoveTheLeader(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	cl := dial(t, c)
	leader := c.Leader()
	waitFor(t, c, "the removal of the leader", func() bool {
		_, err := cl.RemoveMember(testContext(t), leader)
		return err == nil || errors.Is(err, kverr.ErrMemberNotFound)
	})
	next := waitLeader(t, c, leader)
	put(t, cl, "k", "v")
	if got := c.Node(next).Voters(); len(got) != 2 {
		t.Errorf("voters are %v, want two", got)
	}
}

func TestRemovedWhileAway(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	cl := dial(t, c)
	away := others(c, c.Leader())[0]
	must(t, c.Kill(testContext(t), away))
	_, err := cl.RemoveMember(testContext(t), away)
	must(t, err)
	must(t, c.Start(testContext(t), away))
	n := c.Node(away)
	select {
	case <-n.Done():
	case <-testContext(t).Done():
		t.Fatal("a member that was removed while away does not notice")
	}
	if !errors.Is(n.Err(), kverr.ErrRemoved) {
		t.Errorf("it ended with %v, want ErrRemoved", n.Err())
	}
}

func TestUnsafeRemovalIsRefused(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	cl := dial(t, c)
	rest := others(c, c.Leader())
	must(t, c.Kill(testContext(t), rest[0]))
	waitFor(t, c, "the removal to be refused", func() bool {
		ms, err := cl.Members(testContext(t))
		must(t, err)
		for _, m := range ms.Members {
			if m.Name == rest[0] && m.Reachable {
				return false
			}
		}
		return true
	})
	if _, err := cl.RemoveMember(testContext(t), rest[1]); !errors.Is(err, kverr.ErrUnsafeRemoval) {
		t.Errorf("removing one of two live members: %v, want ErrUnsafeRemoval", err)
	}
}

// RAFT.md row 9: a node that forgot what it acknowledged is not the node it was.
func TestWipedNodeIsRefusedUnderItsOldName(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	cl := dial(t, c)
	put(t, cl, "k", "v")
	victim := others(c, c.Leader())[0]
	must(t, c.Kill(testContext(t), victim))
	_, _, _, dir := c.Describe(victim)
	must(t, os.RemoveAll(dir))

	again := newNode(t, victim, node.Config{})
	err := again.Join(testContext(t), c.Addresses())
	if !errors.Is(err, kverr.ErrNameTaken) || !strings.Contains(err.Error(), "remove "+victim) {
		t.Fatalf("a wiped node joins: %v, want ErrNameTaken with the way out", err)
	}
	_, err = cl.RemoveMember(testContext(t), victim)
	must(t, err)
	must(t, again.Join(testContext(t), c.Addresses()))
	get(t, cl, "k", "v", client.At(again.KVAddress()))
}

func TestLostLogIsRefused(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	victim := others(c, c.Leader())[0]
	must(t, c.Kill(testContext(t), victim))
	_, _, _, dir := c.Describe(victim)
	must(t, os.RemoveAll(dir+"/log"))
	if err := c.Start(testContext(t), victim); err == nil || !strings.Contains(err.Error(), "join again") {
		t.Errorf("a member without its log starts: %v", err)
	}
}

func TestNewAddress(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, nil)
	cl := dial(t, c)
	put(t, cl, "k", "v")
	mover := others(c, c.Leader())[0]
	must(t, c.Kill(testContext(t), mover))
	_, old, _, dir := c.Describe(mover)
	moved := newNode(t, mover, node.Config{DataDir: dir})
	if moved.KVAddress() == old {
		t.Fatal("the node did not move")
	}
	waitFor(t, c, "the new address in the member table", func() bool {
		ms, err := cl.Members(testContext(t))
		must(t, err)
		for _, m := range ms.Members {
			if m.Name == mover {
				return m.KVAddress == moved.KVAddress() && m.Reachable
			}
		}
		return false
	})
	get(t, cl, "k", "v", client.At(moved.KVAddress()))
}

func TestTwoClustersAreKeptApart(t *testing.T) {
	t.Parallel()
	a, b := newCluster(t, 1, nil), newCluster(t, 1, nil)
	_, kv, _, _ := b.Describe("n1")
	if _, err := dial(t, a).AddMember(testContext(t), kv); !errors.Is(err, kverr.ErrAlreadyMember) {
		t.Errorf("a cluster adds another's member: %v, want ErrAlreadyMember", err)
	}
}

func TestJoinAddressesThatAreNone(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1, nil)
	_, _, raftAddr, _ := c.Describe("n1")
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	closed.Close()
	for name, tc := range map[string]struct {
		addr string
		want error
	}{
		"nothing listens":   {closed.Addr().String(), kverr.ErrNodeUnreachable},
		"the raft port":     {raftAddr, kverr.ErrNotKV},
		"a node that waits": {newNode(t, "w1", node.Config{}).KVAddress(), kverr.ErrWaiting},
	} {
		n := newNode(t, "w2", node.Config{})
		ctx, cancel := context.WithTimeout(testContext(t), 2*time.Second)
		if err := n.Join(ctx, []string{tc.addr}); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
		cancel()
		if name == "a node that waits" {
			continue
		}
		if _, err := dial(t, c).AddMember(testContext(t), tc.addr); !errors.Is(err, tc.want) {
			t.Errorf("add %s: %v, want %v", name, err, tc.want)
		}
	}
}
