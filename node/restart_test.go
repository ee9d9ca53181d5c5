package node_test

import (
	"path/filepath"
	"sync/atomic"
	"testing"

	"kv/node"
	"kv/node/logstore"
	kvv1 "kv/proto/kv/v1"
)

// A restart of Raft within the process leaves the state as it is: it must not go back to
// that of the newest snapshot, where watchers, stale readers and the member itself, which
// looks for its own row, would find less than they have seen.
func TestRestartOfRaftKeepsTheState(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	var blocked atomic.Pointer[chan struct{}]
	n := openNode(ctx, t, func(cfg *node.Config) {
		cfg.DiskHook = func(op logstore.Op, path string) error {
			if gate := blocked.Load(); gate != nil && op == logstore.OpWrite && filepath.Ext(path) == ".seg" {
				<-*gate // no term begins, and nothing is applied, before the test has looked
			}
			return nil
		}
	})
	put(ctx, t, n, "before", "1")
	if _, err := n.Snapshot(ctx, &kvv1.SnapshotRequest{}); err != nil {
		t.Fatal(err)
	}
	revision := put(ctx, t, n, "after", "2")
	gate := make(chan struct{})
	blocked.Store(&gate)
	defer func() {
		blocked.Store(nil)
		close(gate)
	}()
	if err := n.RestartRaft(ctx); err != nil {
		t.Fatal(err)
	}
	stale, err := n.Get(ctx, &kvv1.GetRequest{Key: []byte("after"), Consistency: kvv1.Consistency_CONSISTENCY_STALE})
	if err != nil || stale.GetKv() == nil || stale.GetHeader().GetRevision() < revision {
		t.Errorf("after the restart the state is %v, error %v; it was at revision %d", stale, err, revision)
	}
}
