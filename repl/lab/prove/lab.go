package prove

import (
	"context"
	"time"
)

// Lab is a playground that chaos may break. All of its types are basic ones, so that
// whoever has such nodes need not know this package.
type Lab interface {
	nodes
	wires
	disks
	// Leader returns the node that leads, "" if none does.
	Leader() string
	// Hash returns the hash of a running node's state and the index it is of; "" if the
	// node does not run.
	Hash(name string) (hash string, applied uint64)
}

// nodes are what a playground is made of.
type nodes interface {
	// Names returns the names of all nodes, sorted, running or not.
	Names() []string
	// Describe tells about a node: its state in a word ("running", "stopped"),
	// its addresses HOST:PORT and its data folder.
	Describe(name string) (state, kvAddress, raftAddress, dataDir string)
	// Stop ends a node in good order, Kill as a power cut does; Start starts it again.
	Stop(ctx context.Context, name string) error
	Kill(ctx context.Context, name string) error
	Start(ctx context.Context, name string) error
	// Pause freezes a node, Resume lets it go on.
	Pause(ctx context.Context, name string) error
	Resume(ctx context.Context, name string) error
	// Wipe empties the folder of a node that does not run; Add has it join the cluster as a
	// new node, and tells its name and whether it votes already.
	Wipe(ctx context.Context, name string) error
	Add(ctx context.Context, name string) (added string, votes bool, err error)
}

// wires are what lies between nodes, one in each direction.
type wires interface {
	// Cut cuts the wire from one node to another.
	Cut(from, to string)
	// Delay lets each message on a wire take mean, give or take up to jitter.
	Delay(from, to string, mean, jitter time.Duration)
	// Drop loses that many percent of the messages on a wire.
	Drop(from, to string, percent float64)
	// Reseed has a seed decide which messages are lost, and how long each takes.
	Reseed(seed uint64)
	// Heal mends all wires.
	Heal()
}

// disks are what nodes keep their data on.
type disks interface {
	// SlowDisk makes each sync of a node's disk take longer by d.
	SlowDisk(name string, d time.Duration) error
	// FailDisk makes each write and sync of a node's disk fail, for want of room if full.
	FailDisk(name string, full bool) error
	// HealDisk mends a node's disk.
	HealDisk(name string) error
}
