package node

import (
	"context"
	"io"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/raft"

	"kv/node/fsm"
)

// applier stands between Raft and the state machine. It publishes what has
// really been applied, which the library's AppliedIndex does not tell (that one
// counts what was handed over; hashicorp/raft #146).
type applier struct {
	*fsm.Machine
	// durable waits until this member's log is durable up to an index; false is never.
	durable func(index uint64) bool
	// stopped is set for good when something was not applied that the library now takes
	// for applied.
	stopped atomic.Bool
	// changed is called after each batch and each restore, on Raft's goroutine.
	changed func()
	tracing *tracing

	// capturing: there are captures (hash.go).
	capturing atomic.Bool

	mu       sync.Mutex
	waiters  map[chan struct{}]uint64 // guarded by mu; closed once the index is applied
	captures []capture                // guarded by mu
}

var _ raft.BatchingFSM = (*applier)(nil)

func newApplier(m *fsm.Machine, durable func(uint64) bool, changed func()) *applier {
	return &applier{Machine: m, durable: durable, changed: changed, tracing: new(tracing), waiters: make(map[chan struct{}]uint64)}
}

// Apply implements raft.FSM.
func (a *applier) Apply(l *raft.Log) any {
	if !a.mayApply(l.Index) {
		return raft.ErrRaftShutdown
	}
	if applied := a.tracing.applies(l.Index, l.Index); applied != nil {
		defer applied()
	}
	defer a.publish()
	a.before(l.Index)
	return a.Machine.Apply(l)
}

// ApplyBatch implements raft.BatchingFSM.
func (a *applier) ApplyBatch(logs []*raft.Log) []any {
	if !a.mayApply(logs[len(logs)-1].Index) {
		return slices.Repeat([]any{raft.ErrRaftShutdown}, len(logs))
	}
	if applied := a.tracing.applies(logs[0].Index, logs[len(logs)-1].Index); applied != nil {
		defer applied()
	}
	defer a.publish()
	if !a.capturing.Load() {
		return a.Machine.ApplyBatch(logs)
	}
	var results []any
	for i := range logs {
		a.before(logs[i].Index)
		results = append(results, a.Machine.ApplyBatch(logs[i:i+1])...)
	}
	return results
}

// mayApply waits until a leader has on its own disk what the library, counting it
// there already, takes for committed (ahead.go). It reports false when that will not
// come any more: the log has failed, or the member ends.
func (a *applier) mayApply(index uint64) bool {
	if !a.stopped.Load() && a.durable(index) {
		return true
	}
	a.stopped.Store(true)
	return false
}

// Snapshot implements raft.FSM. The library would take a snapshot for one of the
// entries that were not applied.
func (a *applier) Snapshot() (raft.FSMSnapshot, error) {
	if a.stopped.Load() {
		return nil, raft.ErrRaftShutdown
	}
	return a.Machine.Snapshot()
}

// Restore implements raft.FSM.
func (a *applier) Restore(r io.ReadCloser) error {
	defer a.publish()
	return a.Machine.Restore(r)
}

func (a *applier) publish() {
	applied, _ := a.Applied()
	a.mu.Lock()
	for ch, index := range a.waiters {
		if index <= applied {
			close(ch)
			delete(a.waiters, ch)
		}
	}
	a.mu.Unlock()
	a.reached(applied)
	a.changed()
}

// wait returns once the state machine has applied index, or with ctx's error.
func (a *applier) wait(ctx context.Context, index uint64) error {
	if applied, _ := a.Applied(); applied >= index {
		return nil
	}
	ch := make(chan struct{})
	a.mu.Lock()
	if applied, _ := a.Applied(); applied >= index {
		a.mu.Unlock()
		return nil
	}
	a.waiters[ch] = index
	a.mu.Unlock()
	select {
	case <-ch:
		return nil
	case <-ctx.Done():
		a.mu.Lock()
		delete(a.waiters, ch)
		a.mu.Unlock()
		return ctx.Err()
	}
}
