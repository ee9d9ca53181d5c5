package node

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/hashicorp/raft"

	"kv/node/fsm"
	"kv/node/rpc"
	"kv/proto/kverr"
)

// Bounds of group commit. An entry closes when it has this many commands or
// bytes; a single command may be larger than the byte bound.
const (
	maxBatchCommands = 4096
	maxBatchBytes    = 512 << 10
	// maxInFlight is how many entries may be on their way to a majority. More
	// than one lets the next be gathered and written while the followers write
	// the last.
	maxInFlight = 4
	// maxQueued commands may wait for an entry; a client's further ones are refused.
	maxQueued = 8192
	// maxUnapplied is how many committed entries may wait for the state machine
	// before clients' commands are refused: what is let in then would only wait,
	// and everybody's reads behind it.
	maxUnapplied = 5000
)

// proposer turns the commands that wait at one moment into one log entry: one
// fsync, one round to the followers, one apply for all of them. A lone command
// is never delayed.
type proposer struct {
	apply func(data []byte) raft.ApplyFuture
	// lag tells how many committed entries the state machine has still to apply.
	lag func() uint64

	queue   chan *proposal
	flights chan flight
	// stopped is closed once take has ended: what is queued later is not done.
	stopped chan struct{}
	// flying counts entries whose future is not answered yet.
	flying atomic.Int64
}

// proposal is one command that waits. state decides between its caller, who may
// give up, and the proposer, who may take it: whoever changes it first.
type proposal struct {
	command []byte // an encoded element of kvv1.Batch
	state   atomic.Uint32
	done    chan proposed // buffered: the answer never waits for the caller
}

const (
	proposalQueued uint32 = iota
	proposalTaken
	proposalAbandoned
)

type proposed struct {
	result fsm.Result
	err    error // a Raft error, untranslated
}

// flight is one entry on its way.
type flight struct {
	future    raft.ApplyFuture
	proposals []*proposal
}

func newProposer(apply func(data []byte) raft.ApplyFuture, lag func() uint64) *proposer {
	return &proposer{
		apply:   apply,
		lag:     lag,
		queue:   make(chan *proposal, maxQueued),
		flights: make(chan flight, maxInFlight-2), // one more is with land, one with take
		stopped: make(chan struct{}),
	}
}

// propose replicates a client's command and returns its result once it is applied
// here. If ctx ends first the error tells whether the command may still be done.
// A member that has too much waiting refuses with ErrOverloaded: always before
// the command is queued, so that it is surely not done.
func (p *proposer) propose(ctx context.Context, command []byte) (fsm.Result, error) {
	if p.lag() > maxUnapplied {
		return fsm.Result{}, overloaded("the member has committed more than it has applied yet")
	}
	pr := newProposal(command)
	select {
	case p.queue <- pr:
	case <-p.stopped:
		return fsm.Result{}, kverr.ErrStopping
	default:
		return fsm.Result{}, overloaded("too many writes are waiting")
	}
	return p.await(ctx, pr)
}

// proposeOwn is propose for what the leader has to do itself. It waits for its
// turn instead of being refused: the end of a lease or of old history takes load
// off, and a new leader's first entry is what everybody waits for.
func (p *proposer) proposeOwn(ctx context.Context, command []byte) (fsm.Result, error) {
	pr := newProposal(command)
	select {
	case p.queue <- pr:
	case <-p.stopped:
		return fsm.Result{}, kverr.ErrStopping
	case <-ctx.Done():
		return fsm.Result{}, notProposed(ctx)
	}
	return p.await(ctx, pr)
}

func newProposal(command []byte) *proposal {
	return &proposal{command: command, done: make(chan proposed, 1)}
}

func overloaded(text string) error {
	return kverr.ErrOverloaded.Withf("%s; slow down and try again", text).WithRetryAfter(rpc.RetryAfter())
}

// await waits for the answer to a proposal that is queued.
func (p *proposer) await(ctx context.Context, pr *proposal) (fsm.Result, error) {
	select {
	case answer := <-pr.done:
		return answer.result, answer.err
	case <-ctx.Done():
		if pr.state.CompareAndSwap(proposalQueued, proposalAbandoned) {
			return fsm.Result{}, notProposed(ctx)
		}
		return fsm.Result{}, kverr.From(ctx.Err())
	case <-p.stopped:
		if pr.state.CompareAndSwap(proposalQueued, proposalAbandoned) {
			return fsm.Result{}, kverr.ErrStopping
		}
		return p.landed(ctx, pr)
	}
}

// landed waits for the answer to a proposal that was taken.
func (p *proposer) landed(ctx context.Context, pr *proposal) (fsm.Result, error) {
	select {
	case answer := <-pr.done:
		return answer.result, answer.err
	case <-ctx.Done():
		return fsm.Result{}, kverr.From(ctx.Err())
	}
}

// idle reports whether take has ended and all that it has taken is answered.
func (p *proposer) idle() bool {
	select {
	case <-p.stopped:
		return p.flying.Load() == 0
	default:
		return false
	}
}

// notProposed says that ctx ended before the command went into the log.
func notProposed(ctx context.Context) error {
	return notDone(kverr.From(ctx.Err()), "the call ended while the write waited for its turn; it was not done")
}

// take gathers and sends off entries until ctx ends.
func (p *proposer) take(ctx context.Context) {
	defer close(p.stopped)
	defer close(p.flights)
	for ctx.Err() == nil { // a select picks at random if both are ready
		select {
		case first := <-p.queue:
			if batch, data := p.gather(first); len(batch) > 0 {
				p.flying.Add(1)
				p.flights <- flight{future: p.apply(data), proposals: batch}
			}
		case <-ctx.Done():
			return
		}
	}
}

// gather adds to the first proposal what else waits right now.
func (p *proposer) gather(first *proposal) (batch []*proposal, data []byte) {
	next := first
	for {
		if next.state.CompareAndSwap(proposalQueued, proposalTaken) {
			batch = append(batch, next)
			data = append(data, next.command...)
		}
		if len(batch) >= maxBatchCommands || len(data) >= maxBatchBytes {
			return batch, data
		}
		select {
		case next = <-p.queue:
		default:
			return batch, data
		}
	}
}

// land answers the proposals of each entry as it is applied, in order, until
// take has ended. Every future is answered once Raft has shut down.
func (p *proposer) land() {
	for f := range p.flights {
		err := f.future.Error()
		var results []fsm.Result
		if err == nil {
			results, err = resultsOf(f.future.Response(), len(f.proposals))
		}
		for i, pr := range f.proposals {
			answer := proposed{err: err}
			if err == nil {
				answer.result = results[i]
			}
			pr.done <- answer
		}
		p.flying.Add(-1)
	}
}

// resultsOf reads the state machine's answer to an entry of n commands.
func resultsOf(response any, n int) ([]fsm.Result, error) {
	switch r := response.(type) {
	case []fsm.Result:
		if len(r) == n {
			return r, nil
		}
		return nil, fmt.Errorf("the state machine gave %d results for %d commands", len(r), n)
	case error:
		return nil, r
	default:
		return nil, fmt.Errorf("the state machine answered with a %T", response)
	}
}
