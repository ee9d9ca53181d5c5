package node

import (
	"testing"

	"kv/node/transport"
)

// Raft answers votes as soon as it runs, a moment before the member knows it.
func TestAVoteIsRefusedBeforeTheMemberKnowsItsRaft(t *testing.T) {
	t.Parallel()
	m := &member{cfg: Config{Events: NewEvents("n1")}}
	decided := m.Ballot(transport.Ballot{Incoming: true, Peer: "n2@1", Term: 3})
	decided(transport.Verdict{Term: 4})
	if events, _, _ := m.cfg.Events.since(0); len(events) != 1 || events[0].GetReason() == "" {
		t.Errorf("noted %v, want why the vote was refused", events)
	}
}
