package node

import (
	"errors"
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/hashicorp/raft"

	"kv/node/fsm"
)

// lost is a raft.ApplyFuture of an entry that came to nothing.
type lost struct{ future }

func (lost) Error() error { return raft.ErrLeadershipLost }

// A trace stays until there is another one, and must not keep the writes in memory that
// came to nothing while it was written.
func TestATraceLetsGoOfWritesThatFail(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	p := newProposer(func([]byte) raft.ApplyFuture { return lost{} }, func() uint64 { return 0 })
	p.tracing.begin(time.Minute)
	go p.take(ctx)
	go p.land()
	write := func() weak.Pointer[single] {
		s := newSingle([]byte{0})
		if err := p.enqueue(s); err != nil {
			t.Fatal(err)
		}
		if _, err := s.await(ctx); !errors.Is(err, raft.ErrLeadershipLost) {
			t.Fatalf("%v, want %v", err, raft.ErrLeadershipLost)
		}
		return weak.Make(s)
	}
	kept := write()
	for deadline := time.Now().Add(10 * time.Second); kept.Value() != nil; runtime.GC() {
		if time.Now().After(deadline) {
			t.Fatal("the write is still in memory")
		}
	}
}

// What a trace tells of a write begins with when it was queued.
func TestATraceKnowsWhenAWriteWasQueued(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	p := newProposer(func([]byte) raft.ApplyFuture { return future{make([]fsm.Result, 1)} }, func() uint64 { return 0 })
	p.tracing.begin(time.Minute)
	go p.take(ctx)
	go p.land()
	before := time.Now().UnixNano()
	if _, err := p.propose(ctx, []byte{0}); err != nil {
		t.Fatal(err)
	}
	steps := p.tracing.on().steps // written before the answer
	if len(steps) != 3 || steps[0].GetWallNs() < before || steps[0].GetWallNs() > steps[1].GetWallNs() {
		t.Errorf("the steps are %v, want queued, proposed, answered", steps)
	}
}
