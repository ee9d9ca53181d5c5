package transport

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"kv/proto/kverr"
)

// While nobody serves the consumer, as during a slow fsync or a restore, the
// leader's heartbeats are answered, and nobody else's.
func TestStandInWhileRaftIsBusy(t *testing.T) {
	t.Parallel()
	type belief struct {
		term   uint64
		leader raft.ServerID
	}
	var peek atomic.Value
	a := mustOpen(t, "n1", func(c *Config) { c.HeartbeatTimeout = 400 * time.Millisecond })
	b := mustOpen(t, "n2", func(c *Config) {
		c.HeartbeatTimeout = 400 * time.Millisecond
		c.Peek = func() (uint64, raft.ServerID) { now := peek.Load().(belief); return now.term, now.leader }
	})
	for _, tc := range []struct {
		name     string
		now      belief
		req      *raft.AppendEntriesRequest
		answered bool
	}{
		{"its leader", belief{7, "n1"}, heartbeat(7, "n1"), true},
		{"an older leader", belief{8, "n1"}, heartbeat(7, "n1"), false},
		{"a newer leader", belief{6, "n1"}, heartbeat(7, "n1"), false},
		{"another leader", belief{7, "n3"}, heartbeat(7, "n1"), false},
		{"no leader", belief{7, ""}, heartbeat(7, "n1"), false},
	} {
		peek.Store(tc.now)
		resp := raft.AppendEntriesResponse{NoRetryBackoff: true}
		err := a.AppendEntries("n2", b.LocalAddr(), tc.req, &resp)
		if !tc.answered {
			if err == nil {
				t.Fatalf("%s: answered %+v", tc.name, resp)
			}
			mustErrorIs(t, err, kverr.ErrTimeout)
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		if !resp.Success || resp.Term != 7 || resp.NoRetryBackoff || string(resp.ID) != "n2" || resp.ProtocolVersion != 3 {
			t.Fatalf("%s: answered %+v", tc.name, resp)
		}
		// It was withdrawn before it was answered: Raft finds nothing of it later.
		select {
		case rpc := <-b.Consumer():
			t.Fatalf("%s: %T was answered and delivered all the same", tc.name, rpc.Command)
		default:
		}
	}
}

// Only heartbeats may be answered so: an append says something about the log.
func TestNoStandInForAppends(t *testing.T) {
	t.Parallel()
	var peeked atomic.Int32
	a := mustOpen(t, "n1", nil)
	b := mustOpen(t, "n2", func(c *Config) {
		c.Peek = func() (uint64, raft.ServerID) { peeked.Add(1); return 10, "n1" }
	})
	a.limits.append = 200 * time.Millisecond
	commit := heartbeat(10, "n1")
	commit.PrevLogEntry, commit.PrevLogTerm, commit.LeaderCommitIndex = 9, 9, 9
	for _, req := range []*raft.AppendEntriesRequest{appendRequest(), commit} {
		mustErrorIs(t, a.AppendEntries("n2", b.LocalAddr(), req, &raft.AppendEntriesResponse{}), kverr.ErrTimeout)
	}
	if n := peeked.Load(); n != 0 {
		t.Fatalf("peeked %d times", n)
	}
}

// When Raft has taken a heartbeat but is slow to answer, its late answer goes
// nowhere and blocks nobody.
func TestRaftMayAnswerAfterTheStandIn(t *testing.T) {
	t.Parallel()
	a := mustOpen(t, "n1", nil)
	b := mustOpen(t, "n2", func(c *Config) {
		c.Peek = func() (uint64, raft.ServerID) { return 10, "n1" }
	})
	errCh := make(chan error, 1)
	go func() {
		errCh <- a.AppendEntries("n2", b.LocalAddr(), heartbeat(10, "n1"), &raft.AppendEntriesResponse{})
	}()
	rpc := receive(t, b.Consumer(), "heartbeat")
	if err := receive(t, errCh, "answer"); err != nil {
		t.Fatal(err)
	}
	rpc.Respond(&raft.AppendEntriesResponse{}, nil)
}

// A prompt Raft answers for itself.
func TestRaftGoesFirst(t *testing.T) {
	t.Parallel()
	a := mustOpen(t, "n1", nil)
	b := mustOpen(t, "n2", func(c *Config) {
		c.Peek = func() (uint64, raft.ServerID) { return 10, "n1" }
	})
	b.limits.standIn = limit
	answer(t, b, func(raft.RPC) (any, error) { return &raft.AppendEntriesResponse{Term: 11}, nil })
	var resp raft.AppendEntriesResponse
	if err := a.AppendEntries("n2", b.LocalAddr(), heartbeat(10, "n1"), &resp); err != nil || resp.Term != 11 || resp.Success {
		t.Fatalf("got %+v, %v", resp, err)
	}
}
