package term

import (
	"fmt"
	"sync"

	"github.com/chzyer/readline"
)

// rawMode switches a terminal to raw mode and back; both may be called twice.
type rawMode struct {
	fd    int
	mu    sync.Mutex
	state *readline.State // guarded by mu; nil while the terminal is as it was
}

func (m *rawMode) enter() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.state != nil {
		return nil
	}
	state, err := readline.MakeRaw(m.fd)
	if err != nil {
		return fmt.Errorf("enter raw mode: %w", err)
	}
	m.state = state
	return nil
}

func (m *rawMode) exit() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.state == nil {
		return nil
	}
	err := readline.Restore(m.fd, m.state)
	m.state = nil
	return err
}
