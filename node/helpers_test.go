package node_test

import (
	"context"
	"net"
	"testing"
	"time"

	"kv/node"
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
