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

// fromLeader translates the error of a call that was passed on to the leader id.
// sent tells whether the request may have reached it.
func (m *member) fromLeader(err error, id raft.ServerID, sent bool) error {
	e := kverr.FromStatus(err)
	switch {
	case errors.Is(e, kverr.ErrWrongReceiver), errors.Is(e, kverr.ErrClusterMismatch), errors.Is(e, kverr.ErrNotKV):
		// Said of the leader's address, it must not be taken for ours.
		return kverr.ErrNoLeader.Withf("another program answers at the address of the leader %s; try again", nameOf(id)).WithCause(e)
	case sent || e.Outcome == kverr.NotDone:
		return e
	case errors.Is(e, kverr.ErrTimeout), errors.Is(e, kverr.ErrCanceled):
		return notDone(e, "the call ended before it could be passed on to the leader; it was not done")
	default:
		return kverr.ErrUnreachable.Withf("%s cannot reach the leader %s; try again", m.cfg.Name, nameOf(id)).WithCause(e.Unwrap())
	}
}

// notDone returns e for a request of which nothing was done.
func notDone(e *kverr.Error, text string) *kverr.Error {
	c := *e
	c.Outcome, c.Text = kverr.NotDone, text
	return &c
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
