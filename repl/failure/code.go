package failure

import (
	"context"
	"errors"

	"kv/proto/kverr"
	"kv/repl/syntax"
)

// The exit codes of the shell.
const (
	ExitOK       = 0 // everything was done
	ExitFailed   = 1 // a command failed, or was surely not done
	ExitUsage    = 2 // no such command, wrong arguments, a quote or a transaction left open
	ExitNotFound = 3 // no such key, lease, member or node
	ExitUnknown  = 4 // nobody can say whether a write was done
	ExitNoQuorum = 5 // no leader, or a leader without a majority
	ExitViolated = 6 // what clients saw is not linearizable, or members have diverged
	ExitNoAnswer = 7 // nobody can say whether it is, within the time that was given
)

// Code returns the exit code that stands for err.
func Code(err error) int {
	var (
		usage  *UsageError
		parse  *syntax.Error
		absent *AbsentError
		proof  *VerdictError
	)
	var told *ToldError
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &told):
		return told.ExitCode
	case errors.As(err, &proof):
		return proof.Code
	case errors.As(err, &usage), errors.As(err, &parse):
		return ExitUsage
	case leftUnknown(err):
		return ExitUnknown
	case errors.As(err, &absent), errors.Is(err, kverr.ErrMemberNotFound), errors.Is(err, kverr.ErrLeaseNotFound):
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
		entry *kverr.Error
		write *writeError
	)
	if !errors.As(err, &write) {
		return false
	}
	return (errors.As(err, &entry) || isContext(err)) && kverr.From(err).Outcome == kverr.Unknown
}

func isContext(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
