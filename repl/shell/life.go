package shell

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// life is what goes on in a session beside its commands.
type life struct {
	editing atomic.Bool // the person is in an editor

	mu      sync.Mutex
	live    []live   // guarded by mu
	changed func()   // guarded by mu; nil for nobody
	ends    []func() // guarded by mu
}

// live is one thing that goes on in the background.
type live struct {
	what  string
	words func() string
}

// SetLive has the prompt show a few words about something that goes on in the background,
// anew with every look at the cluster; nil ends that. What names it, so that several may
// go on. The function is called by another goroutine, and "" shows nothing.
func (s *Session) SetLive(what string, words func() string) {
	l := s.life
	l.mu.Lock()
	l.live = slices.DeleteFunc(l.live, func(other live) bool { return other.what == what })
	if words != nil {
		l.live = append(l.live, live{what, words})
	}
	changed := l.changed
	l.mu.Unlock()
	if changed != nil {
		changed()
	}
}

// Goes reports whether something that was given a name by SetLive goes on.
func (s *Session) Goes(what string) bool {
	s.life.mu.Lock()
	defer s.life.mu.Unlock()
	return slices.ContainsFunc(s.life.live, func(l live) bool { return l.what == what })
}

// OnLive has changed called whenever SetLive was.
func (s *Session) OnLive(changed func()) {
	s.life.mu.Lock()
	defer s.life.mu.Unlock()
	s.life.changed = changed
}

// Live returns what the prompt is to show of the background. Safe for concurrent use.
func (s *Session) Live() string {
	s.life.mu.Lock()
	all := slices.Clone(s.life.live)
	s.life.mu.Unlock()
	var texts []string
	for _, l := range all {
		if text := l.words(); text != "" {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, ", ")
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
	l.ends, l.live, l.changed = nil, nil, nil
	l.mu.Unlock()
	for i := range ends {
		ends[len(ends)-1-i]()
	}
}
