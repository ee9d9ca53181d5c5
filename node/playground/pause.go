package playground

import (
	"context"
	"fmt"
)

// Pause stops a node as SIGSTOP does a process: nothing comes in or goes out on any
// connection, those of clients too, and nothing reaches its disk. Its connections stay
// up, and what arrives meanwhile is read by Resume.
func (c *Cluster) Pause(_ context.Context, name string) error {
	return c.with(name, func(s *slot, state string, why error) error {
		switch state {
		case stateRunning:
		case statePaused:
			return fmt.Errorf("%s is paused already; go on with it: resume %s", name, name)
		default:
			return s.refusal(state, why)
		}
		s.freezer.Freeze()
		s.state = statePaused
		return nil
	})
}

// Resume lets a paused node go on.
func (c *Cluster) Resume(_ context.Context, name string) error {
	return c.with(name, func(s *slot, state string, why error) error {
		switch state {
		case statePaused:
			s.resume()
			return nil
		case stateRunning:
			return fmt.Errorf("%s runs, it is not paused", name)
		}
		return s.refusal(state, why)
	})
}

func (s *slot) resume() {
	s.freezer.Thaw()
	s.state = stateRunning
}
