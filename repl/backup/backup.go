// Package backup holds the commands that write keys of a cluster into a file, and make a
// cluster as such a file says. What is in the file, and what a restore does, is
// kv/client/backup.
package backup

import (
	"context"
	"time"

	"kv/client"
	"kv/client/backup"
	"kv/repl/shell"
)

// Store is what the commands of this room ask of a cluster. Its errors are entries of
// kverr or wrap one.
type Store interface{ backup.Store }

// Room returns the commands, which ask store.
func Room(store Store) shell.Room {
	r := rows{store}
	return shell.Room{Commands: []shell.Command{r.backupRow(), r.restoreRow()}}
}

// rows are the commands with what they ask.
type rows struct{ store Store }

// at is the store as a command asks it that may take as long as it takes: each
// transaction has the time of a command.
func (r rows) at(s *shell.Session) Store { return bounded{r.store, s.Timeout()} }

type bounded struct {
	Store
	each time.Duration
}

// Txn implements Store.
func (b bounded) Txn(ctx context.Context, t client.Txn) (client.TxnResult, error) {
	ctx, cancel := context.WithTimeout(ctx, b.each)
	defer cancel()
	return b.Store.Txn(ctx, t)
}

// Members implements Store.
func (b bounded) Members(ctx context.Context) (client.Membership, error) {
	ctx, cancel := context.WithTimeout(ctx, b.each)
	defer cancel()
	return b.Store.Members(ctx)
}
