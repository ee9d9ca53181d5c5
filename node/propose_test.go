package node

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
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

// pendingFuture is a raft.ApplyFuture that is answered when its channel is closed.
type pendingFuture struct {
	future
	until chan struct{}
}

func (h pendingFuture) Error() error { <-h.until; return nil }

// several is a proposal of that many commands, a byte each, that nobody waits for.
type several int

func (n several) count() int               { return int(n) }
func (n several) size() int                { return int(n) }
func (n several) take(data []byte) []byte  { return append(data, make([]byte, n)...) }
func (n several) taken() int               { return int(n) }
func (n several) land([]fsm.Result, error) {}
func (n several) drop(error)               {}
func (n several) since() *time.Time        { return new(time.Time) }

// While a large entry is under way, what comes makes one entry; small ones do not
// wait for each other, and a large one that takes long holds up nobody.
func TestALargeEntryGoesAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var entries []pendingFuture // each with as many commands as results
		p := newProposer(func(data []byte) raft.ApplyFuture {
			entries = append(entries, pendingFuture{future{make([]fsm.Result, len(data))}, make(chan struct{})})
			return entries[len(entries)-1]
		}, func() uint64 { return 0 })
		ctx, stop := context.WithCancel(t.Context())
		go p.take(ctx)
		go p.land()
		sizes := func() (out []int) {
			synctest.Wait()
			for _, e := range entries {
				out = append(out, len(e.results))
			}
			return out
		}
		write := func(n several) { // as one proposal, lest an entry be closed in their midst
			if err := p.enqueue(n); err != nil {
				t.Fatal(err)
			}
		}
		answered := 0
		answer := func() {
			open := entries[answered:] // take goes on with the first
			answered = len(entries)
			for _, e := range open {
				close(e.until)
			}
		}
		write(1)
		write(bulk)
		if got := sizes(); !slices.Equal(got, []int{bulk + 1}) && !slices.Equal(got, []int{1, bulk}) {
			t.Errorf("a write, and many: entries of %v", got)
		}
		before := len(entries)
		write(2)
		if n := len(sizes()); n != before {
			t.Errorf("%d entries beside a large one", n-before)
		}
		write(3)
		answer()
		if got := sizes(); !slices.Equal(got[before:], []int{5}) {
			t.Errorf("after it: entries of %v", got[before:])
		}
		write(1)
		if got := sizes(); !slices.Equal(got[before:], []int{5, 1}) {
			t.Errorf("beside a small one: entries of %v", got[before:])
		}
		write(bulk)
		sizes()
		write(1)
		time.Sleep(bulkPatience)
		if got := sizes(); !slices.Equal(got[before:], []int{5, 1, bulk, 1}) {
			t.Errorf("beside a large one that hangs: entries of %v", got[before:])
		}
		answer()
		stop()
	})
}
