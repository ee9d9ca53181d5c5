package learn

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"kv/client"
	"kv/repl/failure"
)

// Lab is the playground that lessons take place in.
type Lab interface {
	// Names returns the names of all nodes, sorted, running or not.
	Names() []string
	// Describe tells about a node: its state in a word, its addresses and its data folder.
	Describe(name string) (state, kvAddress, raftAddress, dataDir string)
	// Start starts a node that is down with the data it had.
	Start(ctx context.Context, name string) error
	// Wipe empties the folder of a node that does not run, and Add takes one that is wiped
	// into the cluster again.
	Wipe(ctx context.Context, name string) error
	Add(ctx context.Context, name string) (added string, votes bool, err error)
	// Release lets go all messages that are held, and Mend heals all that is broken, if
	// both names are "".
	Release(from, to string) bool
	Mend(from, to string) bool
}

// Store is the cluster in it.
type Store interface {
	Members(ctx context.Context) (client.Membership, error)
	RemoveMember(ctx context.Context, name string) (client.Member, error)
	TransferLeadership(ctx context.Context, name string) (client.Leader, error)
}

// cluster is a playground with the cluster in it.
type cluster struct {
	lab   Lab
	store Store
}

// first is the node that leads when a lesson begins.
const first = "n1"

// nodeNames are the nodes of a lesson.
func nodeNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("n%d", i+1)
	}
	return names
}

// fits returns an error unless the nodes of the playground are those of a lesson.
func (c cluster) fits(l *Lesson) error {
	var there []string
	for _, name := range c.lab.Names() {
		if state := c.state(name); state != removed && state != wiped {
			there = append(there, name)
		}
	}
	if want := nodeNames(l.Nodes); !slices.Equal(there, want) {
		return failure.Usagef("the lesson needs the nodes %s and no others, and there are %s; `add` and `remove` change them, and so does: kv playground -nodes %d",
			strings.Join(want, " "), strings.Join(there, " "), l.Nodes)
	}
	return nil
}

// The states of a node that it cannot simply be started from.
const (
	removed = "removed"
	wiped   = "wiped"
)

func (c cluster) state(name string) string {
	state, _, _, _ := c.lab.Describe(name)
	return state
}
