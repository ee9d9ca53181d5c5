package shell

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"kv/repl/failure"
	"kv/repl/out"
)

// verdict is what the expectations of a script came to. The zero value is empty.
type verdict struct {
	began   time.Time
	held    int
	longest time.Duration // that one of them was waited for
	patient string        // the one that was
}

// Held notes an expectation that holds, as it was written, and shows it to people.
func (s *Session) Held(expected string) {
	took := s.Took()
	s.verdict.held++
	if took > s.verdict.longest {
		s.verdict.longest, s.verdict.patient = took, expected
	}
	if s.ForPeople() {
		s.Note("as expected  %s", out.Millis(took))
	}
}

// Tell says in a line, beside what the script has printed, what became of it: nothing if
// it had no expectations.
func (s *Session) Tell() {
	v, where := s.verdict, filepath.Base(s.script.file)
	took, held := out.Millis(s.now().Sub(v.began)), out.Count(uint64(v.held), "expectation")
	if s.script.failed > 0 {
		where += ":" + strconv.Itoa(s.script.failed)
	}
	switch {
	case s.script.code != failure.ExitOK:
		fmt.Fprintf(s.Err, "%s  %s: exit code %d, after %s that held and %s\n", s.ErrInk.Bad.Sprint("FAIL"), where, s.script.code, held, took)
	case v.held > 0:
		fmt.Fprintf(s.Err, "%s  %s: %s held in %s, the longest wait was %s: %s\n", s.ErrInk.Good.Sprint("PASS"), where, held, took, out.Millis(v.longest), v.patient)
	}
}

// echoed shows a person a line of a script before it is executed: what it says about
// itself as prose, commands as if they were typed.
func (s *Session) echoed(line string) {
	line = strings.TrimRight(line, "\r\n")
	text := strings.TrimSpace(line)
	switch {
	case text == "":
		fmt.Fprintln(s.Out)
	case strings.HasPrefix(text, "#!"):
	case strings.HasPrefix(text, "#"):
		fmt.Fprintln(s.Out, s.Ink.Dim.Sprint(text))
	default:
		fmt.Fprintln(s.Out, s.Ink.Strong.Sprint("> "+line))
	}
}
