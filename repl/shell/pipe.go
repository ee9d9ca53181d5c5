package shell

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kv/repl/failure"
	"kv/repl/sink"
	"kv/repl/syntax"
)

// reader is a program that gets an answer.
type reader interface {
	// Waited returns for how long it has kept those waiting who write to it.
	Waited() time.Duration
}

// pipe executes a command whose answer a program of the operating system reads. The
// program has the variables of the session in its environment.
func (s *Session) pipe(ctx context.Context, words []syntax.Word, command string) error {
	switch {
	case command == "":
		return failure.Usagef("| wants a command of the operating system after it, such as `| sort`")
	case strings.HasPrefix(command, "|"):
		return failure.Usagef("|| has no place here: after a failure a script goes on with -k, and `expect COMMAND fails` means it")
	}
	var err error
	s.lend(func() {
		var p *sink.Program
		if p, err = s.start(command); err == nil {
			err = s.feed(ctx, words, p, command)
		}
	})
	return err
}

// lend lets a program have the terminal, if there is one, while use runs.
func (s *Session) lend(use func()) {
	if s.Lend == nil {
		use()
		return
	}
	s.Lend(use)
}

// start starts a program that is to read an answer.
func (s *Session) start(command string) (*sink.Program, error) {
	c := sink.Command{Text: command, Args: s.script.args, Out: beneath(s.Out), Err: beneath(s.Err)}
	for _, name := range s.Variables() {
		if v := s.vars[name]; !strings.Contains(v, "\x00") { // an environment cannot hold it
			c.Env = append(c.Env, name+"="+v)
		}
	}
	return sink.Start(c)
}

// feed executes a command whose answer goes to a program, and returns what went wrong with
// either. A program that has read enough is no failure of the command.
func (s *Session) feed(ctx context.Context, words []syntax.Word, p *sink.Program, command string) error {
	outer := s.reader
	s.reader = p
	run, done := ctx, context.CancelFunc(func() {})
	if s.onlyLooks(words) { // others end by themselves
		run, done = p.Context(ctx)
	}
	err := s.into(p, func() error { return s.exec(run, words) })
	if ctx.Err() == nil && (failure.IsStopped(err) || errors.Is(context.Cause(run), sink.ErrGone)) {
		err = nil
	}
	done()
	s.reader = outer
	exit := p.Wait()
	switch {
	case exit == nil || ctx.Err() != nil: // Ctrl-C has ended both
		return err
	case err == nil || failure.IsStopped(err):
		return fmt.Errorf("`%s`: %w", command, exit)
	default:
		return failure.Noted(err, "and `%s`: %v", command, exit)
	}
}

// enough makes of an error the end of a command whose reader has read enough.
func enough(err error) error {
	if errors.Is(err, sink.ErrGone) {
		return &failure.StoppedError{Text: "stopped, since nobody reads on"}
	}
	return err
}

// bounded gives a command its time, of which what a reader of its answer takes is no part.
func (s *Session) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.reader == nil {
		return context.WithTimeout(ctx, s.timeout)
	}
	return sink.Deadline(ctx, s.timeout, s.reader.Waited)
}

// onlyLooks reports whether the command that words begin with has no end of its own, and
// neither it nor those that it is given to carry out change anything: it may end as soon as
// nobody reads on.
func (s *Session) onlyLooks(words []syntax.Word) bool {
	rows := s.chain(words)
	return len(rows) > 0 && rows[0].Endless && !slices.ContainsFunc(rows, func(c *Command) bool {
		return c.Writes || c.Lab || !c.wraps() && (c.Group == GroupShell || c.Group == GroupTxn || c.Group == GroupProve)
	})
}
