package node

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"kv/node/fsm"
	"kv/proto/kverr"
)

// future is an answered raft.ApplyFuture.
type future struct{ results []fsm.Result }

func (f future) Error() error  { return nil }
func (f future) Response() any { return f.results }
func (f future) Index() uint64 { return 1 }

func refusedForLoad(err error) bool {
	e := kverr.From(err)
	return errors.Is(err, kverr.ErrOverloaded) && e.Outcome == kverr.NotDone && e.RetryAfter >= 20*time.Millisecond
}

// A write that finds the queue full is refused at once; what the leader itself has
// to do waits, and whatever is queued is done.
func TestAFullQueueRefusesClientsOnly(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	p := newProposer(func(data []byte) raft.ApplyFuture { return future{make([]fsm.Result, len(data))} }, func() uint64 { return 0 })
	p.queue = make(chan proposal, 1)
	command := []byte{0} // one byte each, so that their number shows
	ended := make(chan error, 2)
	go func() { _, err := p.propose(ctx, command); ended <- err }()
	await := func(what string, cond func() bool) {
		for !cond() {
			select {
			case <-time.After(time.Millisecond):
			case <-ctx.Done():
				t.Fatalf("waited in vain for %s", what)
			}
		}
	}
	await("a proposal to be queued", func() bool { return len(p.queue) == 1 })
	if _, err := p.propose(ctx, nil); !refusedForLoad(err) {
		t.Errorf("a write too many: %v", err)
	}
	go func() { _, err := p.proposeOwn(ctx, command); ended <- err }()
	taking, stop := context.WithCancel(ctx)
	landed := make(chan struct{})
	go p.take(taking)
	go func() { p.land(); close(landed) }()
	for range 2 {
		if err := <-ended; err != nil {
			t.Errorf("a write that was queued: %v", err)
		}
	}
	stop()
	<-landed
	if _, err := p.proposeOwn(ctx, nil); !errors.Is(err, kverr.ErrStopping) {
		t.Errorf("after the end: %v", err)
	}
}

// While the state machine is far behind the log, clients' writes are refused.
func TestALaggingStateMachineRefusesClientsOnly(t *testing.T) {
	t.Parallel()
	var lag uint64
	p := newProposer(nil, func() uint64 { return lag })
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // a proposal that is queued is given up at once
	for _, tt := range []struct {
		lag     uint64
		refused bool
	}{{0, false}, {maxUnapplied, false}, {maxUnapplied + 1, true}} {
		lag = tt.lag
		if _, err := p.propose(ctx, nil); refusedForLoad(err) != tt.refused {
			t.Errorf("at a lag of %d: %v", lag, err)
		}
	}
	if _, err := p.proposeOwn(ctx, nil); errors.Is(err, kverr.ErrOverloaded) {
		t.Errorf("the leader's own command: %v", err)
	}
}
