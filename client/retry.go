package client

import (
	"errors"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"

	"kv/proto/kverr"
)

// kind is what an unknown outcome means for a request.
type kind uint8

const (
	// once: a write without a stamp; one that may have been done is not sent again.
	once kind = iota
	// stamped: a write that the store carries out once, however often it is sent.
	stamped
	// read: it changes nothing.
	read
)

// verdict is what to do after an attempt that failed.
type verdict uint8

const (
	// final: return the error.
	final verdict = iota
	// follow: go to the leader that the error names.
	follow
	// elsewhere: another member may be able; if all were asked, wait and ask again.
	elsewhere
	// misplaced: this address will not be able soon; another may. If all say so,
	// return the error.
	misplaced
	// pause: wait, then try again.
	pause
	// reopen: send the write again under another session, unless it may have been
	// done under this one.
	reopen
)

// strangers are the errors of an address that is of no use for this cluster or, in
// the midst of an upgrade, for this request.
var strangers = []error{ErrNotKV, ErrWaiting, ErrRemoved, ErrClusterMismatch, ErrWrongReceiver, kverr.ErrUpgrading}

// settled are the errors that a state machine gives as the result of a stamped
// write: final for its sequence, whatever became of other attempts. ErrQuota is not
// among them, since a leader may also say it before it proposes.
var settled = []error{ErrConflict, ErrLeaseNotFound, ErrTooManyLeases, ErrResultTooLarge, ErrCompacted, ErrFutureRevision}

// decide is the retry rule. A write without a stamp is sent again only if it was
// surely not done; all else may be sent again whatever became of it. It is pure.
func decide(k kind, e *kverr.Error) verdict {
	if e.Outcome != NotDone && k == once {
		return final
	}
	switch {
	case errors.Is(e, ErrInternal):
		return misplaced // the fault may be that member's alone
	case isOneOf(e, strangers):
		return misplaced
	case errors.Is(e, ErrQuota), errors.Is(e, ErrTooManyLeases):
		return final // nothing that waiting mends
	case errors.Is(e, ErrSessionUnknown) && k == stamped:
		return reopen
	}
	switch e.Code {
	case codes.ResourceExhausted:
		return pause
	case codes.Unavailable:
		return whereTo(e)
	case codes.Unknown, codes.DeadlineExceeded, codes.Canceled:
		// Lost on the way, or the member's own wait ended. (The caller's deadline is
		// looked at before this.)
		if k != once {
			return elsewhere
		}
	}
	return final
}

func isOneOf(e *kverr.Error, entries []error) bool {
	return slices.ContainsFunc(entries, func(entry error) bool { return errors.Is(e, entry) })
}

// doubtful returns e as the error of a write of which an earlier attempt may have
// been done: that nothing was done by the last one settles nothing, unless it is
// the result that the store has kept.
func doubtful(e *kverr.Error) *kverr.Error {
	if e.Outcome != NotDone || isOneOf(e, settled) {
		return e
	}
	c := *e.Withf("outcome unknown: an earlier attempt may have been done; the last one: %s", e.Text)
	c.Outcome = Unknown
	return &c
}

func whereTo(e *kverr.Error) verdict {
	switch {
	case e.RetryAfter > 0 || errors.Is(e, ErrTransferring):
		return pause
	case errors.Is(e, ErrNotLeader) && e.Leader != nil && checkAddress(e.Leader.Address) == nil:
		return follow
	default:
		return elsewhere
	}
}

// judge turns the error of an attempt into an entry of the dictionary with the
// right outcome: gRPC's own errors do not know whether the request was sent.
func judge(err error, read, sent bool, seen sight) *kverr.Error {
	e := kverr.FromStatus(err)
	switch {
	case !sent && e.Outcome != NotDone:
		e = neverSent(e, seen)
	case sent && e.Outcome != NotDone && read:
		e = readLost(e)
	}
	return e
}

// neverSent is an error that gRPC made before the request left.
func neverSent(e *kverr.Error, seen sight) *kverr.Error {
	switch {
	case errors.Is(e, ErrTimeout):
		return notDone(e.Withf("the deadline passed before the request could be sent"))
	case errors.Is(e, ErrCanceled):
		return notDone(e.Withf("canceled before the request was sent"))
	case errors.Is(e, ErrInternal): // it could not be encoded
		return ErrInvalid.Withf("the request cannot be sent: %s", e.Error())
	case seen.foreign:
		return ErrNotKV.Withf("%s", seen.text)
	case seen.text != "":
		return ErrUnreachable.Withf("%s", seen.text)
	default:
		return ErrUnreachable.Withf("%s", withoutProse(innermost(e).Error()))
	}
}

// withoutProse takes from an error of a handshake what gRPC says around it.
func withoutProse(text string) string {
	_, reason, ok := strings.Cut(text, "authentication handshake failed: ")
	if !ok {
		return text
	}
	return strings.TrimSuffix(reason, `"`)
}

func innermost(err error) error {
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return err
}

// readLost rewords an unknown outcome for a read, which has nothing to be unknown.
func readLost(e *kverr.Error) *kverr.Error {
	switch {
	case errors.Is(e, ErrTimeout):
		e = e.Withf("the deadline passed before an answer came")
	case errors.Is(e, ErrCanceled):
		e = e.Withf("canceled before an answer came")
	case errors.Is(e, ErrLostConnection):
		e = e.Withf("the connection broke before an answer came")
	case errors.Is(e, ErrShutdown):
		e = e.Withf("the member stopped while the request was under way")
	}
	return notDone(e)
}
