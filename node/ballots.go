package node

import (
	"fmt"
	"strconv"
	"time"

	"github.com/hashicorp/raft"

	"kv/node/transport"
	kvv1 "kv/proto/kv/v1"
)

// Ballot implements transport.Observer.
func (m *member) Ballot(b transport.Ballot) func(transport.Verdict) {
	if b.Incoming {
		leader := raft.ServerID("")
		if r := m.raft(); r != nil {
			_, leader = r.LeaderWithID()
		}
		return func(v transport.Verdict) { m.gaveVote(b, leader, v) }
	}
	m.recorder.asking(b)
	return func(v transport.Verdict) { m.gotVote(b, v) }
}

// asking notes that votes are asked for, once for all who are asked at the same time.
func (r *recorder) asking(b transport.Ballot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	round, now := 0, time.Now()
	if !b.Pre {
		round = 1
	}
	if b.Term != r.term {
		r.newCandidacy(b.Term)
	}
	if now.Sub(r.asks[round]) < r.lease/2 {
		return
	}
	r.asks[round] = now
	r.events.noteOften(&kvv1.Event{Kind: kvv1.EventKind_EVENT_KIND_VOTE_ASKED, Term: b.Term, Index: b.LastIndex, PreVote: b.Pre})
}

// gotVote notes what another member says to our candidacy.
func (m *member) gotVote(b transport.Ballot, v transport.Verdict) {
	ev := &kvv1.Event{Kind: kvv1.EventKind_EVENT_KIND_VOTE_DENIED, Term: b.Term, Peer: nameOf(b.Peer), PreVote: b.Pre}
	switch {
	case v.Err != nil:
		ev.Kind = kvv1.EventKind_EVENT_KIND_VOTE_UNANSWERED
	case v.Granted:
		ev.Kind = kvv1.EventKind_EVENT_KIND_VOTE_WON
		if !b.Pre {
			m.recorder.won(b)
		}
	case v.Term > b.Term:
		ev.Reason = fmt.Sprintf("it is in the later term %d", v.Term)
	}
	m.cfg.Events.noteOften(ev)
}

func (r *recorder) won(b transport.Ballot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if b.Term == r.term {
		r.votes[nameOf(b.Peer)] = true
	}
}

// gaveVote notes what we say to the candidacy of another. leader is the one that we
// knew when we were asked.
func (m *member) gaveVote(b transport.Ballot, leader raft.ServerID, v transport.Verdict) {
	if v.Err != nil {
		return // it was not decided
	}
	ev := &kvv1.Event{Kind: kvv1.EventKind_EVENT_KIND_VOTE_GRANTED, Term: b.Term, Peer: nameOf(b.Peer), Index: b.LastIndex, PreVote: b.Pre}
	if !v.Granted {
		ev.Kind, ev.Reason = kvv1.EventKind_EVENT_KIND_VOTE_REFUSED, m.whyRefused(b, leader, v)
	}
	m.cfg.Events.noteOften(ev)
}

// whyRefused says why Raft has refused a vote, in the order of its own questions
// (raft.go, requestVote and requestPreVote). The answer is given already: if our log
// has grown meanwhile, what is said of it is a little newer.
func (m *member) whyRefused(b transport.Ballot, leader raft.ServerID, v transport.Verdict) string {
	r := m.raft()
	if r == nil { // it answers as soon as it runs, and we are to hear of it in a moment
		return "it is just starting"
	}
	stats := r.Stats()
	lastTerm, _ := strconv.ParseUint(stats["last_log_term"], 10, 64)
	last, _ := strconv.ParseUint(stats["last_log_index"], 10, 64)
	place := m.placeOf(b.Peer)
	switch {
	case place == "":
		return "it is no member of the configuration here"
	case leader != "" && leader != b.Peer && !b.Transfer:
		return "it has a leader: " + nameOf(leader)
	case b.Term < v.Term:
		return fmt.Sprintf("the term is behind: %d < %d", b.Term, v.Term)
	case place != raft.Voter.String():
		return "the candidate is a learner"
	}
	if voted := m.votedFor(b.Term); voted != "" && !b.Pre {
		return fmt.Sprintf("already voted for %s in term %d", voted, b.Term)
	}
	switch {
	case lastTerm > b.LastTerm:
		return fmt.Sprintf("the log is behind: it ends in term %d < %d", b.LastTerm, lastTerm)
	case lastTerm == b.LastTerm && last > b.LastIndex:
		return fmt.Sprintf("the log is behind: %d < %d", b.LastIndex, last)
	}
	return "the vote could not be stored"
}

// placeOf returns what a server is in the configuration, "" if it is not there.
func (m *member) placeOf(id raft.ServerID) string {
	for _, s := range m.servers() {
		if s.ID == id {
			return s.Suffrage.String()
		}
	}
	return ""
}

// votedFor returns whom this member has voted for in a term, "" for nobody. The
// library stores the candidate's address.
func (m *member) votedFor(term uint64) string {
	if voted, err := m.stable.GetUint64([]byte("LastVoteTerm")); err != nil || voted != term {
		return ""
	}
	addr, err := m.stable.Get([]byte("LastVoteCand"))
	if err != nil {
		return ""
	}
	for _, s := range m.servers() {
		if string(s.Address) == string(addr) {
			return nameOf(s.ID)
		}
	}
	return string(addr)
}
