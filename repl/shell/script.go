package shell

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"kv/repl/failure"
	"kv/repl/syntax"
)

// script is a text of statements that is being executed: what was typed at the prompt,
// what a pipe brings, or a file.
type script struct {
	file   string   // its name as it is shown, "" for none
	path   string   // the absolute one, "" for none
	args   []string // what $1 and so on stand for
	line   int      // of the statement that is executed, 0 at the prompt
	code   int      // exit code of the first statement that failed
	failed int      // its line, 0 if it has none
	outer  *script  // the one that sourced it
}

// NameScript names the script that the session executes, a file or "", and gives it
// arguments.
func (s *Session) NameScript(file string, args []string) {
	s.script.file, s.script.args = file, args
	if file != "" {
		s.script.path, _ = filepath.Abs(file)
	}
}

// place is where the session stands in its script, as the beginning of a message: "" at
// the prompt.
func (sc *script) place() string {
	switch {
	case sc.line == 0:
		return ""
	case sc.file == "":
		return fmt.Sprintf("line %d: ", sc.line)
	default:
		return fmt.Sprintf("%s:%d: ", sc.file, sc.line)
	}
}

// Play executes a script, line by line as they come, and returns its exit code: that of
// the first statement that failed. It stops there unless it is to keep going.
func (s *Session) Play(ctx context.Context, r io.Reader) int {
	s.verdict.began = s.now()
	s.end(s.read(ctx, r), nil)
	return s.script.code
}

// PlayCommand executes one command whose words another shell has read, and returns its
// exit code. On a terminal it may draw in place and show pages as for a person.
func (s *Session) PlayCommand(ctx context.Context, words []string) int {
	s.single = true
	s.end(s.Exec(ctx, words), nil)
	return s.script.code
}

// PlayTask is PlayCommand for what is in no table.
func (s *Session) PlayTask(ctx context.Context, do func(*Session) error) int {
	s.single, s.began = true, s.now()
	s.end(s.inPages(ctx, func() error { return do(s) }), nil)
	return s.script.code
}

// end ends a script that err has ended, if that is not nil: it tells of the error, and
// of a block that was opened since there was the one called before.
func (s *Session) end(err error, before *openBlock) {
	whole := err == nil || errors.Is(err, ErrExit) || failure.IsStopped(err)
	if !whole {
		s.worse(s.Fail(err))
	}
	if s.open == nil || s.open == before {
		return
	}
	if whole {
		s.script.line = 0
		s.worse(s.Fail(s.open.unfinished()))
	}
	s.CloseBlock()
}

// read executes the statements of r. The error is what has ended them before the end: a
// command that failed, which has been told, or what keeps them from being read.
func (s *Session) read(ctx context.Context, r io.Reader) error {
	in := bufio.NewReaderSize(r, 64<<10)
	var lex syntax.Lexer
	for ctx.Err() == nil {
		line, readErr := readLine(in)
		if s.echo && line != "" && s.script.outer == nil {
			s.echoed(line)
		}
		statements := lex.Feed(line)
		if readErr != nil {
			statements = append(statements, lex.Finish()...)
		}
		if err := s.statements(ctx, statements); err != nil {
			return err
		}
		if readErr != nil {
			return s.unread(readErr, lex.Err())
		}
	}
	return context.Cause(ctx)
}

// statements executes statements of a script.
func (s *Session) statements(ctx context.Context, statements []syntax.Statement) error {
	for _, st := range statements {
		s.script.line = st.Line
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		err := s.Do(ctx, st)
		if err == nil || failure.IsStopped(err) {
			continue
		}
		if errors.Is(err, ErrExit) {
			return err
		}
		s.worse(s.Fail(err))
		if !s.keepGoing || ctx.Err() != nil {
			return &failure.ToldError{ExitCode: s.script.code}
		}
	}
	return nil
}

// unread returns what kept a script from being read to its end, nil for nothing.
func (s *Session) unread(readErr, parseErr error) error {
	var parse *syntax.Error
	s.script.line = 0
	switch {
	case !errors.Is(readErr, io.EOF):
		return fmt.Errorf("read script: %w", readErr)
	case errors.As(parseErr, &parse) && s.script.file != "":
		s.script.line = parse.Line
		return failure.Usagef("column %d: %s", parse.Column, parse.Text)
	default:
		return parseErr
	}
}

// worse keeps the exit code of the first failure.
func (s *Session) worse(code int) {
	if s.script.code == failure.ExitOK {
		s.script.code, s.script.failed = code, s.script.line
	}
}
