package client

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"google.golang.org/grpc"

	kvv1 "kv/proto/kv/v1"
)

// EventKind is what an Event is about.
type EventKind string

// The kinds of events. What Peer, Index, Count and Reason are is said with each.
const (
	EventStarted           EventKind = "started"            // the member; Reason: its version
	EventStopped           EventKind = "stopped"            // the member; Reason: why
	EventRole              EventKind = "role"               // Role is another now; Reason: why; Peer: because of whom, may be empty
	EventLeader            EventKind = "leader"             // Peer leads; empty: no leader is known any more
	EventVoteAsked         EventKind = "vote-asked"         // the member stands; Index: the end of its log
	EventVoteWon           EventKind = "vote-won"           // Peer votes for the member
	EventVoteDenied        EventKind = "vote-denied"        // Peer does not
	EventVoteUnanswered    EventKind = "vote-unanswered"    // Peer does not answer
	EventVoteGranted       EventKind = "vote-granted"       // the member votes for Peer
	EventVoteRefused       EventKind = "vote-refused"       // the member does not vote for Peer; Reason: why
	EventQuorumLost        EventKind = "quorum-lost"        // the member leads and hears no majority
	EventQuorumRegained    EventKind = "quorum-regained"    // it does again, or follows a leader
	EventPeerLost          EventKind = "peer-lost"          // the leader hears nothing of Peer
	EventPeerRegained      EventKind = "peer-regained"      // it does again
	EventSnapshotMade      EventKind = "snapshot-made"      // up to Index, Count bytes
	EventSnapshotSent      EventKind = "snapshot-sent"      // the same, to Peer; a Reason: it failed
	EventSnapshotInstalled EventKind = "snapshot-installed" // the same, from Peer; a Reason: it failed
	EventMemberJoined      EventKind = "member-joined"      // Peer, as a learner
	EventMemberPromoted    EventKind = "member-promoted"    // Peer votes from now on
	EventMemberRemoved     EventKind = "member-removed"     // Peer
	EventTransferAsked     EventKind = "transfer-asked"     // the leader is to hand over, to Peer or to anybody
	EventRefused           EventKind = "refused"            // Count writes; Reason: why
	EventOverwritten       EventKind = "overwritten"        // Count entries of Term from Index on, by Peer's
	EventMark              EventKind = "mark"               // Reason: what was done to the cluster
	EventFault             EventKind = "fault"              // Reason: what is broken from now on
	EventHealed            EventKind = "healed"             // Reason: the fault that is not any more
	EventUnknown           EventKind = "unknown"            // of a later version
)

var eventKinds = map[kvv1.EventKind]EventKind{
	kvv1.EventKind_EVENT_KIND_STARTED:            EventStarted,
	kvv1.EventKind_EVENT_KIND_STOPPED:            EventStopped,
	kvv1.EventKind_EVENT_KIND_ROLE:               EventRole,
	kvv1.EventKind_EVENT_KIND_LEADER:             EventLeader,
	kvv1.EventKind_EVENT_KIND_VOTE_ASKED:         EventVoteAsked,
	kvv1.EventKind_EVENT_KIND_VOTE_WON:           EventVoteWon,
	kvv1.EventKind_EVENT_KIND_VOTE_DENIED:        EventVoteDenied,
	kvv1.EventKind_EVENT_KIND_VOTE_UNANSWERED:    EventVoteUnanswered,
	kvv1.EventKind_EVENT_KIND_VOTE_GRANTED:       EventVoteGranted,
	kvv1.EventKind_EVENT_KIND_VOTE_REFUSED:       EventVoteRefused,
	kvv1.EventKind_EVENT_KIND_QUORUM_LOST:        EventQuorumLost,
	kvv1.EventKind_EVENT_KIND_QUORUM_REGAINED:    EventQuorumRegained,
	kvv1.EventKind_EVENT_KIND_PEER_LOST:          EventPeerLost,
	kvv1.EventKind_EVENT_KIND_PEER_REGAINED:      EventPeerRegained,
	kvv1.EventKind_EVENT_KIND_SNAPSHOT_MADE:      EventSnapshotMade,
	kvv1.EventKind_EVENT_KIND_SNAPSHOT_SENT:      EventSnapshotSent,
	kvv1.EventKind_EVENT_KIND_SNAPSHOT_INSTALLED: EventSnapshotInstalled,
	kvv1.EventKind_EVENT_KIND_MEMBER_JOINED:      EventMemberJoined,
	kvv1.EventKind_EVENT_KIND_MEMBER_PROMOTED:    EventMemberPromoted,
	kvv1.EventKind_EVENT_KIND_MEMBER_REMOVED:     EventMemberRemoved,
	kvv1.EventKind_EVENT_KIND_TRANSFER_ASKED:     EventTransferAsked,
	kvv1.EventKind_EVENT_KIND_REFUSED:            EventRefused,
	kvv1.EventKind_EVENT_KIND_OVERWRITTEN:        EventOverwritten,
	kvv1.EventKind_EVENT_KIND_MARK:               EventMark,
	kvv1.EventKind_EVENT_KIND_FAULT:              EventFault,
	kvv1.EventKind_EVENT_KIND_HEALED:             EventHealed,
}

// Event is one thing that happened at a member.
type Event struct {
	// Member is where it happened.
	Member string
	// Sequence counts the events of a recording from 1.
	Sequence uint64
	// Time is by the member's clock; Since the recording began, by one that never jumps.
	Time  time.Time
	Since time.Duration
	Kind  EventKind
	// Term is the term it belongs to; 0 for none.
	Term uint64
	Peer string
	// Index is an index of the log; 0 for none.
	Index uint64
	// Count is how many or how much; of votes, how often the same happened since it was
	// last told.
	Count  uint64
	Reason string
	Role   Role
	// PreVote: the vote is a pre-vote, by which a candidate asks whether it would win.
	PreVote bool
}

// EventPage is what comes at a time.
type EventPage struct {
	Header
	// Recording changes when the member was started again: its events are counted anew.
	Recording uint64
	// Events are in their order; there may be none.
	Events []Event
	// Dropped is how many events before these the member does not keep any more.
	Dropped uint64
	// Now is the member's clock when it sent the page.
	Now time.Time
	// Current: these were the newest.
	Current bool
}

// EventsRequest says which events are wanted. The zero value is all there are.
type EventsRequest struct {
	// From is the first sequence that is wanted in Recording, if the member still has
	// that one.
	From, Recording uint64
	// Follow: go on with what happens from now on, with a page each second at least.
	Follow bool
	// Within leaves out what is older; 0 is no limit.
	Within time.Duration
}

// eventSilence is how long the events of a member may be followed without a page.
const eventSilence = 4 * time.Second

// Events reads what has happened at one member, a name or client address. It returns
// when the first page is there. The iterator ends after the newest event or, if they
// are followed, when ctx does or the member falls silent, with an error then: it does not
// go on elsewhere. It can be used once, and leaving it ends it. Errors:
// ErrMemberNotFound, ErrUnreachable, ErrNotKV from a member of a version without events.
func (c *Client) Events(ctx context.Context, at string, r EventsRequest) (iter.Seq2[EventPage, error], error) {
	address, err := c.resolve(ctx, at)
	if err != nil {
		return nil, err
	}
	req := &kvv1.EventsRequest{From: r.From, Recording: r.Recording, Follow: r.Follow, WithinNs: r.Within.Nanoseconds()}
	k := call{kind: read, local: true, at: address, attempt: min(firstMessageTimeout, c.cfg.timeout)}
	p, err := askPages(ctx, c, k, func(ctx context.Context, cc grpc.ClientConnInterface) (grpc.ServerStreamingClient[kvv1.EventsResponse], error) {
		return kvv1.NewClusterClient(cc).Events(ctx, req)
	})
	if err != nil {
		return nil, err
	}
	return eventPages(p), nil
}

func eventPages(p *pages[kvv1.EventsResponse]) iter.Seq2[EventPage, error] {
	return func(yield func(EventPage, error) bool) {
		defer p.close()
		for message, err := p.page, error(nil); ; {
			if message == nil || !yield(eventPageOf(message), nil) {
				return
			}
			var late bool
			message, late, err = p.recv(eventSilence)
			switch {
			case errors.Is(err, io.EOF):
				return
			case late:
				yield(EventPage{}, notDone(ErrTimeout.Withf("%s is silent", p.address)))
				return
			case err != nil:
				yield(EventPage{}, judge(err, true, true, sight{}))
				return
			}
		}
	}
}

func eventPageOf(m *kvv1.EventsResponse) EventPage {
	page := EventPage{Header: headerOf(m.GetHeader()), Recording: m.GetRecording(), Dropped: m.GetDropped(),
		Now: time.Unix(0, m.GetWallNs()), Current: m.GetCurrent()}
	for _, e := range m.GetEvents() {
		page.Events = append(page.Events, eventOf(e))
	}
	return page
}

func eventOf(e *kvv1.Event) Event {
	kind, known := eventKinds[e.GetKind()]
	if !known {
		kind = EventUnknown
	}
	return Event{Member: e.GetMember(), Sequence: e.GetSequence(), Time: time.Unix(0, e.GetWallNs()), Since: time.Duration(e.GetMonotonicNs()),
		Kind: kind, Term: e.GetTerm(), Peer: e.GetPeer(), Index: e.GetIndex(), Count: e.GetCount(), Reason: e.GetReason(),
		Role: roleOf(e.GetRole()), PreVote: e.GetPreVote()}
}
