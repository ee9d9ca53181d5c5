package prove

import "context"

// Lab is a playground that chaos may break. All of its types are basic ones, so that
// whoever has such nodes need not know this package.
type Lab interface {
	// Names returns the names of all nodes, sorted, running or not.
	Names() []string
	// Describe tells about a node: its state in a word ("running", "stopped"),
	// its addresses HOST:PORT and its data folder.
	Describe(name string) (state, kvAddress, raftAddress, dataDir string)
	// Leader returns the node that leads, "" if none does.
	Leader() string
	// Stop ends a node in good order, Kill as a power cut does; Start starts it again.
	Stop(ctx context.Context, name string) error
	Kill(ctx context.Context, name string) error
	Start(ctx context.Context, name string) error
	// Cut cuts the wire from one node to another; Heal mends all wires.
	Cut(from, to string)
	Heal()
	// Hash returns the hash of a running node's state and the index it is of; "" if the
	// node does not run.
	Hash(name string) (hash string, applied uint64)
}

// What a lab may offer beyond that; a fault that needs it is left out where it is not.
type (
	// pauser freezes a node, and lets it go on.
	pauser interface {
		Pause(ctx context.Context, name string) error
		Resume(ctx context.Context, name string) error
	}
)
