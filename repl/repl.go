// Package repl is the shell of kv: a line becomes words, the words find a row of
// the command table, the row asks the cluster, and a printer tells what came of
// it. The prompt, a script, a pipe and a single command of the operating system's
// shell all go this one way. The package knows neither Raft nor gRPC: a cluster is
// a Store, the nodes of a playground are a Lab.
package repl

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"kv/repl/failure"
	"kv/repl/syntax"
	"kv/repl/term"
)

// The exit codes of Run, RunScript and RunCommand. A script that goes on after
// errors returns the code of its first one.
const (
	ExitOK       = failure.ExitOK
	ExitFailed   = failure.ExitFailed
	ExitUsage    = failure.ExitUsage
	ExitNotFound = failure.ExitNotFound
	ExitUnknown  = failure.ExitUnknown
	ExitNoQuorum = failure.ExitNoQuorum
)

// Config is all a session needs. It is not changed after it was handed in.
type Config struct {
	// Store is the cluster. Required.
	Store Store
	// Lab is the playground under the shell; nil hides its commands.
	Lab Lab

	// In is where Run reads from. An interactive session needs an *os.File.
	In io.Reader
	// Out takes results, Err takes errors and remarks. Required; they may be the
	// same writer. Only the goroutine that calls Run writes to them, except for
	// the line editor, which draws on Out while it waits for a line.
	Out, Err io.Writer

	// Interactive asks for a prompt, line editing and output meant for people.
	// Terminal tells whether In and Out can bear it. While an interactive session
	// runs it owns os.Interrupt: the caller must not end ctx on that signal.
	Interactive bool
	// KeepGoing lets a script go on after a command that failed.
	KeepGoing bool
	// Color is "auto" (the default if empty), "always" or "never". "auto" colors
	// a terminal unless NO_COLOR is set and not empty, or TERM is "dumb".
	Color string
	// Width is the width of tables in columns; 0 asks the terminal behind Out,
	// or sets no limit if there is none.
	Width int
	// HistoryFile keeps the typed lines, mode 0600; empty keeps none. Its folder
	// is made if it is missing. A line that begins with a space is not kept.
	HistoryFile string
	// Timeout bounds one command. 0 means 10 s.
	Timeout time.Duration
	// Refresh is the pause between two looks at the cluster's health for the
	// prompt. 0 means 500 ms.
	Refresh time.Duration
	// Welcome are lines printed above the first prompt, such as addresses.
	Welcome []string
	// Now is the clock that measures commands; nil means time.Now.
	Now func() time.Time
}

// maxLine is the longest line of a script: a value may have 1 MiB, and quoting
// may make more than three bytes of one.
const maxLine = 8 << 20

// Run reads commands from cfg.In until it ends or `exit` is read, and returns an
// exit code. An interactive session returns ExitOK unless it cannot begin.
func Run(ctx context.Context, cfg Config) int {
	if cfg.Interactive {
		return runInteractive(ctx, cfg)
	}
	return RunScript(ctx, cfg, cfg.In)
}

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
		if done := s.runScript(ctx, statements); done {
			return s.code
		}
		if err != nil {
			return s.finishScript(err, &lex)
		}
	}
	return s.worse(s.fail(context.Cause(ctx)))
}

// RunCommand executes one command whose words are split already.
func RunCommand(ctx context.Context, cfg Config, words []string) int {
	s := newSession(cfg, false)
	err := s.exec(ctx, words)
	if err == nil || errors.Is(err, errExit) || failure.IsStopped(err) {
		return s.finishTxn()
	}
	return s.fail(err)
}

// Terminal reports whether a person sits at both ends, so that an interactive
// session makes sense.
func Terminal(in io.Reader, out io.Writer) bool { return term.Is(in) && term.Is(out) }

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
