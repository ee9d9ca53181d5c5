package transport

import (
	"sync"

	"github.com/hashicorp/raft"
)

// Observer is told of what travels: for elections, of snapshots and of log entries.
// Its methods are called from many goroutines, beside Raft's calls and before Raft
// acts upon them; they must not block.
type Observer interface {
	// Ballot is told that a vote is asked for. What it returns is called once, with what
	// came of it.
	Ballot(b Ballot) (decided func(Verdict))
	// NewerTerm is told that peer is in a higher term than any before, which Raft
	// takes over at once.
	NewerTerm(peer raft.ServerID, term uint64)
	// StandAsked is told that the leader, peer, wants us to stand for election now.
	StandAsked(peer raft.ServerID)
	// Sent is told that log entries are about to be sent to peer; what it returns is
	// called when they are confirmed or not, unless it is nil. Received is told of
	// those that peer has sent.
	Sent(peer raft.ServerID, first, last uint64) (confirmed func(error))
	Received(peer raft.ServerID, first, last uint64)
	// Snapshot is told of the end of a snapshot's way, good or bad.
	Snapshot(s SnapshotMove)
}

// Ballot is a vote that is asked for.
type Ballot struct {
	Pre      bool // whether it would be given, without consequences
	Incoming bool // we are asked by Peer; otherwise Peer is asked by us
	Transfer bool // the leader has asked the candidate to stand
	Peer     raft.ServerID
	Term     uint64 // in which the candidate stands
	// The end of the candidate's log.
	LastIndex, LastTerm uint64
}

// Verdict is what came of a Ballot.
type Verdict struct {
	Granted bool
	Term    uint64 // of who was asked
	Err     error  // there was no answer
}

// SnapshotMove is the way of a snapshot to or from a peer.
type SnapshotMove struct {
	Peer        raft.ServerID
	Sent        bool // to Peer; otherwise installed here
	Index, Term uint64
	Bytes       int64
	Err         error
}

// silent is the Observer of a transport that has none.
type silent struct{}

func (silent) Ballot(Ballot) func(Verdict)     { return func(Verdict) {} }
func (silent) NewerTerm(raft.ServerID, uint64) {}
func (silent) StandAsked(raft.ServerID)        {}
func (silent) Snapshot(SnapshotMove)           {}

func (silent) Sent(raft.ServerID, uint64, uint64) func(error) { return nil }
func (silent) Received(raft.ServerID, uint64, uint64)         {}

// sees tells the Observer of a term if it is higher than all before.
func (t *Transport) sees(peer raft.ServerID, term uint64) {
	for {
		highest := t.highest.Load()
		if term <= highest {
			return
		}
		if t.highest.CompareAndSwap(highest, term) {
			t.cfg.Observer.NewerTerm(peer, term)
			return
		}
	}
}

// ballotAsked is sees and Ballot for a vote that a peer asks for. Raft takes the term of
// a request over unless it follows another leader (raft.go, requestVote).
func (t *Transport) ballotAsked(b Ballot) func(Verdict) {
	if !b.Pre && t.cfg.Peek != nil {
		if _, leader := t.cfg.Peek(); leader == "" || leader == b.Peer || b.Transfer {
			t.sees(b.Peer, b.Term)
		}
	}
	return t.cfg.Observer.Ballot(b)
}

// sent tells the Observer of log entries that go out.
func (t *Transport) sent(peer raft.ServerID, entries []*raft.Log) func(error) {
	if len(entries) == 0 {
		return nil
	}
	return t.cfg.Observer.Sent(peer, entries[0].Index, entries[len(entries)-1].Index)
}

// received tells the Observer of log entries that have come in.
func (t *Transport) received(peer []byte, entries []*raft.Log) {
	if len(entries) > 0 {
		t.cfg.Observer.Received(raft.ServerID(peer), entries[0].Index, entries[len(entries)-1].Index)
	}
}

// matches is how far each follower has confirmed to have our log.
type matches struct {
	mu   sync.Mutex
	byID map[raft.ServerID]match // guarded by mu
}

type match struct{ term, index uint64 }

// note notes that a follower has confirmed a request of ours.
func (m *matches) note(id raft.ServerID, args *raft.AppendEntriesRequest) {
	index := args.PrevLogEntry + uint64(len(args.Entries))
	if index == 0 {
		return // a heartbeat says nothing of the log
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byID == nil {
		m.byID = make(map[raft.ServerID]match)
	}
	if was := m.byID[id]; was.term < args.Term || was.index < index {
		m.byID[id] = match{args.Term, index}
	}
}

// Matched returns up to which index a follower has confirmed to have the log of this
// node as the leader of a term, 0 if it has not yet.
func (t *Transport) Matched(id raft.ServerID, term uint64) uint64 {
	t.matches.mu.Lock()
	defer t.matches.mu.Unlock()
	if m := t.matches.byID[id]; m.term == term {
		return m.index
	}
	return 0
}
