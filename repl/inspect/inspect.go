// Package inspect holds the commands that look at a cluster as a whole: is it well, how
// far is each member, do they agree, how fast do they answer.
package inspect

import (
	"context"
	"iter"

	"kv/client"
	"kv/repl/shell"
)

// Store is what the commands of this room ask of a cluster. Its errors are entries of
// kverr or wrap one. Methods may be called from several goroutines.
type Store interface {
	// Members returns the member table.
	Members(ctx context.Context) (client.Membership, error)
	// Status asks one member, by name or HOST:PORT; "" asks any.
	Status(ctx context.Context, member string) (client.Status, error)
	// StateHash returns the hash of a member's state after the log entry at index, or
	// after a later one if it has passed that; 0 is the present. It waits for an entry
	// that is yet to come.
	StateHash(ctx context.Context, member string, index uint64) (client.StateHash, error)
	// Commit has a majority commit an entry that changes nothing, by way of a member;
	// "" asks any.
	Commit(ctx context.Context, member string) (client.Header, error)
	// Confirm makes a linearizable read and tells the store's revision.
	Confirm(ctx context.Context) (client.Header, error)
	// Copy yields what a member has of the keys that begin with prefix, in their order,
	// as they were at a revision. Errors of the sequence: ErrFutureRevision if the
	// member has not come to that revision, ErrCompacted.
	Copy(ctx context.Context, member, prefix string, revision uint64) iter.Seq2[client.KeyValue, error]
}

// Room returns the commands, which ask store.
func Room(store Store) shell.Room {
	r := rows{store}
	return shell.Room{Commands: []shell.Command{r.healthRow(), r.lagRow(), r.pingRow(), r.hashRow(), r.diffRow(), r.statRow()}}
}

// rows are the commands with what they ask.
type rows struct{ store Store }

// memberArg is the member that a command asks, by name.
func memberArg() []shell.Arg {
	return []shell.Arg{{Name: "MEMBER", Kind: shell.KindMember, Optional: true}}
}

// asked returns the members that a command is to ask: by its place or its argument, or
// without either those of otherwise.
func asked(ctx context.Context, s *shell.Session, a shell.Args, otherwise func(context.Context) ([]string, error)) ([]string, error) {
	switch {
	case a.Place() != "":
		return s.Asked(ctx, a)
	case !a.Has("MEMBER"):
		return otherwise(ctx)
	}
	name, err := s.Member(ctx, a.Get("MEMBER"))
	return []string{name}, err
}

// anyMember leaves it to the client which member to ask.
func anyMember(context.Context) ([]string, error) { return []string{""}, nil }

// notBoth complains about a member that is named twice.
func notBoth(c *shell.Command, a shell.Args) error {
	if a.Place() != "" && a.Has("MEMBER") {
		return c.Misuse("%s and %s both say whom to ask", a.Get("MEMBER"), a.Place())
	}
	return nil
}
