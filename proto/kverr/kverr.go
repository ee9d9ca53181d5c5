// Package kverr is the dictionary of errors: what can go wrong, how each error
// ends a request, and how it crosses the wire. A node returns the sentinels, the
// gRPC services turn them into a status (status.go), and the client turns the
// status back, so that errors.Is gives the same answer on both sides.
package kverr

import (
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
)

// Outcome is how a request that failed has ended.
type Outcome uint8

const (
	// Unknown: it may have been done, or may still be. A caller that must know
	// reads the state back; it must not simply send the request again.
	Unknown Outcome = iota
	// NotDone: surely not done, and never will be. It may be sent again.
	NotDone
)

// String returns the outcome as it is shown to people.
func (o Outcome) String() string {
	if o == NotDone {
		return "not done"
	}
	return "unknown"
}

// Leader tells where the leader is, as far as the sender of an error knows.
type Leader struct {
	Name    string
	Address string // client address HOST:PORT; may be empty
	Term    uint64
}

// Error is an entry of the dictionary, or such an entry with the particulars of
// one case. Entries are compared by Reason: errors.Is(err, ErrNotLeader) holds
// for every error made from ErrNotLeader. Values are immutable; the With methods
// return copies.
type Error struct {
	// Reason is the entry's name on the wire.
	Reason string
	// Code is the gRPC code it travels under.
	Code codes.Code
	// Outcome is how the request ended.
	Outcome Outcome
	// Text is for people: lower case, no full stop, with the next step.
	Text string
	// Leader is set if the sender knew a leader.
	Leader *Leader
	// RetryAfter is how long to wait before another attempt; 0 says nothing.
	RetryAfter time.Duration
	// Revision is, for COMPACTED, the oldest revision whose changes are kept and,
	// for CONFLICT, the key's mod revision, 0 if it is not there.
	Revision uint64
	// AppliedIndex is, for SESSION_UNKNOWN, an index from which a new session may
	// be opened.
	AppliedIndex uint64

	cause error
}

// Error returns Text, with the cause behind it if there is one.
func (e *Error) Error() string {
	if e.cause != nil {
		return e.Text + ": " + e.cause.Error()
	}
	return e.Text
}

// Is reports whether target is an entry of the same reason.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Reason == e.Reason
}

// Unwrap returns the cause, which does not cross the wire as a value.
func (e *Error) Unwrap() error { return e.cause }

// Withf returns a copy with another text.
func (e *Error) Withf(format string, args ...any) *Error {
	c := *e
	c.Text = fmt.Sprintf(format, args...)
	return &c
}

// WithCause returns a copy whose text ends with the cause's.
func (e *Error) WithCause(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// WithLeader returns a copy with a leader hint; an empty name gives no hint.
func (e *Error) WithLeader(l Leader) *Error {
	c := *e
	c.Leader = nil
	if l.Name != "" {
		c.Leader = &l
	}
	return &c
}

// WithRevision returns a copy with a revision.
func (e *Error) WithRevision(revision uint64) *Error {
	c := *e
	c.Revision = revision
	return &c
}

// WithAppliedIndex returns a copy with an applied index.
func (e *Error) WithAppliedIndex(index uint64) *Error {
	c := *e
	c.AppliedIndex = index
	return &c
}

// WithRetryAfter returns a copy that asks to wait.
func (e *Error) WithRetryAfter(d time.Duration) *Error {
	c := *e
	c.RetryAfter = d
	return &c
}
