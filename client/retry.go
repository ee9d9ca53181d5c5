package client

import (
	"errors"

	"google.golang.org/grpc/codes"

	"kv/proto/kverr"
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
)

// strangers are the errors of an address that is of no use for this cluster.
var strangers = []error{ErrNotKV, ErrWaiting, ErrRemoved, ErrClusterMismatch, ErrWrongReceiver}

// decide is the retry rule. A write is sent again only if it was surely not done;
// a read may be sent again whatever became of it. It is pure.
func decide(read bool, e *kverr.Error) verdict {
	if e.Outcome != NotDone && !read {
		return final
	}
	if errors.Is(e, ErrInternal) {
		return misplaced // a read: the fault may be that member's alone
	}
	for _, s := range strangers {
		if errors.Is(e, s) {
			return misplaced
		}
	}
	switch e.Code {
	case codes.ResourceExhausted:
		return pause
	case codes.Unavailable:
		return whereTo(e)
	case codes.Unknown, codes.DeadlineExceeded, codes.Canceled:
		// Of a read only: lost on the way, or the member's own wait ended. (The
		// caller's deadline is looked at before this.)
		if read {
			return elsewhere
		}
	}
	return final
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
		return ErrUnreachable.Withf("%s", innermost(e).Error())
	}
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
