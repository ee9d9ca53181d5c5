package shell

import (
	"bufio"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"kv/repl/failure"
	"kv/repl/syntax"
)

// maxLine is the longest line of a script: a value may have 1 MiB, and quoting may make
// more than three bytes of one.
const maxLine = 8 << 20

var errLineTooLong = errors.New("the line is longer than 8 MiB")

// Source executes a file as if it were typed here, with arguments of its own. A name
// that is relative is so to the file that sources it. It stops at the first command
// that fails unless it is to keep going; what failed has been told then.
func (s *Session) Source(ctx context.Context, name string, args []string, keepGoing bool) error {
	inner, err := s.script.open(name, args)
	if err != nil {
		return err
	}
	file, err := os.Open(inner.path)
	if err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return failure.Usagef("source %s: %v", syntax.Quote(inner.file), err)
	}
	defer file.Close()
	outer, outerKeeps, block := s.script, s.keepGoing, s.open
	s.script, s.keepGoing = inner, s.keepGoing || keepGoing
	s.end(s.read(ctx, file), block)
	s.script, s.keepGoing = outer, outerKeeps
	if inner.code != failure.ExitOK {
		return &failure.ToldError{ExitCode: inner.code}
	}
	return nil
}

// open returns the script that a file is, sourced by this one.
func (sc *script) open(name string, args []string) (*script, error) {
	if sc.path != "" && !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(sc.file), name)
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	inner := &script{file: name, path: path, args: args, outer: sc}
	chain := []string{name}
	for o := sc; o != nil; o = o.outer {
		if o.path == "" {
			continue
		}
		chain = append(chain, o.file)
		if o.path == path {
			return nil, failure.Usagef("source: %s would run in a loop: %s", syntax.Quote(name), strings.Join(chain, ", sourced by "))
		}
	}
	return inner, nil
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
