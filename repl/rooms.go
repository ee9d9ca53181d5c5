package repl

import (
	"context"

	"kv/client"
	"kv/repl/backup"
	"kv/repl/builtin"
	"kv/repl/cluster"
	"kv/repl/data"
	"kv/repl/inspect"
	"kv/repl/lab"
	labdisk "kv/repl/lab/disk"
	labfaults "kv/repl/lab/faults"
	"kv/repl/lab/learn"
	"kv/repl/lab/prove"
	"kv/repl/see"
	"kv/repl/shell"
	"kv/repl/txn"
)

// Store is what the commands of all rooms ask of a cluster.
type Store interface {
	data.Store
	backup.Store
	txn.Store
	cluster.Store
	inspect.Store
	// Connect goes to another cluster, by addresses of members or a name that the caller
	// knows, once one of its members has answered. Else it stays.
	Connect(ctx context.Context, target string) (client.Health, error)
	// Changed returns nil once Health may return something else than before, and an
	// error when ctx ends. One goroutine at a time calls it.
	Changed(ctx context.Context) error
	see.Store
	learn.Store
}

// Lab is a playground under the shell.
type Lab interface {
	lab.Lab
	labdisk.Lab
	prove.Lab
	labfaults.Lab
	learn.Lab
}

// rooms are all commands, over a store, a playground and what there is to prove. All may
// be empty where the commands are only listed.
func rooms(s Store, l Lab, p prove.Config, clusters func() []string) []shell.Room {
	return []shell.Room{data.Room(s), backup.Room(s), txn.Room(s), cluster.Room(s), inspect.Room(s), lab.Room(l), labfaults.Room(l), labdisk.Room(l), prove.Room(p), learn.Room(l, s), see.Room(s), builtin.Room(), connectRoom(s, clusters)}
}

// table is the whole table of commands, to be listed.
func table() shell.Table { return shell.NewTable(rooms(nil, nil, prove.Config{}, nil)...) }

// Reference returns the table of commands in Markdown, for the README.
func Reference() string { return table().Reference() }

// OneShot returns the names of the commands that make sense as one command of the
// operating system's shell: all but those of a playground and of the shell itself.
func OneShot() []string { return table().OneShot() }
