// Package data holds the commands that deal with keys and leases: put, get, delete,
// list, their history, watch, and leases.
package data

import (
	"context"
	"iter"
	"slices"
	"time"

	"kv/client"
	"kv/repl/shell"
)

// Room returns the commands, which ask store.
func Room(store Store) shell.Room {
	d := rows{store, make(map[string]string)}
	return shell.Room{
		Commands: slices.Concat(
			[]shell.Command{d.putRow(), d.getRow(), d.deleteRow(), d.listRow()},
			d.historyRows(), []shell.Command{d.watchRow()}, d.leaseRows(),
		),
		Words: map[*shell.Kind]shell.Words{shell.KindKey: d.keyWords, kindLease: d.leaseWords},
	}
}

// rows are the commands with what they ask.
type rows struct {
	store  Store
	drafts map[string]string // values by key that were edited, and then not put
}

// Store is what the commands of this room ask of a cluster. Its errors are entries of
// kverr or wrap one. Methods may be called from several goroutines: the completion
// asks beside the command that runs.
type Store interface {
	// Put sets key to value.
	Put(ctx context.Context, key string, value []byte, w Write) (client.PutResult, error)
	// Get reads a key; a missing one is no error but a nil KV.
	Get(ctx context.Context, key string, r Read) (client.GetResult, error)
	// Delete removes a key; a missing one is no error.
	Delete(ctx context.Context, key string, w Write) (client.DeleteResult, error)
	// DeleteRange removes the keys of a range; none there is no error.
	DeleteRange(ctx context.Context, keys client.Range) (client.DeleteResult, error)
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
}
