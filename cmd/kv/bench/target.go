package bench

import (
	"context"
	"errors"
)

// Target is one connection to a store. Its methods are called by many goroutines.
type Target interface {
	// Do carries out one operation and bounds its time by itself; ctx does not end
	// with the run. Missed reports that there was an answer, but an empty one: a get
	// or delete of a key that is not there, a txn whose condition did not hold. An
	// error should be, or wrap, a *Failure.
	Do(ctx context.Context, op Op) (missed bool, err error)
}

// Op is one operation.
type Op struct {
	Kind Kind
	// Number is the key's, from 0; Key its bytes.
	Number int
	Key    string
	// Value is what to write. It is not to be changed, and not to be kept.
	Value []byte
}

// Failure is how an operation failed. Failures of the same kind of operation,
// Reason and Unknown are counted together.
type Failure struct {
	// Reason is a short constant, such as a name in the dictionary of errors.
	Reason string
	// Unknown: a write may have been done nevertheless.
	Unknown bool
	Err     error
}

// Error returns the text of the error.
func (f *Failure) Error() string { return f.Err.Error() }

// Unwrap returns the error.
func (f *Failure) Unwrap() error { return f.Err }

// failureOf returns err as a Failure. One that says nothing may mean anything.
func failureOf(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	return &Failure{Reason: "OTHER", Unknown: true, Err: err}
}
