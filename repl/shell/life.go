package shell

import "sync"

// life is what goes on in a session beside its commands.
type life struct {
	mu   sync.Mutex
	live func() string // guarded by mu; nil for nothing
	ends []func()      // guarded by mu
}

// SetLive has the prompt show a few words about something that goes on in the background,
// anew with every look at the cluster; nil ends that. The function is called by another
// goroutine, and "" shows nothing.
func (s *Session) SetLive(words func() string) {
	s.life.mu.Lock()
	defer s.life.mu.Unlock()
	s.life.live = words
}

// Live returns what the prompt is to show of the background. Safe for concurrent use.
func (s *Session) Live() string {
	s.life.mu.Lock()
	live := s.life.live
	s.life.mu.Unlock()
	if live == nil {
		return ""
	}
	return live()
}

// AtEnd has end called when the session ends, the last one first: whatever a command
// leaves in the background must end with it.
func (s *Session) AtEnd(end func()) {
	s.life.mu.Lock()
	defer s.life.mu.Unlock()
	s.life.ends = append(s.life.ends, end)
}

// end ends all that is left in the background.
func (l *life) end() {
	l.mu.Lock()
	ends := l.ends
	l.ends, l.live = nil, nil
	l.mu.Unlock()
	for i := range ends {
		ends[len(ends)-1-i]()
	}
}
