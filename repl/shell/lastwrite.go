package shell

import (
	"strings"
	"time"

	"kv/repl/failure"
	"kv/repl/syntax"
)

// FailedWrite is a command that was to change something and ended with an error.
type FailedWrite struct {
	// Line is the command as it could be typed.
	Line string
	// Began and Ended are by the session's clock.
	Began, Ended time.Time
	Err          error
}

// LastFailedWrite returns the last write of this session that failed, or whose end is
// not known.
func (s *Session) LastFailedWrite() (FailedWrite, bool) {
	if s.failed == nil {
		return FailedWrite{}, false
	}
	return *s.failed, true
}

// noteWrite remembers a write that has failed. One whose answer nobody reads on has not.
func (s *Session) noteWrite(c *Command, words []string, err error) {
	if err == nil || failure.IsStopped(err) {
		return
	}
	line := []string{c.Name}
	for _, word := range words {
		line = append(line, syntax.Quote(word))
	}
	s.failed = &FailedWrite{Line: strings.Join(line, " "), Began: s.began, Ended: s.now(), Err: err}
}
