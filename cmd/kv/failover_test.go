//go:build unix

package main

import (
	"context"
	"syscall"
	"testing"
	"time"

	"kv/client"
)

func TestKilledLeadersLoseNothing(t *testing.T) {
	t.Parallel()
	all := newTrio(t)
	l := startLoad(t, all, 4)
	for range 3 {
		l.grow(t)
		leader := waitLeader(t, all...)
		leader.kill(t)
		waitLeader(t, others(all, leader)...)
		l.grow(t)
		leader.start(t, byEnvironment)
	}
	l.grow(t)
	l.stop()
	c := dial(t, all...)
	waitVoters(t, c, 3)
	l.check(t, c)
}

// A leader that was stopped, as a laptop's lid or a virtual machine's host does it,
// wakes up and takes itself for the leader still. The reads that waited for it in
// its sockets are the first it sees.
func TestAPausedLeaderNeverReadsOldState(t *testing.T) {
	t.Parallel()
	all := newTrio(t)
	put(t, dial(t, all...), "k", "old")
	paused := waitLeader(t, all...)
	readers := make([]*client.Client, 4)
	for i := range readers {
		readers[i] = dial(t, paused)
		get(t, readers[i], "k", "old", client.At(paused.address())) // connected now
	}
	paused.signal(t, syscall.SIGSTOP)
	rest := others(all, paused)
	waitLeader(t, rest...)
	put(t, dial(t, rest...), "k", "new")

	seen := make(chan string, len(readers))
	for _, c := range readers {
		go func() { seen <- readOnce(testContext(t), c, paused.address()) }()
	}
	paused.signal(t, syscall.SIGCONT)
	for range readers {
		if value := <-seen; value != "new" {
			t.Errorf("the leader that was paused reads %q", value)
		}
	}
}

// readOnce reads through one member until it answers.
func readOnce(ctx context.Context, c *client.Client, address string) string {
	for ctx.Err() == nil {
		attempt, cancel := context.WithTimeout(ctx, 5*time.Second)
		got, err := c.Get(attempt, "k", client.At(address))
		cancel()
		if err == nil && got.KV != nil {
			return string(got.KV.Value)
		}
	}
	return "nothing"
}
