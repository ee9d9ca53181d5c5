package wires

import (
	"fmt"
	"path"
	"time"

	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
)

// What becomes of a message.
const (
	Waiting   = "waiting"   // on its way, behind a delay or at a cut
	Held      = "held"      // on its way, until a person lets it go
	Delivered = "delivered" // it has arrived
	Lost      = "lost"      // it never will
	GivenUp   = "given up"  // its sender waits no longer, and has taken it back
)

// Message is one message between two nodes: a question or an answer.
type Message struct {
	// ID is its number. It counts from 1 when nothing is under way.
	ID uint64
	// Call is the ID of the question: its own, or that of the one it answers.
	Call     uint64
	From, To string
	// Answer: it answers the message Call.
	Answer bool
	// Kind is what it is about: append, heartbeat, vote, pre-vote, snapshot, stand,
	// confirm, read-index, join, removed, or forwarded for what a client has asked.
	Kind string
	// Text says in words what it says.
	Text string
	// Term is the sender's, 0 if the message tells none.
	Term uint64
	// Index is that of the first entry it carries, or else the log index that it
	// speaks of; 0 for none. Entries is how many log entries it carries.
	Index   uint64
	Entries int
	// Sent is when it left its sender, Ended when it was delivered, lost or given up.
	Sent, Ended time.Time
	// State is one of the words above.
	State string
}

// describe says what a message is that a call by a method sends, or answers.
func describe(method string, body any) Message {
	switch m := body.(type) {
	case *kvv1.AppendEntriesRequest:
		return describeAppend(m)
	case *kvv1.AppendEntriesResponse:
		text := fmt.Sprintf("has all up to %d", m.GetLastLogIndex())
		if !m.GetSuccess() {
			text = fmt.Sprintf("append refused: its log ends at %d", m.GetLastLogIndex())
		}
		return Message{Kind: "append", Text: text, Term: m.GetTerm(), Index: m.GetLastLogIndex()}
	case *kvv1.RequestVoteRequest:
		return Message{Kind: "vote", Text: "asks for the vote", Term: m.GetTerm(), Index: m.GetLastLogIndex()}
	case *kvv1.RequestVoteResponse:
		return Message{Kind: "vote", Text: granted("vote", m.GetGranted()), Term: m.GetTerm()}
	case *kvv1.RequestPreVoteRequest:
		return Message{Kind: "pre-vote", Text: "asks if it would get the vote", Term: m.GetTerm(), Index: m.GetLastLogIndex()}
	case *kvv1.RequestPreVoteResponse:
		return Message{Kind: "pre-vote", Text: granted("pre-vote", m.GetGranted()), Term: m.GetTerm()}
	case *kvv1.InstallSnapshotRequest:
		return describeSnapshot(m)
	case *kvv1.InstallSnapshotResponse:
		return Message{Kind: "snapshot", Text: "snapshot installed", Term: m.GetTerm()}
	default:
		return describeOther(method, body)
	}
}

func describeAppend(m *kvv1.AppendEntriesRequest) Message {
	entries := m.GetEntries()
	switch {
	case len(entries) == 1:
		e := entries[0]
		return Message{Kind: "append", Text: fmt.Sprintf("append entry %d", e.GetIndex()), Term: m.GetTerm(), Index: e.GetIndex(), Entries: 1}
	case len(entries) > 1:
		first, last := entries[0].GetIndex(), entries[len(entries)-1].GetIndex()
		return Message{Kind: "append", Text: fmt.Sprintf("append entries %d to %d", first, last), Term: m.GetTerm(), Index: first, Entries: len(entries)}
	case isHeartbeat(m):
		return Message{Kind: "heartbeat", Text: "heartbeat", Term: m.GetTerm()}
	default:
		return Message{Kind: "append", Text: fmt.Sprintf("committed up to %d", m.GetLeaderCommitIndex()), Term: m.GetTerm(), Index: m.GetLeaderCommitIndex()}
	}
}

// isHeartbeat tells a heartbeat from an append without entries by the same signs as
// the library's own transport.
func isHeartbeat(m *kvv1.AppendEntriesRequest) bool {
	return m.GetTerm() != 0 && len(m.GetEntries()) == 0 && m.GetPrevLogIndex() == 0 && m.GetPrevLogTerm() == 0 && m.GetLeaderCommitIndex() == 0
}

func describeSnapshot(m *kvv1.InstallSnapshotRequest) Message {
	if h := m.GetHeader(); h != nil {
		return Message{Kind: "snapshot", Text: fmt.Sprintf("snapshot of %d bytes begins", h.GetSize()), Term: h.GetTerm(), Index: h.GetLastLogIndex()}
	}
	return Message{Kind: "snapshot", Text: fmt.Sprintf("%d bytes of the snapshot", len(m.GetChunk().GetData()))}
}

func granted(what string, yes bool) string {
	if yes {
		return what + " granted"
	}
	return what + " refused"
}

// describeOther describes the messages that are not the library's.
func describeOther(method string, body any) Message {
	switch m := body.(type) {
	case *kvv1.TimeoutNowRequest:
		return Message{Kind: "stand", Text: "asks it to stand for election now"}
	case *kvv1.TimeoutNowResponse:
		return Message{Kind: "stand", Text: "stands for election"}
	case *kvv1.ConfirmRequest:
		return Message{Kind: "confirm", Text: "asks if it is still in this term", Term: m.GetTerm()}
	case *kvv1.ConfirmResponse:
		return Message{Kind: "confirm", Text: "confirms its term", Term: m.GetTerm(), Index: m.GetLastLogIndex()}
	case *kvv1.ReadIndexRequest:
		return Message{Kind: "read-index", Text: "asks what a read must see"}
	case *kvv1.ReadIndexResponse:
		return Message{Kind: "read-index", Text: fmt.Sprintf("a read must see %d", m.GetIndex()), Index: m.GetIndex()}
	case *kvv1.JoinRequest, *kvv1.JoinResponse:
		return Message{Kind: "join", Text: "join"}
	case *kvv1.RemovedRequest, *kvv1.RemovedResponse:
		return Message{Kind: "removed", Text: "removed"}
	case proto.Message:
		return Message{Kind: "forwarded", Text: "a client's " + path.Base(method)}
	default:
		return Message{Kind: "forwarded", Text: "a client's call"}
	}
}
