package node_test

import (
	"fmt"
	"testing"
	"time"

	kvv1 "kv/proto/kv/v1"
)

// Raft's timers and how much log it keeps are set by different goroutines, and neither
// undoes what the other has just set.
func TestRaftKeepsAllOfItsSettings(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	n := openNode(ctx, t, nil)
	made := make(chan error, 1)
	go func() {
		for i := range 20 {
			if _, err := n.Put(ctx, &kvv1.PutRequest{Key: fmt.Append(nil, i)}); err != nil {
				made <- err
				return
			}
			if _, err := n.Snapshot(ctx, &kvv1.SnapshotRequest{}); err != nil {
				made <- err
				return
			}
		}
		made <- nil
	}()
	for i := 0; ; i++ {
		select {
		case err := <-made:
			if err != nil {
				t.Fatal(err)
			}
			return
		default:
		}
		want := time.Second + time.Duration(i%2)*time.Millisecond
		if got := n.Retime(want); got != want {
			t.Fatalf("after %d times the timeout is %v, just set to %v", i, got, want)
		}
	}
}
