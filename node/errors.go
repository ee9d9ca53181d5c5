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

// notReady says that this leader has not been established yet.
func (m *member) notReady() error {
	return kverr.ErrNoLeader.Withf("%s has just been elected and is not ready yet; try again", m.cfg.Name)
}

// stateErrors are the state machine's errors that need no more than their entry.
var stateErrors = map[error]*kverr.Error{
	fsm.ErrNameTaken:      kverr.ErrNameTaken,
	fsm.ErrAddressTaken:   kverr.ErrAddressTaken,
	fsm.ErrMemberNotFound: kverr.ErrMemberNotFound,
	fsm.ErrInvalid:        kverr.ErrInvalid,
	fsm.ErrTooLarge:       kverr.ErrInvalid.Withf("key and value together are larger than what the store takes"),
	fsm.ErrQuota:          kverr.ErrQuota,
	fsm.ErrResultTooLarge: kverr.ErrResultTooLarge,
	fsm.ErrFutureRevision: kverr.ErrFutureRevision,
	fsm.ErrLeaseNotFound:  kverr.ErrLeaseNotFound,
	fsm.ErrTooManyLeases:  kverr.ErrTooManyLeases,
	fsm.ErrSequence:       kverr.ErrSequence,
}

// fromState translates the errors of the state machine. What it adds is of the state
// as it is now, which is never older than the one that gave the error.
func (m *member) fromState(err error) error {
	if err == nil {
		return nil
	}
	for sentinel, e := range stateErrors {
		if errors.Is(err, sentinel) {
			return e
		}
	}
	switch {
	case errors.Is(err, fsm.ErrCompacted):
		oldest := m.machine.Oldest()
		return kverr.ErrCompacted.Withf("the revision is compacted: the history that is kept begins at %d", oldest).WithRevision(oldest)
	case errors.Is(err, fsm.ErrSessionUnknown):
		applied, _ := m.machine.Applied()
		return kverr.ErrSessionUnknown.WithAppliedIndex(applied)
	default:
		return kverr.ErrInternal.WithCause(err)
	}
}

// conflict says that a key is at a revision, 0 if it is not there, and not at the
// one that a write was to find.
func conflict(is, want uint64) error {
	e := kverr.ErrConflict.WithRevision(is)
	switch {
	case is == 0:
		return e.Withf("the key is not there, and was to be at revision %d; read it and decide again", want)
	case want == 0:
		return e.Withf("the key is there already, at revision %d", is)
	default:
		return e.Withf("the key is at revision %d, not %d; read it and decide again", is, want)
	}
}
