package repl

import (
	"context"
	"errors"
	"fmt"

	"kv/proto/kverr"
)

var (
	// errNotFound: a key that was asked for is not there.
	errNotFound = errors.New("(not found)")
	// errExit: the session shall end.
	errExit = errors.New("exit")
	// errNoNode: the playground has no such node.
	errNoNode = errors.New("no such node; `nodes` lists them")
)

// outcomeError is an error of a command that writes: what became of the write
// has to be told.
type outcomeError struct{ error }

func (e *outcomeError) Unwrap() error { return e.error }

// labError is an error of the playground, which is told as it is.
type labError struct{ error }

func (e *labError) Unwrap() error { return e.error }

// exitCode returns the exit code that stands for err.
func exitCode(err error) int {
	var (
		usage *usageError
		parse *ParseError
		lab   *labError
		entry *kverr.Error
		write *outcomeError
	)
	switch {
	case err == nil, errors.Is(err, errExit):
		return ExitOK
	case errors.As(err, &usage), errors.As(err, &parse):
		return ExitUsage
	case errors.Is(err, errNotFound), errors.Is(err, errNoNode), errors.Is(err, kverr.ErrMemberNotFound):
		return ExitNotFound
	case errors.Is(err, kverr.ErrNoLeader), errors.Is(err, kverr.ErrNoQuorum):
		return ExitNoQuorum
	case errors.As(err, &lab):
		return ExitFailed
	case errors.As(err, &write) && (errors.As(err, &entry) || isContext(err)) && kverr.From(err).Outcome == kverr.Unknown:
		return ExitUnknown
	default:
		return ExitFailed
	}
}

// explain returns the lines that tell a person about err: what happened and, for
// a write, what became of it and what to do. Lines have no newline.
func explain(err error) []string {
	var (
		usage *usageError
		parse *ParseError
		entry *kverr.Error
		write *outcomeError
	)
	switch {
	case errors.As(err, &usage):
		if usage.usage == "" {
			return []string{usage.text}
		}
		return []string{usage.text, "usage: " + usage.usage}
	case errors.Is(err, errNotFound), errors.As(err, &parse):
		return []string{err.Error()}
	case !errors.As(err, &entry) && !isContext(err):
		return []string{"error: " + err.Error()}
	}
	return explainEntry(kverr.From(err), errors.As(err, &write))
}

func explainEntry(e *kverr.Error, write bool) []string {
	lines := []string{"error: " + what(e)}
	if e.Leader != nil {
		lines = append(lines, fmt.Sprintf("leader: %s at %s", e.Leader.Name, orDash(e.Leader.Address)))
	}
	switch {
	case !write:
	case e.Outcome == kverr.NotDone:
		lines = append(lines, "outcome: not done; nothing was changed")
	default:
		lines = append(lines, "outcome: unknown; it may or may not have been done, so look before you try again")
	}
	return lines
}

// what returns what happened. The dictionary's texts for a call that ended early
// speak of writes, on which explain has a line of its own.
func what(e *kverr.Error) string {
	switch {
	case errors.Is(e, kverr.ErrTimeout):
		return "no answer came in time; look at `members`"
	case errors.Is(e, kverr.ErrCanceled):
		return "canceled before an answer came"
	case errors.Is(e, kverr.ErrLostConnection):
		return "the connection broke before an answer came"
	case errors.Is(e, kverr.ErrShutdown):
		return "the member stopped before it answered"
	default:
		return e.Error()
	}
}

func isContext(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
