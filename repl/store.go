package repl

import (
	"context"
	"iter"
	"time"

	"kv/client"
)

// Store is what the shell asks of a cluster. Its errors are entries of kverr or
// wrap one. Methods may be called from several goroutines: the prompt and the
// completion ask beside the command that runs.
type Store interface {
	// Put sets key to value.
	Put(ctx context.Context, key string, value []byte, w Write) (client.PutResult, error)
	// Get reads a key; a missing one is no error but a nil KV.
	Get(ctx context.Context, key string, r Read) (client.GetResult, error)
	// Delete removes a key; a missing one is no error.
	Delete(ctx context.Context, key string, w Write) (client.DeleteResult, error)
	// DeleteRange removes the keys of a range; none there is no error.
	DeleteRange(ctx context.Context, keys client.Range) (client.DeleteResult, error)
	// Txn carries out a transaction. That its conditions fail is no error.
	Txn(ctx context.Context, t client.Txn) (client.TxnResult, error)
	// List reads the keys that begin with prefix or, if r has Within, lie in it.
	List(ctx context.Context, prefix string, r Read) (Listing, error)

	// History reads what became of a key, the newest change first.
	History(ctx context.Context, key string, r Read) (History, error)
	// Revert gives a key the value it had at a revision, or deletes it if it was
	// not there then.
	Revert(ctx context.Context, key string, revision uint64) (client.RevertResult, error)
	// Compact forgets the history before a revision.
	Compact(ctx context.Context, revision uint64) (client.CompactResult, error)
	// Watch tells of changes as they come. It returns once it watches, however long
	// it has to look for a member. It ends with an error only, which comes from ctx
	// when that ends; leaving it early ends the watch. May be used once.
	Watch(ctx context.Context, keys client.Range, w WatchRequest) (iter.Seq2[client.Changes, error], error)

	// Grant makes a lease.
	Grant(ctx context.Context, ttl time.Duration) (client.GrantResult, error)
	// KeepAlive gives a lease its whole time again.
	KeepAlive(ctx context.Context, id client.LeaseID) (client.KeepAliveResult, error)
	// Revoke ends a lease and deletes its keys.
	Revoke(ctx context.Context, id client.LeaseID) (client.RevokeResult, error)
	// Leases returns all leases, by id, without their keys.
	Leases(ctx context.Context) ([]client.Lease, error)
	// LeaseInfo returns one lease with its keys.
	LeaseInfo(ctx context.Context, id client.LeaseID) (client.Lease, error)

	// Members returns the member table.
	Members(ctx context.Context) (client.Membership, error)
	// Status asks one member, by name or HOST:PORT; "" asks any.
	Status(ctx context.Context, member string) (client.Status, error)
	// Health returns the cluster at a glance.
	Health(ctx context.Context) (client.Health, error)
	// AddMember invites the node at a client address.
	AddMember(ctx context.Context, address string) (client.Member, error)
	// RemoveMember removes a member by name.
	RemoveMember(ctx context.Context, name string) (client.Member, error)
	// TransferLeadership hands leadership to a member, or with "" to any.
	TransferLeadership(ctx context.Context, name string) (client.Leader, error)
}

// Read says how to read. The zero value is a linearizable read of everything.
type Read struct {
	// Stale reads at once from one member's state, which may be old.
	Stale bool
	// At names the member to ask, by name or HOST:PORT; "" lets the client choose.
	At string
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

// Lab is a playground: nodes that the shell may stop and start. All of its types
// are basic ones, so that whoever has such nodes need not know this package.
type Lab interface {
	// Names returns the names of all nodes, sorted, running or not.
	Names() []string
	// Describe tells about a node: its state in a word ("running", "stopped"),
	// its addresses HOST:PORT and its data folder.
	Describe(name string) (state, kvAddress, raftAddress, dataDir string)
	// Stop ends a node in good order.
	Stop(ctx context.Context, name string) error
	// Start starts a node that is stopped, with the data it had.
	Start(ctx context.Context, name string) error
	// Kill ends a node as a power cut does.
	Kill(ctx context.Context, name string) error
}
