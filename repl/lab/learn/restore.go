package learn

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kv/client"
)

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
