package shell

import (
	"context"
	"errors"
	"fmt"

	"kv/repl/failure"
	"kv/repl/syntax"
)

// Code returns the exit code of the first command of a script that failed.
func (s *Session) Code() int { return s.code }

// RunScript executes statements and reports whether the script is over, because
// of `exit` or of an error.
func (s *Session) RunScript(ctx context.Context, statements []syntax.Statement) bool {
	for _, st := range statements {
		s.line, s.where = st.Line, fmt.Sprintf("line %d: ", st.Line)
		err := s.Do(ctx, st)
		if errors.Is(err, ErrExit) {
			s.EndScript(nil)
			return true
		}
		if err == nil || failure.IsStopped(err) {
			continue
		}
		s.worse(s.Fail(err))
		if !s.keepGoing || ctx.Err() != nil {
			return true
		}
	}
	s.line, s.where = 0, ""
	return false
}

// EndScript ends a script and returns its exit code. err is what kept the rest of it
// from being read, nil if it was read to its end; no block may be left open then.
func (s *Session) EndScript(err error) int {
	switch {
	case err != nil:
		return s.worse(s.Fail(err))
	case s.open == nil:
		return s.code
	}
	s.where = ""
	return s.worse(s.Fail(s.open.unfinished()))
}

// worse keeps the exit code of the first failure and returns it.
func (s *Session) worse(code int) int {
	if s.code == failure.ExitOK {
		s.code = code
	}
	return s.code
}
