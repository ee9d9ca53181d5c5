package node

import (
	"errors"
	"runtime"
	"slices"

	"github.com/hashicorp/raft"

	"kv/node/logstore"
)

// A leader writes its own log in parallel with the followers (Ongaro's thesis,
// section 10.2.1), so that a write costs one fsync one after the other and not two.
// The library knows only a log that is durable when StoreLogs returns: it counts the
// leader for the majority at that moment. So its commit index may be ahead of the
// leader's disk, which would be wrong to act upon. Let D be the last entry up to
// which the leader's log is durable. What holds is: nobody is told of, and nobody
// applies, an entry that is not durable on a majority, and what anybody has been
// promised is durable before he hears of it. Piece by piece:
//
//   - Only commands are stored ahead, by a leader, in its own term. The entry that
//     begins a term and configurations are stored like on a follower, and everything
//     stored in an orderly way waits for the sync that is due: all before is durable.
//   - The leader applies nothing beyond D (applier). So it answers nothing, reads
//     nothing and makes no snapshot of it; the log is cut only below what is applied.
//   - The commit index that it tells the others is at most D (transport.Config): a
//     follower would else apply an entry that only its own disk has. The index that
//     it gives to reads may be beyond D, and only makes them wait.
//   - What a member grants and confirms as another's follower belongs to a later term
//     than the one in which it led, and so does its own candidacy. A term is stored
//     before the library acts in it (setCurrentTerm), and storing it waits for the
//     sync that is due (orderlyVotes). So no vote, and no confirmation of an entry that
//     the member has already and need not store again, rests on what may be lost.
//   - An entry that the library takes for committed, is not durable here and so is on
//     a minority of the disks only, cannot be overwritten as long as this process
//     lives: a candidate without it is refused by the followers that have it, and here
//     by the log in memory, and these are a majority. If the process ends, nobody has
//     heard of the entry. It may then be lost or be committed after all, like every
//     write that was not answered.
//   - A sync that fails makes the log useless for good: D stays, StoreLogs, GetLog and
//     DeleteRange fail, the gate of the transport closes, the node ends. The term can
//     still be stored: the library panics otherwise, and a term or a vote says nothing
//     of the log but that the other's is at least as long as ours in memory.
//   - A sync that hangs is seen by Stalled as before, and the gate silences the leader.
//     Its state machine stands still, its next append and a later term wait.
//
// The library calls StoreLogs only on its main goroutine, as the leader in dispatchLogs
// and as a follower in appendEntries, which leaves the state of a leader first; no other
// goroutine makes a member leader, so that the state is exact while StoreLogs runs. It
// is the state of the run in m.consensus. While a run replaces another (restartRaft)
// that is the old one, which may say for ever that it leads: the library sets the state
// of one that wins its election while it is shut down over that of the shutdown.

// leaderLog is the log as the library sees it.
type leaderLog struct {
	*logstore.Log
	leading func() bool
	// overwritten is told before the end of the log is removed.
	overwritten func(first, last uint64)
	// stored is told of what is in the log now.
	stored func(logs []*raft.Log)
	// vanish ends the library's goroutine that asks a log which cannot answer.
	vanish func()
}

var _ raft.MonotonicLogStore = leaderLog{}

// storesAhead reports whether what the library stores is a leader's for certain.
func (m *member) storesAhead() bool { return !m.restarting.Load() && m.leading() }

// StoreLogs implements raft.LogStore.
func (l leaderLog) StoreLogs(logs []*raft.Log) error {
	err := l.store(logs)
	if err == nil {
		l.stored(logs)
	}
	return err
}

func (l leaderLog) store(logs []*raft.Log) error {
	other := func(e *raft.Log) bool { return e.Type != raft.LogCommand }
	if l.leading() && !slices.ContainsFunc(logs, other) {
		return l.StoreAhead(logs)
	}
	return l.Log.StoreLogs(logs)
}

// DeleteRange implements raft.LogStore.
func (l leaderLog) DeleteRange(first, last uint64) error {
	l.overwritten(first, last)
	return l.Log.DeleteRange(first, last)
}

// GetLog implements raft.LogStore.
func (l leaderLog) GetLog(index uint64, out *raft.Log) error {
	err := l.Log.GetLog(index, out)
	if err != nil && !errors.Is(err, raft.ErrLogNotFound) {
		l.vanish()
	}
	return err
}

// orderlyVotes is the term and the vote as the library sees them.
type orderlyVotes struct {
	*logstore.Stable
	log    *logstore.Log
	vanish func()
}

// Set implements raft.StableStore.
func (s orderlyVotes) Set(key, value []byte) error {
	_ = s.log.Sync() // why its failure does not matter is said above
	err := s.Stable.Set(key, value)
	if err != nil {
		s.vanish()
	}
	return err
}

// SetUint64 implements raft.StableStore.
func (s orderlyVotes) SetUint64(key []byte, value uint64) error {
	_ = s.log.Sync()
	err := s.Stable.SetUint64(key, value)
	if err != nil {
		s.vanish()
	}
	return err
}

// vanish ends the goroutine of the library that has asked the disk in vain. A log or
// vote that fails ends the node (OnFatal), but the library does not wait for that: it
// panics where it cannot store a term or read an entry that is committed, and
// where it does not, it goes on with a vote that nobody knows of. What the goroutine has
// deferred is done, so that the library can be shut down. Before the library runs it is
// our own goroutine that asks, which hears the error.
func (c *consensus) vanish() {
	if c.running.Load() {
		runtime.Goexit()
	}
}
