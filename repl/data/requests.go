package data

import (
	"iter"
	"time"

	"kv/client"
)

// Read says how to read. The zero value is a linearizable read of everything.
type Read struct {
	// Stale reads at once from one member's state, which may be old.
	Stale bool
	// At names the member to ask, by name or HOST:PORT; "" lets the client choose.
	At string
	// Look: it is asked what the member has, whatever is so in the store: @MEMBER and @all.
	Look bool
	// Revision is the one to read at; 0 is the newest. Not for History.
	Revision uint64
	// Limit is the most keys of a List or changes of a History; 0 means all.
	Limit int

	// What follows is for List only.

	// KeysOnly leaves out the values; CountOnly yields no keys but counts them all.
	KeysOnly, CountOnly bool
	// Reverse lists from the last to the first of the order that SortBy names.
	Reverse bool
	SortBy  client.SortBy
	// Within are the keys to list; nil lists those with the prefix.
	Within *client.Range
}

// Write says how to put or delete. The zero value does it unconditionally.
type Write struct {
	// IfRevision is the revision at which the key must have been changed last, 0 for
	// a key that is not there; nil sets no condition.
	IfRevision *uint64
	// Prev asks for the key as it was before.
	Prev bool
	// Lease is the lease that the key lives by, and TTL makes it one of its own;
	// one of them may be set, for a put only.
	Lease client.LeaseID
	TTL   time.Duration
	// At names the member to hand it to, by name or HOST:PORT; "" lets the client choose.
	At string
}

// WatchRequest says what a watch tells of. The zero value is all that comes.
type WatchRequest struct {
	// From is the first revision to tell about; 0 is the next one.
	From uint64
	// Prev asks for the keys as they were before.
	Prev bool
	// KeysOnly leaves out the values, NoPuts and NoDeletes such changes.
	KeysOnly, NoPuts, NoDeletes bool
	// At names the member to ask, by name or HOST:PORT; "" lets the client choose.
	At string
	// Stale begins after what the asked member has applied, without asking the leader;
	// it does not matter together with From.
	Stale bool
	// Progress asks for Changes without changes when there was none for so long, 100
	// ms at least; 0 asks for none.
	Progress time.Duration
}

// Listing is what List returns.
type Listing struct {
	// Header is known as soon as List returns.
	client.Header
	// Freshness is set on stale reads only.
	Freshness *client.Freshness
	// All yields the keys; it may be used once. Leaving it early ends the read.
	All iter.Seq2[client.KeyValue, error]
	// More tells, after All, whether Limit held keys back.
	More func() bool
	// Count tells, after All, the number of keys; for CountOnly.
	Count func() uint64
}

// History is what History returns.
type History struct {
	client.Header
	// Freshness is set on stale reads only.
	Freshness *client.Freshness
	// Oldest is the oldest revision that is still kept.
	Oldest uint64
	// All yields the changes, the newest first; it may be used once. The last may be
	// older than Oldest: it is what the key was then.
	All iter.Seq2[client.Change, error]
	// More tells, after All, whether Limit held changes back.
	More func() bool
}
