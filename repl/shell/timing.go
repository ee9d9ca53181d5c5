package shell

import (
	"fmt"
	"time"

	"kv/repl/out"
)

// SetTiming tells after each statement how long it took, or no longer.
func (s *Session) SetTiming(on bool) { s.timing = on }

// Timing reports whether it is told how long statements took.
func (s *Session) Timing() bool { return s.timing }

// tellTime tells how long a statement took that began at a time. It goes beside the
// results, so that those stay fit for programs.
func (s *Session) tellTime(began time.Time) {
	if s.timing {
		fmt.Fprintln(s.Err, s.ErrInk.Dim.Sprint("took "+out.Millis(s.now().Sub(began))))
	}
}
