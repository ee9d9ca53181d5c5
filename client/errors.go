package client

import (
	"errors"

	"kv/proto/kverr"
)

// The entries of the error dictionary that a caller is likely to ask for with
// errors.Is; package kverr describes them and has the rest.
var (
	ErrNoLeader        = kverr.ErrNoLeader
	ErrNotLeader       = kverr.ErrNotLeader
	ErrNoQuorum        = kverr.ErrNoQuorum
	ErrTransferring    = kverr.ErrTransferring
	ErrStopping        = kverr.ErrStopping
	ErrOverloaded      = kverr.ErrOverloaded
	ErrQuota           = kverr.ErrQuota
	ErrConflict        = kverr.ErrConflict
	ErrCompacted       = kverr.ErrCompacted
	ErrFutureRevision  = kverr.ErrFutureRevision
	ErrResultTooLarge  = kverr.ErrResultTooLarge
	ErrLeaseNotFound   = kverr.ErrLeaseNotFound
	ErrTooManyLeases   = kverr.ErrTooManyLeases
	ErrSessionUnknown  = kverr.ErrSessionUnknown
	ErrUnreachable     = kverr.ErrUnreachable
	ErrNodeUnreachable = kverr.ErrNodeUnreachable
	ErrWaiting         = kverr.ErrWaiting
	ErrRemoved         = kverr.ErrRemoved
	ErrClusterMismatch = kverr.ErrClusterMismatch
	ErrWrongReceiver   = kverr.ErrWrongReceiver
	ErrNotKV           = kverr.ErrNotKV
	ErrAlreadyMember   = kverr.ErrAlreadyMember
	ErrEmptyKey        = kverr.ErrEmptyKey
	ErrKeyTooLarge     = kverr.ErrKeyTooLarge
	ErrValueTooLarge   = kverr.ErrValueTooLarge
	ErrInvalid         = kverr.ErrInvalid
	ErrMemberNotFound  = kverr.ErrMemberNotFound
	ErrNameTaken       = kverr.ErrNameTaken
	ErrAddressTaken    = kverr.ErrAddressTaken
	ErrNotVoter        = kverr.ErrNotVoter
	ErrNothingNew      = kverr.ErrNothingNew
	ErrUnsafeRemoval   = kverr.ErrUnsafeRemoval
	ErrLostLeadership  = kverr.ErrLostLeadership
	ErrLostConnection  = kverr.ErrLostConnection
	ErrShutdown        = kverr.ErrShutdown
	ErrTimeout         = kverr.ErrTimeout
	ErrCanceled        = kverr.ErrCanceled
	ErrInternal        = kverr.ErrInternal
)

// ErrClosed is the cause of the ErrCanceled that a call after Close returns.
var ErrClosed = errors.New("the client is closed")

// Outcome is how a request that failed has ended.
type Outcome = kverr.Outcome

// The two ends of a request that failed.
const (
	// Unknown: it may have been done, or may still be. The client has tried to find
	// out, by sending the write again, until its time or its attempts were over.
	Unknown = kverr.Unknown
	// NotDone: surely not done, by none of the attempts; it may be sent again.
	NotDone = kverr.NotDone
)

// OutcomeOf returns how the request that returned err ended. It is of use for an
// err that is not nil; an error from elsewhere is Unknown. A read changes nothing
// and so is always NotDone.
func OutcomeOf(err error) Outcome {
	var e *kverr.Error
	if errors.As(err, &e) {
		return e.Outcome
	}
	return Unknown
}

// notDone returns e with the outcome NotDone.
func notDone(e *kverr.Error) *kverr.Error {
	c := *e
	c.Outcome = NotDone
	return &c
}

func errClosed() *kverr.Error {
	return notDone(ErrCanceled.Withf("not sent").WithCause(ErrClosed))
}
