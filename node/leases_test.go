package node_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"kv/node"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// clock is a clock that stands still until a test sets it forward.
type clock struct {
	mu  sync.Mutex
	now time.Time // guarded by mu
}

func newClock() *clock { return &clock{now: time.Unix(0, 0)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// grant makes a lease with one key that lives by it.
func grant(ctx context.Context, t *testing.T, n *node.Node, key string, ttl time.Duration) uint64 {
	t.Helper()
	made, err := n.GrantLease(ctx, &kvv1.GrantLeaseRequest{TtlMs: uint64(ttl.Milliseconds())})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Put(ctx, &kvv1.PutRequest{Key: []byte(key), Lease: made.GetLease()}); err != nil {
		t.Fatal(err)
	}
	return made.GetLease()
}

func keepAlive(ctx context.Context, n *node.Node, lease uint64) error {
	_, err := n.KeepAliveLease(ctx, &kvv1.KeepAliveLeaseRequest{Lease: lease})
	return err
}

func awaitGone(ctx context.Context, t *testing.T, n *node.Node, key string) {
	t.Helper()
	await(ctx, t, key+" to be gone", func() bool { _, there := get(ctx, t, n, key); return !there })
}

func TestLeasesRunOut(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	now := newClock()
	n := openNode(ctx, t, func(c *node.Config) { c.Now = now.Now })
	kept := grant(ctx, t, n, "kept", time.Hour)
	lost := grant(ctx, t, n, "lost", time.Hour)
	alone, err := n.Put(ctx, &kvv1.PutRequest{Key: []byte("alone"), TtlMs: uint64(time.Hour.Milliseconds())})
	if err != nil || alone.GetLease() == 0 {
		t.Fatalf("put with a time to live: %v, %v", alone, err)
	}
	list, err := n.ListLeases(ctx, &kvv1.ListLeasesRequest{})
	if err != nil || len(list.GetLeases()) != 3 {
		t.Fatalf("leases: %v, %v", list, err)
	}
	for i, l := range list.GetLeases() {
		if l.GetLease() != uint64(i+1) || l.GetTtlMs() != 3600_000 || l.GetRemainingMs() != 3600_000 || l.GetKeyCount() != 1 {
			t.Errorf("lease %d: %v", i, l)
		}
	}
	now.forward(40 * time.Minute)
	if err := keepAlive(ctx, n, kept); err != nil {
		t.Fatal(err)
	}
	now.forward(30 * time.Minute)
	awaitGone(ctx, t, n, "lost")
	awaitGone(ctx, t, n, "alone")
	if _, there := get(ctx, t, n, "kept"); !there {
		t.Error("a key whose lease was kept alive is gone")
	}
	one, err := n.ListLeases(ctx, &kvv1.ListLeasesRequest{Lease: kept})
	if err != nil || len(one.GetLeases()) != 1 || one.GetLeases()[0].GetRemainingMs() != 1800_000 || string(one.GetLeases()[0].GetKeys()[0]) != "kept" {
		t.Errorf("the lease that is left: %v, %v", one, err)
	}
	fails(t, "keeping alive what is over", keepAlive(ctx, n, lost), kverr.ErrLeaseNotFound)
	_, err = n.ListLeases(ctx, &kvv1.ListLeasesRequest{Lease: lost})
	fails(t, "showing what is over", err, kverr.ErrLeaseNotFound)
	_, err = n.Put(ctx, &kvv1.PutRequest{Key: []byte("k"), Lease: lost})
	fails(t, "a put by a lease that is over", err, kverr.ErrLeaseNotFound)

	gone, err := n.RevokeLease(ctx, &kvv1.RevokeLeaseRequest{Lease: kept})
	if err != nil || gone.GetDeleted() != 1 {
		t.Errorf("revoke: %v, %v", gone, err)
	}
	_, err = n.RevokeLease(ctx, &kvv1.RevokeLeaseRequest{Lease: kept})
	fails(t, "revoking again", err, kverr.ErrLeaseNotFound)
}

// A new leader gives each lease its whole time, since it does not know how much of
// it is over; a follower passes on what keeps one alive.
func TestANewLeaderGivesLeasesTheirTimeAgain(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	now := newClock()
	c := newCluster(ctx, t, func(cfg *node.Config) { cfg.Now = now.Now })
	old := c.Leader()
	left := c.Node(otherThan(c, old))
	awaitReady(ctx, t, left)
	long := grant(ctx, t, left, "long", time.Hour)
	grant(ctx, t, left, "short", 40*time.Minute)
	if err := keepAlive(ctx, left, long); err != nil {
		t.Errorf("through a follower: %v", err)
	}
	now.forward(30 * time.Minute)
	if err := c.Kill(ctx, old); err != nil {
		t.Fatal(err)
	}
	await(ctx, t, "another leader", func() bool { return c.Leader() != "" })
	awaitReady(ctx, t, left)
	now.forward(45 * time.Minute) // the short one tells when the leader has looked
	awaitGone(ctx, t, left, "short")
	if _, there := get(ctx, t, left, "long"); !there {
		t.Error("a lease of an hour is over 45 minutes after the leader came")
	}
	now.forward(time.Hour)
	awaitGone(ctx, t, left, "long")
}

// A leader that is cut off, and whose clock runs ahead, ends no lease.
func TestADeposedLeaderEndsNoLease(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	var mu sync.Mutex
	clocks := map[string]*clock{}
	c := newCluster(ctx, t, func(cfg *node.Config) {
		mu.Lock()
		defer mu.Unlock()
		if clocks[cfg.Name] == nil {
			clocks[cfg.Name] = newClock()
		}
		cfg.Now = clocks[cfg.Name].Now
	})
	old := c.Leader()
	other := c.Node(otherThan(c, old))
	awaitReady(ctx, t, other)
	lease := grant(ctx, t, other, "k", time.Hour)
	if err := keepAlive(ctx, other, lease); err != nil { // the leader has seen it now
		t.Fatal(err)
	}
	deposed := c.Node(old)
	before := deposed.LastIndex()
	c.Isolate(old)
	clocks[old].forward(2 * time.Hour)
	await(ctx, t, "the old leader to propose the end", func() bool { return deposed.LastIndex() > before })
	err := keepAlive(ctx, deposed, lease)
	if e := kverr.From(err); err == nil {
		t.Error("a leader that is cut off keeps a lease alive")
	} else {
		t.Log(e)
	}
	await(ctx, t, "another leader", func() bool { return c.Leader() != "" && c.Leader() != old })
	awaitReady(ctx, t, other)
	c.Heal()
	await(ctx, t, "the old leader to follow", func() bool {
		_, leads := deposed.Leads()
		resp, err := deposed.Get(ctx, &kvv1.GetRequest{Key: []byte("k")})
		if err == nil && resp.GetKv() == nil {
			t.Fatal("the key is gone")
		}
		return err == nil && !leads
	})
	await(ctx, t, "the lease to be kept alive", func() bool { return keepAlive(ctx, other, lease) == nil })
}
