package playground

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"kv/node"
)

// Add starts a new node, which joins the cluster as a learner and is promoted once it
// has caught up. The name is n1 to n9, or empty for the first that no node has; a node
// that was wiped may come back under its name. It returns the name, and whether the node
// votes already: ctx ends the wait for that, but does not undo what was done.
func (c *Cluster) Add(ctx context.Context, name string) (added string, votes bool, err error) {
	addrs := c.memberAddresses()
	if len(addrs) == 0 {
		return "", false, fmt.Errorf("no node runs that could take a new one in; start one first")
	}
	s, err := c.place(name)
	if err != nil {
		return "", false, err
	}
	n, err := c.join(ctx, s, addrs)
	if err != nil {
		c.giveUp(s)
		return "", false, fmt.Errorf("add %s: %w", s.name, err)
	}
	return s.name, n.AwaitVoter(ctx) == nil, nil
}

// join starts the node and asks the others to take it in. Once they have, it is a
// member, though its log may still be on the way.
func (c *Cluster) join(ctx context.Context, s *slot, addrs []string) (*node.Node, error) {
	s.mu.Lock()
	err := c.open(s, false)
	n := s.node
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	err = n.Join(ctx, addrs)
	id, _ := n.Cluster()
	if id == "" {
		return n, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = true
	return n, nil
}

// place finds or makes the slot for a new node, and takes it.
func (c *Cluster) place(name string) (*slot, error) {
	s, err := c.slotFor(name)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch state, why := s.is(); state {
	case stateWiped:
		s.state = stateJoining
		return s, nil
	case stateRunning:
		return nil, fmt.Errorf("%s is there already, and runs", name)
	default:
		return nil, s.refusal(state, why)
	}
}

// slotFor returns the slot of a name, or the first that is free, and makes it if it is
// not there.
func (c *Cluster) slotFor(name string) (*slot, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if name == "" {
		taken := func(name string) bool { return c.nodes[name] != nil }
		free := slices.DeleteFunc(slices.Clone(allNames), taken)
		if len(free) == 0 {
			return nil, fmt.Errorf("a playground has at most %d nodes; one that was removed can be wiped and added by its name", MaxNodes)
		}
		name = free[0]
	}
	if !slices.Contains(allNames, name) {
		return nil, fmt.Errorf("%q: the nodes of a playground are called %s", name, strings.Join(allNames, ", "))
	}
	if c.nodes[name] == nil {
		c.nodes[name] = c.newSlot(name)
	}
	return c.nodes[name], nil
}

// giveUp undoes the start of a node that was not taken in.
func (c *Cluster) giveUp(s *slot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.node != nil {
		s.release()
	}
	_ = os.RemoveAll(s.dir) // there was nothing in it
	_ = s.drive.Forget()
	s.state = stateWiped
	if !s.known {
		s.freePorts()
		delete(c.nodes, s.name)
	}
}
