package builtin

import (
	"context"
	"fmt"

	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

func repeatRow() shell.Command {
	return shell.Command{
		Name: shell.RepeatName, Group: shell.GroupShell, Endless: true, Run: repeat,
		Args:    []shell.Arg{{Name: "N", Kind: shell.KindPositive}, {Name: "COMMAND", Kind: shell.KindLine, Many: true}},
		Summary: "execute a command several times",
		Help: "`5 put a 1` is short for it. It stops at the first failure and says at which\n" +
			"time that was; Ctrl-C stops it, too.\n",
		Example: "repeat 5 put a 1",
	}
}

func repeat(ctx context.Context, s *shell.Session, a shell.Args) error {
	n := a.Number("N")
	for i := range n {
		if ctx.Err() != nil {
			return fmt.Errorf("stopped after %d of %s", i, out.Count(n, "time"))
		}
		if err := s.Run(ctx, a.Inner()); err != nil {
			return atTime(err, i+1, n)
		}
	}
	return nil
}

// atTime says at which time a command failed, if it is one that could have not.
func atTime(err error, i, n uint64) error {
	if n == 1 || failure.Code(err) == failure.ExitUsage || failure.IsStopped(err) {
		return err
	}
	return failure.Noted(err, "that was time %d of %d", i, n)
}
