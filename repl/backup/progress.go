package backup

import (
	"time"

	"kv/repl/shell"
)

const (
	// firstProgress is how long a command may be silent, progressEvery how long what it
	// says then stands.
	firstProgress = time.Second
	progressEvery = 200 * time.Millisecond
)

// progress is a line on a terminal that tells how far a command is, if it takes long. One
// goroutine at a time uses it.
type progress struct {
	s      *shell.Session
	screen *shell.Screen
	next   time.Time
}

func newProgress(s *shell.Session) *progress {
	return &progress{s: s, next: time.Now().Add(firstProgress)}
}

// tell shows how far it is, if it is time to.
func (p *progress) tell(words func() string) {
	now := time.Now()
	if now.Before(p.next) {
		return
	}
	p.next = now.Add(progressEvery)
	if p.screen == nil {
		p.screen = p.s.Screen()
	}
	if p.screen != nil {
		_ = p.screen.Draw(words()) // the command is about something else
	}
}

// close takes the line away. It may be called again.
func (p *progress) close() {
	if p.screen == nil {
		return
	}
	_ = p.screen.Wipe()
	p.screen.Close()
	p.screen = nil
}
