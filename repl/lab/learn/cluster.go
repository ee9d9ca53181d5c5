package learn

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

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

const (
	restoreWait  = 30 * time.Second // how long all may take to be well again
	memberWait   = 2 * time.Second  // and one question
	restorePause = 50 * time.Millisecond
)

// restore makes the cluster one of the first n nodes, all of them well, that n1 leads. It
// tries again until that is so: a node needs time to start, and the others to elect.
func (c cluster) restore(ctx context.Context, n int) error {
	ctx, cancel := context.WithTimeout(ctx, restoreWait)
	defer cancel()
	tick := time.NewTicker(restorePause)
	defer tick.Stop()
	for {
		err := c.restoreOnce(ctx, nodeNames(n))
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("make the cluster whole: %w", err)
		}
	}
}

// restoreOnce goes as far as it can get.
func (c cluster) restoreOnce(ctx context.Context, names []string) error {
	c.lab.Release("", "")
	c.lab.Mend("", "")
	if err := c.startAll(ctx); err != nil {
		return err
	}
	m, err := c.members(ctx)
	if err != nil {
		return err
	}
	if err := c.changeMembers(ctx, names, m); err != nil {
		return err
	}
	for _, name := range names {
		if i := index(m, name); i < 0 || !m.Members[i].Voter || !m.Members[i].Reachable {
			return fmt.Errorf("%s does not follow yet", name)
		}
	}
	if m.Leader.Name == first {
		return nil
	}
	if _, err = c.store.TransferLeadership(ctx, first); err == nil {
		err = fmt.Errorf("%s leads only now", first) // and has to hear from the others
	}
	return err
}

// startAll starts the nodes that are down.
func (c cluster) startAll(ctx context.Context) error {
	for _, name := range c.lab.Names() {
		switch state, _, _ := strings.Cut(c.state(name), ":"); state {
		case "stopped", "killed", "failed":
			if err := c.lab.Start(ctx, name); err != nil {
				return fmt.Errorf("start %s: %w", name, err)
			}
		}
	}
	return nil
}

// members asks the leader for the members.
func (c cluster) members(ctx context.Context) (client.Membership, error) {
	ctx, cancel := context.WithTimeout(ctx, memberWait)
	defer cancel()
	m, err := c.store.Members(ctx)
	if err == nil && (!m.FromLeader || m.Leader == nil) {
		err = fmt.Errorf("nobody leads yet")
	}
	return m, err
}

// changeMembers takes nodes out that the lesson does not know, and those in again that it
// has taken out.
func (c cluster) changeMembers(ctx context.Context, names []string, m client.Membership) error {
	for _, name := range c.lab.Names() {
		state, wanted := c.state(name), slices.Contains(names, name)
		if wanted && state != removed && state != wiped {
			continue
		}
		if index(m, name) >= 0 {
			if _, err := c.store.RemoveMember(ctx, name); err != nil {
				return fmt.Errorf("remove %s: %w", name, err)
			}
		}
		if wanted {
			if err := c.bringBack(ctx, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// bringBack makes a new node of one that was removed.
func (c cluster) bringBack(ctx context.Context, name string) error {
	if c.state(name) == removed {
		if err := c.lab.Wipe(ctx, name); err != nil {
			return fmt.Errorf("wipe %s: %w", name, err)
		}
	}
	if _, _, err := c.lab.Add(ctx, name); err != nil {
		return fmt.Errorf("add %s: %w", name, err)
	}
	return nil
}

func index(m client.Membership, name string) int {
	return slices.IndexFunc(m.Members, func(s client.MemberStatus) bool { return s.Name == name })
}
