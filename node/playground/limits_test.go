package playground

import (
	"bytes"
	"testing"

	"kv/client/backup"
	"kv/node"
)

// A leader may take larger values than the other members do, as while all are started
// again with another limit: these must take its log all the same.
func TestMembersTakeTheLogOfOneWithLargerLimits(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, func(cfg *node.Config) {
		if calm(cfg); cfg.Name == "n1" {
			cfg.Limits.MaxValueBytes = 15 << 20
		}
	})
	cl, ctx := dial(t, c), testContext(t)
	for {
		_, err := cl.Put(ctx, "small", nil) // whoever it asks next leads
		must(t, err)
		if _, err = cl.Put(ctx, "large", make([]byte, 15<<20)); err == nil {
			break
		}
		if leader := c.Leader(); leader == "n1" {
			t.Fatal(err)
		}
		_, _ = cl.TransferLeadership(ctx, "n1") // which has founded the cluster, and lost it on a busy machine
	}
	waitAgree(t, c)
}

// What a put takes a transaction of that put alone takes, such as that of a restore.
func TestALargeValueIsRestored(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1, func(cfg *node.Config) { cfg.Limits.MaxKeyBytes, cfg.Limits.MaxValueBytes = 8, 15<<20 })
	cl, ctx := dial(t, c), testContext(t)
	_, err := cl.Put(ctx, "largekey", make([]byte, 15<<20))
	must(t, err)
	var file bytes.Buffer
	_, err = backup.Write(ctx, backup.Of(cl), &file, backup.Options{})
	must(t, err)
	_, err = cl.Delete(ctx, "largekey")
	must(t, err)
	p, err := backup.NewPlan(ctx, backup.Of(cl), &file, nil)
	must(t, err)
	defer p.Close()
	r, err := p.Apply(ctx, backup.Of(cl), nil)
	must(t, err)
	got, err := cl.Get(ctx, "largekey")
	must(t, err)
	if r.Put != 1 || got.KV == nil || len(got.KV.Value) != 15<<20 {
		t.Errorf("%+v", r)
	}
}
