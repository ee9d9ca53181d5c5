// Package linear records what the clients of a store saw, operation by operation, and
// checks it for linearizability: whether there is an order of all operations, one after
// the other, in which each has its effect at one moment between its call and its return
// and every answer is right. The search is porcupine's; what is here is the history, the
// model of a key, and the smallest part of a history that proves it wrong.
package linear

import (
	"crypto/sha256"
	"fmt"
	"math"
	"time"
)

// Kind is what an operation does to its key.
type Kind string

// The kinds of operations.
const (
	Put    Kind = "put"
	CAS    Kind = "cas" // a put on condition that the key is at a revision
	Get    Kind = "get"
	Delete Kind = "delete"
)

// Never is the end of an operation that may take effect at any later time.
const Never = time.Duration(math.MaxInt64 / 4)

// Op is an operation as its client saw it.
type Op struct {
	// Client is who did it. A client does one thing at a time.
	Client int
	Kind   Kind
	Key    string
	// Value is what was put or read; see Shorten.
	Value string
	// Absent: the key was not there to be read, or to be deleted.
	Absent bool
	// Expect is the revision on which a CAS depends, 0 meaning that the key is absent.
	Expect uint64
	// Txn is the transaction that it is a part of; nil if it was done by itself. Then
	// Compared: the transaction depends on Expect, and Declined: it was not carried out, since
	// not all that it depends on was so.
	Txn                *Txn
	Compared, Declined bool
	// Revision is that of the change that a write made or a read saw; of a CAS that was
	// refused, the one at which the key was instead, 0 if absent; of a read that found
	// nothing, the store's when it looked. 0 also means that it is not known.
	Revision uint64
	// Refused: the condition of a CAS did not hold.
	Refused bool
	// Unknown: nobody can say whether it took effect. Return is Never then.
	Unknown bool
	// Stale: the read asked for whatever the member had.
	Stale bool
	// Member is who answered; for people.
	Member string
	// Call and Return are when it began and ended, counted from the history's beginning.
	Call, Return time.Duration
}

// writes reports whether the operation changed the key, or may have.
func (o *Op) writes() bool { return o.Kind != Get && !o.Refused }

// sets reports whether it left a value, or may have.
func (o *Op) sets() bool { return (o.Kind == Put || o.Kind == CAS) && !o.Refused }

// longest is how many bytes of a value a history keeps.
const longest = 128

// Shorten returns a value as a history keeps it: a long one as its beginning and a hash.
func Shorten(value []byte) string {
	if len(value) <= longest {
		return string(value)
	}
	return fmt.Sprintf("%q… (%d bytes, sha256 %.12x)", value[:24], len(value), sha256.Sum256(value))
}
