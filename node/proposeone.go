package node

import (
	"context"
	"sync/atomic"

	"kv/node/fsm"
	"kv/proto/kverr"
)

// single is the proposal of one command whose caller waits for it. state decides
// between the caller, who may give up, and the proposer, who may take it: whoever
// changes it first.
type single struct {
	queued
	command []byte // an encoded element of kvv1.Batch
	state   atomic.Uint32
	done    chan proposed // buffered: the answer never waits for the caller
}

const (
	singleQueued uint32 = iota
	singleTaken
	singleAbandoned
)

type proposed struct {
	result fsm.Result
	err    error
}

// propose replicates a client's command and returns its result once it is applied
// here. If ctx ends first the error tells whether the command may still be done.
// Other errors: those of enqueue, ErrStopping, and those of Raft, untranslated.
func (p *proposer) propose(ctx context.Context, command []byte) (fsm.Result, error) {
	s := newSingle(command)
	if err := p.enqueue(s); err != nil {
		return fsm.Result{}, err
	}
	return s.await(ctx)
}

// proposeOwn is propose for what the leader has to do itself.
func (p *proposer) proposeOwn(ctx context.Context, command []byte) (fsm.Result, error) {
	s := newSingle(command)
	if err := p.enqueueOwn(ctx, s); err != nil {
		return fsm.Result{}, err
	}
	return s.await(ctx)
}

func newSingle(command []byte) *single {
	return &single{command: command, done: make(chan proposed, 1)}
}

// await waits for the answer to a proposal that is queued.
func (s *single) await(ctx context.Context) (fsm.Result, error) {
	select {
	case answer := <-s.done:
		return answer.result, answer.err
	case <-ctx.Done():
		if s.state.CompareAndSwap(singleQueued, singleAbandoned) {
			return fsm.Result{}, notProposed(ctx)
		}
		return fsm.Result{}, kverr.From(ctx.Err())
	}
}

// notProposed says that ctx ended before the command went into the log.
func notProposed(ctx context.Context) error {
	return notDone(kverr.From(ctx.Err()), "the call ended while the write waited for its turn; it was not done")
}

func (s *single) count() int { return 1 }

func (s *single) size() int { return len(s.command) }

func (s *single) take(data []byte) []byte {
	switch {
	case !s.state.CompareAndSwap(singleQueued, singleTaken):
		return data
	case data == nil:
		return s.command
	default:
		return append(data, s.command...)
	}
}

func (s *single) taken() int {
	if s.state.Load() == singleTaken {
		return 1
	}
	return 0
}

func (s *single) land(results []fsm.Result, err error) {
	answer := proposed{err: err}
	if len(results) > 0 {
		answer.result = results[0]
	}
	s.done <- answer
}

func (s *single) drop(err error) { s.done <- proposed{err: err} }
