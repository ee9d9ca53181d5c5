package playground

import (
	"context"
	"errors"
	"fmt"
	"os"

	"kv/proto/kverr"
)

// Describe tells about a node: its state (running, paused, stopped, killed, removed,
// wiped, or failed with the reason), its two addresses and its folder.
func (c *Cluster) Describe(name string) (state, kvAddr, raftAddr, dataDir string) {
	s, err := c.slot(name)
	if err != nil {
		return "unknown", "", "", ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	state, why := s.is()
	if state == stateFailed {
		state += ": " + why.Error()
	}
	return state, s.kvAddr, s.raftAddr, s.dir
}

// refusal says why something cannot be done to a node in this state, and what can be
// done instead.
func (s *slot) refusal(state string, why error) error {
	switch state {
	case stateRunning:
		return fmt.Errorf("%s runs already", s.name)
	case statePaused:
		return fmt.Errorf("%s is paused: it hears nothing, only its power can be cut; go on with it first: resume %s", s.name, s.name)
	case stateFailed:
		return fmt.Errorf("%s has ended by itself (%w); start it again: start %s", s.name, why, s.name)
	case stateRemoved:
		return fmt.Errorf("%s was removed from its cluster, and its folder says so; to use it again as a new node: wipe %s, then add %s", s.name, s.name, s.name)
	case stateWiped:
		return fmt.Errorf("%s has no data any more, so it is a new node: it comes back by `add %s`, after `remove %s` if `members` still lists the old one", s.name, s.name, s.name)
	default:
		return fmt.Errorf("%s is %s; start it: start %s", s.name, state, s.name)
	}
}

// with calls do with the slot of a node and its state, while nobody else starts or ends
// it.
func (c *Cluster) with(name string, do func(s *slot, state string, why error) error) error {
	s, err := c.slot(name)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	state, why := s.is()
	return do(s, state, why)
}

// Stop ends a node in good order: it hands over leadership and says goodbye.
func (c *Cluster) Stop(ctx context.Context, name string) error {
	return c.with(name, func(s *slot, state string, why error) error {
		if state != stateRunning {
			return s.refusal(state, why)
		}
		c.Mark("stop " + name)
		s.stop(ctx)
		return nil
	})
}

func (s *slot) stop(ctx context.Context) {
	s.node.Stop(ctx)
	s.release()
	s.state = stateStopped
}

// Kill ends a node as a power cut does: its connections break, and what it has not
// synced is lost. A paused node can be killed, too, and is not paused any more.
func (c *Cluster) Kill(_ context.Context, name string) error {
	return c.with(name, func(s *slot, state string, why error) error {
		if state != stateRunning && state != statePaused {
			return s.refusal(state, why)
		}
		c.Mark("kill " + name)
		s.release()
		s.state = stateKilled
		return s.drive.Lose()
	})
}

// Start starts a node that was stopped or killed, or has ended by itself, on its own
// data and ports.
func (c *Cluster) Start(_ context.Context, name string) error {
	return c.with(name, func(s *slot, state string, why error) error { return c.start(s, state, why) })
}

func (c *Cluster) start(s *slot, state string, why error) error {
	switch state {
	case stateStopped, stateKilled, stateFailed:
	default:
		return s.refusal(state, why)
	}
	s.release()
	err := c.run(s, c.config(s))
	if errors.Is(err, kverr.ErrRemoved) {
		s.state = stateRemoved
		return s.refusal(stateRemoved, err)
	}
	return err
}

// Restart stops a node in good order and starts it again. One that has ended by itself
// is only started.
func (c *Cluster) Restart(ctx context.Context, name string) error {
	return c.with(name, func(s *slot, state string, why error) error {
		switch state {
		case stateRunning:
			c.Mark("restart " + name)
			s.stop(ctx)
			return c.start(s, stateStopped, nil)
		case stateFailed:
			return c.start(s, state, why)
		}
		return s.refusal(state, why)
	})
}

// Wipe empties the folder of a node that does not run. It is a new node afterwards:
// the old one is to be removed from the cluster, and Add brings the new one in.
func (c *Cluster) Wipe(_ context.Context, name string) error {
	return c.with(name, func(s *slot, state string, why error) error {
		switch state {
		case stateRunning, statePaused:
			return fmt.Errorf("%s is %s: a disk is changed while its node is off; first: kill %s", name, state, name)
		case stateWiped:
			return s.refusal(state, why)
		}
		c.Mark("wipe " + name)
		if s.node != nil {
			s.release()
		}
		if err := os.RemoveAll(s.dir); err != nil {
			return fmt.Errorf("wipe %s: %w", name, err)
		}
		s.state = stateWiped
		return s.drive.Forget()
	})
}
