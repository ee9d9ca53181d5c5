package node

import (
	"errors"

	"github.com/hashicorp/raft"

	"kv/node/fsm"
	"kv/proto/kverr"
)

// fromRaft translates the error of a Raft future. Which errors are definite is
// told by the library's api.go (Apply) and in its issue #561.
func (m *member) fromRaft(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, raft.ErrNotLeader):
		return m.notLeader()
	case errors.Is(err, raft.ErrLeadershipTransferInProgress):
		return kverr.ErrTransferring
	case errors.Is(err, raft.ErrEnqueueTimeout):
		return kverr.ErrOverloaded
	case errors.Is(err, raft.ErrAbortedByRestore):
		return kverr.ErrTransferring.Withf("the state was replaced while the request waited; try again")
	case errors.Is(err, raft.ErrLeadershipLost):
		return kverr.ErrLostLeadership
	case errors.Is(err, raft.ErrRaftShutdown):
		return kverr.ErrShutdown // also returned for entries that are committed
	default:
		return kverr.ErrInternal.WithCause(err)
	}
}

// notLeader returns ErrNotLeader with a hint, or ErrNoLeader.
func (m *member) notLeader() error {
	leader := m.leader()
	if leader.Name == "" {
		return kverr.ErrNoLeader
	}
	return kverr.ErrNotLeader.
		Withf("not the leader: %s is, at %s", leader.Name, leader.Address).
		WithLeader(leader)
}

// fromState translates the errors of the state machine.
func fromState(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fsm.ErrNameTaken):
		return kverr.ErrNameTaken
	case errors.Is(err, fsm.ErrAddressTaken):
		return kverr.ErrAddressTaken
	case errors.Is(err, fsm.ErrMemberNotFound):
		return kverr.ErrMemberNotFound
	default:
		return kverr.ErrInternal.WithCause(err)
	}
}
