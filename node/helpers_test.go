package node_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"kv/node"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// bind gives a configuration two listeners on free ports.
func bind(t *testing.T, cfg *node.Config) {
	t.Helper()
	for _, l := range []*net.Listener{&cfg.KVListener, &cfg.RaftListener} {
		bound, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		*l = bound
	}
}

// await returns once cond holds, and fails the test if ctx ends before.
func await(ctx context.Context, t *testing.T, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// openNode starts a node that founds a cluster of its own, and returns it once it
// leads and is ready.
func openNode(ctx context.Context, t *testing.T, tune func(*node.Config)) *node.Node {
	t.Helper()
	cfg := node.Config{Name: "n1", DataDir: t.TempDir(), Bootstrap: true, HeartbeatTimeout: 100 * time.Millisecond}
	bind(t, &cfg)
	if tune != nil {
		tune(&cfg)
	}
	n, err := node.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Kill)
	awaitReady(ctx, t, n)
	return n
}

// awaitReady waits until a node takes all kinds of requests.
func awaitReady(ctx context.Context, t *testing.T, n *node.Node) {
	t.Helper()
	await(ctx, t, "a leader that is established", func() bool {
		_, err := n.ListLeases(ctx, &kvv1.ListLeasesRequest{})
		return err == nil
	})
}

// testContext ends when a test has waited for too long.
func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// put writes a key and returns the revision.
func put(ctx context.Context, t *testing.T, n *node.Node, key, value string) uint64 {
	t.Helper()
	resp, err := n.Put(ctx, &kvv1.PutRequest{Key: []byte(key), Value: []byte(value)})
	if err != nil {
		t.Fatalf("put %s: %v", key, err)
	}
	return resp.GetHeader().GetRevision()
}

// get returns a key's value, and whether it is there.
func get(ctx context.Context, t *testing.T, n *node.Node, key string) (string, bool) {
	t.Helper()
	resp, err := n.Get(ctx, &kvv1.GetRequest{Key: []byte(key)})
	if err != nil {
		t.Fatalf("get %s: %v", key, err)
	}
	return string(resp.GetKv().GetValue()), resp.GetKv() != nil
}

// fails checks that an error is an entry of the dictionary and that nothing was
// done, and returns it.
func fails(t *testing.T, what string, err error, want *kverr.Error) *kverr.Error {
	t.Helper()
	e := kverr.From(err)
	if err == nil || !errors.Is(err, want) || e.Outcome != want.Outcome {
		t.Errorf("%s: %v, want %s", what, err, want.Reason)
		return want
	}
	return e
}
