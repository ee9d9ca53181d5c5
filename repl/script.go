package repl

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"kv/repl/failure"
	"kv/repl/shell"
	"kv/repl/syntax"
)

// maxLine is the longest line of a script: a value may have 1 MiB, and quoting
// may make more than three bytes of one.
const maxLine = 8 << 20

// RunScript executes the commands of r, which are separated by newlines or
// semicolons. It stops at the first that fails unless cfg.KeepGoing is set.
// Commands are executed as their lines arrive, so that r may be a conversation.
func RunScript(ctx context.Context, cfg Config, r io.Reader) int {
	s := newSession(cfg, false)
	in := bufio.NewReaderSize(r, 64<<10)
	var lex syntax.Lexer
	for ctx.Err() == nil {
		line, err := readLine(in)
		statements := lex.Feed(line)
		if err != nil {
			statements = append(statements, lex.Finish()...)
		}
		if done := s.RunScript(ctx, statements); done {
			return s.Code()
		}
		if err != nil {
			return s.EndScript(scriptError(err, &lex))
		}
	}
	return s.EndScript(context.Cause(ctx))
}

// scriptError returns what kept a script from being read to its end, nil for nothing:
// err is the one of its reader.
func scriptError(err error, lex *syntax.Lexer) error {
	if !errors.Is(err, io.EOF) {
		return fmt.Errorf("read script: %w", err)
	}
	return lex.Err()
}

// RunCommand executes one command whose words are split already.
func RunCommand(ctx context.Context, cfg Config, words []string) int {
	s := newSession(cfg, false)
	err := s.Exec(ctx, words)
	if errors.Is(err, shell.ErrExit) || failure.IsStopped(err) {
		err = nil
	}
	return s.EndScript(err)
}

// readLine returns the next line with its newline; a line that is too long ends
// the input with an error.
func readLine(in *bufio.Reader) (string, error) {
	var line strings.Builder
	for {
		part, err := in.ReadSlice('\n')
		line.Write(part)
		switch {
		case line.Len() > maxLine:
			return "", errLineTooLong
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		default:
			return line.String(), err
		}
	}
}

var errLineTooLong = errors.New("the line is longer than 8 MiB")
