package node

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/raft"

	"kv/node/transport"
	kvv1 "kv/proto/kv/v1"
)

// recorder notes what Raft does, and why as far as that can be known. The library tells
// that it takes another role, never for what reason; the reasons come from what the
// transport has carried just before, since nothing happens to Raft but by its timers
// and by what it is told. All methods return at once: most are called on Raft's own
// goroutine.
type recorder struct {
	events *Events
	self   raft.ServerID
	// lease is after how long without a majority a leader steps down.
	lease time.Duration

	mu      sync.Mutex
	leader  raft.ServerID   // guarded by mu; the last that was heard of
	role    kvv1.Role       // guarded by mu
	term    uint64          // guarded by mu; of the office, or of the votes that are asked for
	newest  newest          // guarded by mu
	asked   string          // guarded by mu; why it is about to stand, "" if a timer says so
	askedBy raft.ServerID   // guarded by mu
	votes   map[string]bool // guarded by mu; who has voted for us in term
	asks    [2]time.Time    // guarded by mu; when pre-votes and votes were asked for in term
	deaf    bool            // guarded by mu; the quorum is lost
}

// newest is the highest term that was heard of, and from whom.
type newest struct {
	term uint64
	peer raft.ServerID
}

var _ transport.Observer = (*member)(nil)

func newRecorder(events *Events, self raft.ServerID, lease time.Duration) *recorder {
	return &recorder{events: events, self: self, lease: lease, role: kvv1.Role_ROLE_FOLLOWER, votes: make(map[string]bool)}
}

// observer has the recorder hear of the library's observations. They come to its
// filter, on the library's own goroutine: later the term may be another one.
func (r *recorder) observer() *raft.Observer {
	return raft.NewObserver(nil, false, func(o *raft.Observation) bool {
		switch data := o.Data.(type) {
		case raft.LeaderObservation:
			r.hearLeader(data.LeaderID, o.Raft.CurrentTerm())
		case raft.RaftState:
			r.change(data, o.Raft)
		}
		return false
	})
}

// hearLeader notes who leads, "" for nobody.
func (r *recorder) hearLeader(id raft.ServerID, term uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if id == r.self || id == "" && r.leader == r.self {
		r.leader = id
		return
	}
	r.events.noteOften(&kvv1.Event{Kind: kvv1.EventKind_EVENT_KIND_LEADER, Term: term, Peer: nameOf(id)})
	if id == "" {
		return // the last one stays the last one
	}
	r.leader = id
	r.regained("it follows " + nameOf(id))
}

// lost notes that no majority is heard any more. The caller holds mu.
func (r *recorder) lost(term uint64, reason string) {
	if !r.deaf {
		r.deaf = true
		r.events.note(&kvv1.Event{Kind: kvv1.EventKind_EVENT_KIND_QUORUM_LOST, Term: term, Reason: reason})
	}
}

// regained is its end. The caller holds mu.
func (r *recorder) regained(reason string) {
	if r.deaf {
		r.deaf = false
		r.events.note(&kvv1.Event{Kind: kvv1.EventKind_EVENT_KIND_QUORUM_REGAINED, Term: r.newest.term, Reason: reason})
	}
}

// change notes another role.
func (r *recorder) change(state raft.RaftState, lib *raft.Raft) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ev := &kvv1.Event{Kind: kvv1.EventKind_EVENT_KIND_ROLE, Term: lib.CurrentTerm()}
	switch state {
	case raft.Candidate:
		ev.Role, ev.Term = kvv1.Role_ROLE_CANDIDATE, ev.Term+1
		ev.Reason, ev.Peer = r.whyStand(lib.LastContact())
		r.newCandidacy(ev.Term)
	case raft.Leader:
		ev.Role = kvv1.Role_ROLE_LEADER
		ev.Reason = r.whyElected(voters(lib))
		r.term = ev.Term
	case raft.Follower:
		ev.Role = kvv1.Role_ROLE_FOLLOWER
		ev.Reason, ev.Peer = r.whyFollow()
	default:
		return // it shuts down
	}
	r.role = ev.Role
	r.events.note(ev)
}

// newCandidacy forgets the votes of the last one. The caller holds mu.
func (r *recorder) newCandidacy(term uint64) {
	r.term, r.asks = term, [2]time.Time{}
	clear(r.votes)
}

// whyStand says why Raft stands for election. The caller holds mu.
func (r *recorder) whyStand(contact time.Time) (reason, peer string) {
	reason, by := r.asked, r.askedBy
	r.asked, r.askedBy = "", ""
	switch {
	case reason != "":
		return reason, nameOf(by)
	case r.leader == "" || contact.IsZero():
		return "it has heard of no leader", ""
	case r.leader == r.self:
		return "it has heard of no leader since it gave up its own office", ""
	default:
		return fmt.Sprintf("it had heard nothing from %s for %s", nameOf(r.leader), seconds(time.Since(contact))), nameOf(r.leader)
	}
}

// whyElected tells whose votes made it. The caller holds mu.
func (r *recorder) whyElected(voters int) string {
	if voters == 1 {
		return "it is the only voter"
	}
	names := []string{}
	for name := range r.votes {
		names = append(names, name)
	}
	slices.Sort(names)
	return fmt.Sprintf("elected by %d of %d: itself, %s", len(names)+1, voters, strings.Join(names, ", "))
}

// whyFollow says why a leader or candidate has become a follower. Whatever raises the
// term is seen by the transport before Raft acts upon it. The caller holds mu.
func (r *recorder) whyFollow() (reason, peer string) {
	switch {
	case r.newest.term > r.term:
		return fmt.Sprintf("it met the higher term %d of %s", r.newest.term, nameOf(r.newest.peer)), nameOf(r.newest.peer)
	case r.role == kvv1.Role_ROLE_LEADER:
		reason = fmt.Sprintf("it heard from no majority for %s", seconds(r.lease))
		r.lost(r.term, reason)
		return reason, ""
	default:
		return "another won the election", ""
	}
}

// standing notes why Raft is about to be told to stand.
func (r *recorder) standing(reason string, by raft.ServerID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked, r.askedBy = reason, by
}

// NewerTerm implements transport.Observer.
func (m *member) NewerTerm(peer raft.ServerID, term uint64) {
	r := m.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	if term > r.newest.term {
		r.newest = newest{term, peer}
	}
}

// StandAsked implements transport.Observer.
func (m *member) StandAsked(peer raft.ServerID) {
	m.recorder.standing("asked to by "+nameOf(peer)+", which hands over its office", peer)
}

// Snapshot implements transport.Observer.
func (m *member) Snapshot(s transport.SnapshotMove) {
	ev := &kvv1.Event{Kind: kvv1.EventKind_EVENT_KIND_SNAPSHOT_INSTALLED, Term: s.Term, Peer: nameOf(s.Peer), Index: s.Index, Count: uint64(s.Bytes)}
	if s.Sent {
		ev.Kind = kvv1.EventKind_EVENT_KIND_SNAPSHOT_SENT
	}
	if s.Err != nil {
		ev.Reason = "failed: " + s.Err.Error()
		m.cfg.Events.noteOften(ev) // it is tried again
		return
	}
	m.cfg.Events.note(ev)
}

// overwritten notes that the end of the log is about to be removed because a leader has
// other entries there. The log is also cut at its beginning, and as a whole when a
// snapshot replaces it: those entries are not overwritten.
func (m *member) overwritten(first, last uint64) {
	r := m.raft()
	if r == nil || first <= r.CommitIndex() {
		return
	}
	var entry raft.Log
	if err := m.log.GetLog(first, &entry); err != nil {
		return // the library finds out by itself
	}
	_, leader := r.LeaderWithID()
	m.cfg.Events.note(&kvv1.Event{Kind: kvv1.EventKind_EVENT_KIND_OVERWRITTEN, Term: entry.Term, Peer: nameOf(leader), Index: first, Count: last - first + 1,
		Reason: "the leader's log has others there"})
}

// happened notes an event of the present term.
func (m *member) happened(kind kvv1.EventKind, peer, reason string) {
	m.cfg.Events.note(&kvv1.Event{Kind: kind, Term: m.raft().CurrentTerm(), Peer: peer, Reason: reason})
}

// voters counts the voters in the library's latest configuration, without waiting.
func voters(lib *raft.Raft) int {
	f, n := lib.GetConfiguration(), 0
	if f.Error() != nil {
		return 0
	}
	for _, s := range f.Configuration().Servers {
		if s.Suffrage == raft.Voter {
			n++
		}
	}
	return n
}

// seconds writes a time with three digits, as "1.02 s".
func seconds(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}
