package node_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kv/node"
	kvv1 "kv/proto/kv/v1"
)

// The library drops, unanswered, what it has handed over and not applied when it
// shuts down: an end in the middle of many writes must answer them all the same,
// and must itself come to an end.
func TestKillAmongManyWritesAnswersThemAll(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cfg := node.Config{Name: "n1", DataDir: t.TempDir(), Bootstrap: true, HeartbeatTimeout: 100 * time.Millisecond}
	for round := range 40 {
		bind(t, &cfg)
		n, err := node.Open(cfg)
		if err != nil {
			t.Fatal(err)
		}
		var done atomic.Int64
		var writers sync.WaitGroup
		for w := range 32 {
			writers.Go(func() {
				// A slow disk may refuse some before the end.
				for i := 0; !isDone(n) && ctx.Err() == nil; i++ {
					req := &kvv1.PutRequest{Key: []byte(fmt.Sprint(round, w, i)), Value: []byte("x")}
					if _, err := n.Put(context.Background(), req); err == nil {
						done.Add(1)
					} else {
						runtime.Gosched()
					}
				}
			})
		}
		await(ctx, t, "some writes", func() bool { return done.Load() > 200 })
		ended := make(chan struct{})
		go func() { n.Kill(); writers.Wait(); close(ended) }()
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			t.Fatalf("round %d: the node does not end, or a write is never answered", round)
		}
	}
}

func isDone(n *node.Node) bool {
	select {
	case <-n.Done():
		return true
	default:
		return false
	}
}
