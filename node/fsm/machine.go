package fsm

import (
	"fmt"
	"io"
	"sync"

	"github.com/hashicorp/raft"
)

var _ raft.BatchingFSM = (*Machine)(nil)

// Options of a Machine.
type Options struct {
	// OnFatal is called once, when the machine meets an entry that it cannot
	// apply, with an error that wraps ErrStopped. The call comes from Raft's
	// state machine goroutine with no lock held; it must not wait for Raft. Nil
	// means that nobody is told.
	OnFatal func(error)
}

// Machine is the state machine as Raft sees it: a state, a lock, and the place
// in the log up to which the state has come.
//
// One goroutine, Raft's, calls Apply, ApplyBatch, Snapshot and Restore; any
// number may call the other methods at the same time.
type Machine struct {
	onFatal func(error)
	// commands is the room decoded entries are put into; the applier's alone.
	commands []command
	// backlog tells that more is forgotten than was taken out of memory; the applier's.
	backlog bool

	mu sync.RWMutex // guards everything below
	// state is what all entries up to index add up to, and none above it.
	state *state
	index uint64
	term  uint64
	// frozen is what the views of the present state share; nil if nobody has asked
	// for one since the last entry.
	frozen *frozen
	// stopped is set for good at an entry that cannot be applied.
	stopped error
}

// New returns an empty machine.
func New(o Options) *Machine {
	if o.OnFatal == nil {
		o.OnFatal = func(error) {}
	}
	return &Machine{onFatal: o.OnFatal, state: newState()}
}

// Apply applies one entry; see ApplyBatch.
func (m *Machine) Apply(l *raft.Log) any {
	resp := m.applyLog(l)
	m.tidy()
	return resp
}

// ApplyBatch applies entries in order and returns one response for each:
//
//   - []Result for a command entry that was applied: one for each command of its
//     Batch, in order;
//   - error for one that was not: ErrAlreadyApplied or ErrStopped;
//   - nil for an entry of another kind. It moves the applied index, which else
//     would stay below the commit index after a change of the configuration,
//     and those who wait for it would wait for the next write.
//
// An entry is applied as a whole: readers see all its commands or none. The lock
// is taken anew for each entry, so that they wait for one at most.
func (m *Machine) ApplyBatch(logs []*raft.Log) []any {
	out := make([]any, len(logs))
	for i, l := range logs {
		out[i] = m.applyLog(l)
	}
	m.tidy()
	return out
}

// tidySteps bounds how long a compaction of all history keeps the next entry waiting,
// to about 10 ms. What is left is for the entries that come.
const tidySteps = 512

// tidy takes what is forgotten out of memory, where that is more than an entry does
// along with it, as after a compaction. Readers wait for a step of it at most.
func (m *Machine) tidy() {
	for range tidySteps {
		if !m.backlog {
			return
		}
		m.mu.Lock()
		m.backlog = m.state.prune(pruneStep)
		m.mu.Unlock()
	}
}

func (m *Machine) applyLog(l *raft.Log) any {
	var err error
	cmds := m.commands[:0]
	if l.Type == raft.LogCommand {
		cmds, err = decodeBatch(cmds, l.Data)
	}
	if len(cmds) >= warmAtOnce/2 {
		look(m, func(s *state) int { return s.warmFor(cmds) })
	}
	resp, stopped := m.applyCommands(l, cmds, err)
	m.commands = reuse(cmds)
	if stopped {
		m.onFatal(resp.(error))
	}
	return resp
}

// applyCommands brings the state from one entry to the next. bad is why the
// entry could not be decoded. stopped tells that it made the machine stop.
func (m *Machine) applyCommands(l *raft.Log, cmds []command, bad error) (resp any, stopped bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.stopped != nil:
		return m.stopped, false
	case l.Index <= m.index:
		return fmt.Errorf("%w: entry %d, applied index %d", ErrAlreadyApplied, l.Index, m.index), false
	case bad != nil:
		m.stopped = fmt.Errorf("%w at entry %d of term %d: %w", ErrStopped, l.Index, l.Term, bad)
		return m.stopped, true
	}
	m.thaw()
	m.index, m.term = l.Index, l.Term
	if l.Type != raft.LogCommand {
		return nil, false
	}
	results := make([]Result, len(cmds))
	for i := range cmds {
		results[i] = m.state.apply(&cmds[i], l.Index)
	}
	m.backlog = m.state.prune(pruneStep)
	return results, false
}

// keptCommands is how many decoded commands the applier keeps room for.
const keptCommands = 4096

// reuse returns the room for the next entry, without what points into this one.
func reuse(cmds []command) []command {
	if cap(cmds) > keptCommands {
		return nil
	}
	clear(cmds)
	return cmds[:0]
}

// Snapshot freezes the state, in constant time, for Raft to persist while the
// machine goes on. A stopped machine gives none: Raft counts the entry it
// stopped at as applied and would label the snapshot with an index that the
// state has not come to.
func (m *Machine) Snapshot() (raft.FSMSnapshot, error) {
	if err := m.Err(); err != nil {
		return nil, fmt.Errorf("take snapshot: %w", err)
	}
	return &snapshot{view: m.View()}, nil
}

// Restore replaces the state by that of a snapshot, once it has been read and
// checked as a whole. On an error the state is as it was; ErrCorruptSnapshot and
// ErrNewerSnapshot tell what is wrong with the bytes, any other error is the
// reader's own. While it runs readers see the old state, and the memory holds
// both. Raft closes rc as well, which is allowed.
func (m *Machine) Restore(rc io.ReadCloser) error {
	defer rc.Close() // only read from: there is nothing a failed close could lose
	if err := m.Err(); err != nil {
		return fmt.Errorf("restore snapshot: %w", err)
	}
	s, at, err := readSnapshot(rc)
	if err != nil {
		return fmt.Errorf("restore snapshot: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.thaw()
	m.state, m.index, m.term = s, at.index, at.term
	return nil
}

// Err returns why the machine has stopped, nil while it runs.
func (m *Machine) Err() error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.stopped
}

// Get returns the item of key, nil if there is none, with the revision and the
// applied index of the state it was read from.
func (m *Machine) Get(key []byte) (item *Item, revision, applied uint64) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.state.index.get(key).now(), m.state.revision, m.index
}

// GetMany returns the items of keys, nil for those that are not there, all as they
// are in one state, and that state's revision and applied index.
func (m *Machine) GetMany(keys [][]byte) (items []*Item, revision, applied uint64) {
	items = make([]*Item, len(keys))
	m.mu.RLock()
	defer m.mu.RUnlock()
	for from := 0; from < len(keys); from += warmAtOnce {
		some := keys[from:min(from+warmAtOnce, len(keys))]
		m.state.warm(some)
		for i, key := range some {
			items[from+i] = m.state.index.get(key).now()
		}
	}
	return items, m.state.revision, m.index
}

// Applied returns the index and the term of the last applied entry. Raft keeps
// its no-ops and barriers to itself, so that the index may stay below Raft's own
// until the next command, such as a term marker.
func (m *Machine) Applied() (index, term uint64) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.index, m.term
}
