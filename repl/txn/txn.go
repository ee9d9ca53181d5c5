// Package txn holds the commands that deal with transactions: the block of lines that
// becomes one, what its lines may be, and what came of it.
package txn

import (
	"context"

	"kv/client"
	"kv/repl/shell"
)

// Store is what the commands of this room ask of a cluster.
type Store interface {
	// Txn carries out a transaction. That its conditions fail is no error.
	Txn(ctx context.Context, t client.Txn) (client.TxnResult, error)
}

// rows are the commands with what they ask.
type rows struct{ store Store }

// Room returns the commands, which ask store.
func Room(store Store) shell.Room {
	t := rows{store}
	return shell.Room{Commands: append([]shell.Command{
		{
			Name: "txn", Group: shell.GroupTxn, Run: t.txn,
			Args:    []shell.Arg{{Name: "BLOCK", Optional: true}},
			Summary: "do several things at once, if conditions hold",
			Help: "Alone it opens a block: `if` lines, then put, get, delete and list, and after\n" +
				"`else` what is done if a condition fails. Nothing is sent before `commit`, and\n" +
				"then all is done at one revision, or nothing. BLOCK is a whole block in quotes,\n" +
				"which is committed at once.\n" +
				"A condition that fails is no error. A script shows it as `succeeded`, a tab and\n" +
				"false, and then a line for each operation: PUT, GET, DELETE or LIST, a revision\n" +
				"(0 for a key that is not there), the key or FROM..TO, and what was found, with\n" +
				"tabs between them. LIST is followed by a line KEY for each key, a write with\n" +
				"-prev by PREV.\n",
			Example: "txn 'if absent a; put a 1; else; get a'",
		},
		ifRow(),
		{
			Name: elseLine, Group: shell.GroupTxn, InTxn: true, Line: true,
			Summary: "begin what is done if a condition fails",
			Help:    "Without it nothing is done then.\n",
			Example: "else",
		},
	}, t.blockRows()...)}
}

// blockRows are those that deal with the block as a whole.
func (t rows) blockRows() []shell.Command {
	line := shell.Arg{Name: "N", Kind: shell.KindPositive}
	return []shell.Command{
		{
			Name: "show", Group: shell.GroupTxn, InTxn: true, Run: show,
			Summary: "show the lines of the transaction",
			Help:    "The numbers are those for `drop` and `edit`.\n",
			Example: "show",
		},
		{
			Name: "drop", Group: shell.GroupTxn, InTxn: true, Args: []shell.Arg{line},
			Run:     func(_ context.Context, s *shell.Session, a shell.Args) error { return opened(s).drop(a.Number("N")) },
			Summary: "remove a line of the transaction",
			Help:    "The lines after it move up.\n",
			Example: "drop 2",
		},
		{
			Name: "edit", Group: shell.GroupTxn, InTxn: true, Raw: true, Run: edit,
			Args:    []shell.Arg{line, {Name: "LINE", Kind: shell.KindLine, Many: true}},
			Summary: "replace a line of the transaction",
			Help:    "A line that is wrong changes nothing.\n",
			Example: "edit 2 put a 1",
		},
		{
			Name: "commit", Group: shell.GroupTxn, InTxn: true, Writes: true, Run: t.commit,
			Summary: "carry out the transaction",
			Help:    "At the prompt it stays open if it fails, so that it can be corrected.\n",
			Example: "commit",
		},
		{
			Name: "abort", Group: shell.GroupTxn, InTxn: true,
			Run:     func(_ context.Context, s *shell.Session, _ shell.Args) error { s.Abort(); return nil },
			Summary: "leave the transaction; nothing is sent",
			Help:    "Ctrl-D on an empty line and `exit` do the same.\n",
			Example: "abort",
		},
	}
}
