package repl

import (
	"context"
	"iter"

	"kv/client"
)

// Store is what the shell asks of a cluster. Its errors are entries of kverr or
// wrap one. Methods may be called from several goroutines: the prompt and the
// completion ask beside the command that runs.
type Store interface {
	// Put sets key to value.
	Put(ctx context.Context, key string, value []byte) (client.PutResult, error)
	// Get reads a key; a missing one is no error but a nil KV.
	Get(ctx context.Context, key string, r Read) (client.GetResult, error)
	// Delete removes a key; a missing one is no error.
	Delete(ctx context.Context, key string) (client.DeleteResult, error)
	// List reads the keys that begin with prefix, in order of their bytes.
	List(ctx context.Context, prefix string, r Read) (Listing, error)

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
	// Limit is the most keys a List returns; 0 means all.
	Limit int
	// KeysOnly leaves out the values of a List.
	KeysOnly bool
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
