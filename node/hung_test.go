package node_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"kv/node"
	"kv/node/logstore"
	kvv1 "kv/proto/kv/v1"
)

// hangingNode is a node whose disk hangs in the sync of a put, and that put's answer.
func hangingNode(ctx context.Context, t *testing.T, d *disks, stall time.Duration) (n *node.Node, dir string, answer chan error) {
	t.Helper()
	n = openNode(ctx, t, func(cfg *node.Config) {
		d.tune(cfg)
		cfg.StallTimeout, dir = stall, cfg.DataDir
	})
	hung := d.hang(t, "n1")
	answer = make(chan error, 1)
	go func() {
		_, err := n.Put(ctx, &kvv1.PutRequest{Key: []byte("k")})
		answer <- err
	}()
	<-hung.reached
	return n, dir, answer
}

// awaitUnlocked returns once nothing of a node is left.
func awaitUnlocked(ctx context.Context, t *testing.T, dir string) {
	t.Helper()
	await(ctx, t, "the folder to be free", func() bool {
		held, err := logstore.OpenDir(dir)
		if err != nil {
			return false
		}
		held.Close()
		return true
	})
}

// A disk that hangs for good ends the node all the same: it says why, its ports are
// closed, and whoever wants to stop it need not wait. The folder stays its own.
func TestADiskThatHangsEndsTheNode(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	var d disks
	n, dir, answer := hangingNode(ctx, t, &d, 500*time.Millisecond)
	select {
	case <-n.Done():
	case <-ctx.Done():
		t.Fatal("the node waits for its disk")
	}
	if n.Err() == nil {
		t.Error("the node does not say why it ended")
	}
	for _, addr := range []string{n.KVAddress(), n.RaftAddress()} {
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Close()
			t.Errorf("%s is still served", addr)
		}
	}
	n.Stop(ctx)
	n.Kill()
	if held, err := logstore.OpenDir(dir); !errors.Is(err, logstore.ErrLocked) {
		t.Errorf("the folder of a node that still waits for its disk: %v", err)
		if err == nil {
			held.Close()
		}
	}
	d.free("n1", nil)
	if err := <-answer; err == nil {
		t.Error("a put that has outlived its node is confirmed")
	}
	awaitUnlocked(ctx, t, dir)
}

// Nor does a stop wait for a disk that has not hung for long enough to end the node.
func TestStopDoesNotWaitForAHungDisk(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	var d disks
	n, dir, answer := hangingNode(ctx, t, &d, time.Hour)
	stopping, cancel := context.WithCancel(ctx)
	cancel()
	n.Stop(stopping)
	select {
	case <-n.Done():
		t.Error("the node has ended without its disk")
	default:
	}
	d.free("n1", nil)
	<-answer
	<-n.Done()
	awaitUnlocked(ctx, t, dir)
}
