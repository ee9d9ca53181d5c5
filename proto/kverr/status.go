package kverr

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	kvv1 "kv/proto/kv/v1"
)

// From returns err as an entry of the dictionary: itself if it is one, the
// context's errors as ErrTimeout and ErrCanceled, anything else as ErrInternal
// with err as its cause. From(nil) is nil.
func From(err error) *Error {
	var e *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.DeadlineExceeded):
		return ErrTimeout
	case errors.Is(err, context.Canceled):
		return ErrCanceled
	default:
		return ErrInternal.WithCause(err)
	}
}

// ToStatus returns err as a gRPC status error with an ErrorDetail inside.
// ToStatus(nil) is nil; an error that is a gRPC status already, as from a member
// that a request was passed on to, is first read by FromStatus.
func ToStatus(err error) error {
	if err == nil {
		return nil
	}
	e := FromStatus(err)
	s, detailErr := status.New(e.Code, e.Error()).WithDetails(e.detail())
	if detailErr != nil {
		return status.Error(e.Code, e.Error())
	}
	return s.Err()
}

// ToFailure returns err, which is not nil, as the answer to one call of a stream:
// what ToStatus is for a call by itself.
func ToFailure(err error) *kvv1.Failure {
	e := FromStatus(err)
	return &kvv1.Failure{Code: uint32(e.Code), Text: e.Error(), Detail: e.detail()}
}

// FromFailure returns the dictionary's entry that ToFailure was given. A failure
// without a code, which no member sends, is ErrInternal.
func FromFailure(f *kvv1.Failure) *Error {
	s := status.New(codes.Code(f.GetCode()), f.GetText())
	switch {
	case s.Code() == codes.OK:
		return ErrInternal.Withf("a failure without a code: %s", f.GetText())
	case f.GetDetail() == nil:
		return fromCode(s)
	default:
		return fromDetail(s, f.GetDetail())
	}
}

func (e *Error) detail() *kvv1.ErrorDetail {
	detail := &kvv1.ErrorDetail{
		Reason:       e.Reason,
		Outcome:      kvv1.Outcome_OUTCOME_UNKNOWN,
		RetryAfterMs: uint64(max(e.RetryAfter, 0).Milliseconds()),
		Revision:     e.Revision,
		AppliedIndex: e.AppliedIndex,
	}
	if e.Outcome == NotDone {
		detail.Outcome = kvv1.Outcome_OUTCOME_NOT_DONE
	}
	if e.Leader != nil {
		detail.Leader = &kvv1.Leader{Name: e.Leader.Name, Address: e.Leader.Address, Term: e.Leader.Term}
	}
	return detail
}

// FromStatus returns the dictionary's entry for an error of a gRPC call. An error
// that carries no ErrorDetail was made by the gRPC library or by a stranger: its
// outcome is Unknown unless the code rules that out.
func FromStatus(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	s, ok := status.FromError(err)
	if !ok || errors.As(err, &e) { // an entry may come of a status, no status of an entry
		return From(err)
	}
	for _, d := range s.Details() {
		if detail, ok := d.(*kvv1.ErrorDetail); ok {
			return fromDetail(s, detail)
		}
	}
	return fromCode(s)
}

func fromDetail(s *status.Status, d *kvv1.ErrorDetail) *Error {
	e := &Error{
		Reason:     d.GetReason(),
		Code:       s.Code(),
		Text:       s.Message(),
		RetryAfter: time.Duration(min(d.GetRetryAfterMs(), maxRetryAfterMs)) * time.Millisecond,
		Revision:   d.GetRevision(), AppliedIndex: d.GetAppliedIndex(),
	}
	if d.GetOutcome() == kvv1.Outcome_OUTCOME_NOT_DONE {
		e.Outcome = NotDone
	}
	if l := d.GetLeader(); l.GetName() != "" {
		e.Leader = &Leader{Name: l.GetName(), Address: l.GetAddress(), Term: l.GetTerm()}
	}
	return e
}

// maxRetryAfterMs bounds what a peer may ask us to wait: one minute.
const maxRetryAfterMs = 60_000

func fromCode(s *status.Status) *Error {
	switch s.Code() {
	case codes.DeadlineExceeded:
		return ErrTimeout
	case codes.Canceled:
		return ErrCanceled
	case codes.Unavailable:
		return ErrLostConnection.WithCause(errors.New(s.Message()))
	case codes.Unimplemented:
		return ErrNotKV
	case codes.InvalidArgument:
		return ErrInvalid.Withf("%s", s.Message())
	case codes.ResourceExhausted: // a member's own refusal has a detail
		e := *ErrInvalid.Withf("the request, or the answer to it, is larger than a message may be; split it: %s", s.Message())
		e.Outcome = Unknown // if it is the answer, the request was carried out
		return &e
	default:
		return ErrInternal.WithCause(errors.New(s.Message()))
	}
}
