package repl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kv/proto/kverr"
	"kv/repl/out"
	"kv/repl/syntax"
)

var (
	// errNotFound: a key that was asked for is not there.
	errNotFound = errors.New("(not found)")
	// errNoHistory: nothing is known of a key, now or before.
	errNoHistory = errors.New("(no history: the key is not there, and was not in the history that is kept)")
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

// stoppedError: a command that has no end of its own was ended by Ctrl-C, which is
// its success. The text sums it up.
type stoppedError struct{ text string }

func (e *stoppedError) Error() string { return e.text }

func isStopped(err error) bool {
	var stopped *stoppedError
	return errors.As(err, &stopped)
}

// exitCode returns the exit code that stands for err.
func exitCode(err error) int {
	var (
		usage *usageError
		parse *syntax.Error
	)
	switch {
	case err == nil, errors.Is(err, errExit), isStopped(err):
		return ExitOK
	case errors.As(err, &usage), errors.As(err, &parse):
		return ExitUsage
	case leftUnknown(err):
		return ExitUnknown
	case errors.Is(err, errNotFound), errors.Is(err, errNoHistory), errors.Is(err, errNoNode),
		errors.Is(err, kverr.ErrMemberNotFound), errors.Is(err, kverr.ErrLeaseNotFound):
		return ExitNotFound
	case errors.Is(err, kverr.ErrNoLeader), errors.Is(err, kverr.ErrNoQuorum):
		return ExitNoQuorum
	default:
		return ExitFailed
	}
}

// leftUnknown reports whether err leaves a write of which nobody can say whether it
// was done. That outweighs what the error says beside it: after an attempt with an
// unknown end the next may be told that a lease is gone, or that there is no leader.
func leftUnknown(err error) bool {
	var (
		lab   *labError
		entry *kverr.Error
		write *outcomeError
	)
	if !errors.As(err, &write) || errors.As(err, &lab) {
		return false
	}
	return (errors.As(err, &entry) || isContext(err)) && kverr.From(err).Outcome == kverr.Unknown
}

// explain returns the lines that tell a person about err: what happened and, for
// a write, what became of it and what to do. Lines have no newline.
func explain(err error) []string {
	var (
		usage *usageError
		parse *syntax.Error
		entry *kverr.Error
		write *outcomeError
	)
	switch {
	case errors.As(err, &usage):
		if usage.usage == "" {
			return []string{usage.text}
		}
		return []string{usage.text, "usage: " + usage.usage}
	case errors.Is(err, errNotFound), errors.Is(err, errNoHistory), errors.As(err, &parse):
		return []string{err.Error()}
	case !errors.As(err, &entry) && !isContext(err):
		return []string{"error: " + err.Error()}
	}
	return explainEntry(kverr.From(err), errors.As(err, &write))
}

func explainEntry(e *kverr.Error, write bool) []string {
	lines := []string{"error: " + what(e)}
	if e.Leader != nil {
		lines = append(lines, fmt.Sprintf("leader: %s at %s", e.Leader.Name, out.OrDash(e.Leader.Address)))
	}
	if advice := advice(e); advice != "" {
		lines = append(lines, advice)
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
	case errors.Is(e, kverr.ErrSessionUnknown):
		return "the store has forgotten this client, which was silent for too long"
	default:
		return e.Error()
	}
}

// advice returns what the particulars of an error tell, or the next step, where its
// text does not say it; "" for nothing.
func advice(e *kverr.Error) string {
	switch {
	case errors.Is(e, kverr.ErrConflict) || errors.Is(e, kverr.ErrCompacted):
		return aboutRevision(e)
	case errors.Is(e, kverr.ErrFutureRevision):
		return "`status` tells the newest revision of a member"
	case errors.Is(e, kverr.ErrLeaseNotFound):
		return "`lease list` shows the leases there are"
	case errors.Is(e, kverr.ErrQuota):
		return "`status` tells how much there is; `list PREFIX -count` and `delete PREFIX -prefix` help to make room"
	case errors.Is(e, kverr.ErrSessionUnknown) && e.Outcome == kverr.NotDone:
		return "give the command again: it begins a new session"
	case errors.Is(e, kverr.ErrResultTooLarge):
		return "-limit, -keys and -count make a list smaller"
	default:
		return ""
	}
}

// aboutRevision tells of the revision in an error, unless its text does.
func aboutRevision(e *kverr.Error) string {
	number := strconv.FormatUint(e.Revision, 10)
	told := slices.Contains(strings.Fields(e.Text), number)
	switch {
	case told, e.Revision == 0 && strings.Contains(e.Text, "not there"):
		return ""
	case errors.Is(e, kverr.ErrConflict) && e.Revision == 0:
		return "the key is not there"
	case errors.Is(e, kverr.ErrConflict):
		return "the key is at revision " + number
	case e.Revision != 0:
		return "the history that is kept begins at revision " + number
	default:
		return ""
	}
}

func isContext(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
