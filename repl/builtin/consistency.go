package builtin

import (
	"context"

	"kv/repl/out"
	"kv/repl/shell"
)

func consistencyRow() shell.Command {
	return shell.Command{
		Name: "consistency", Group: shell.GroupShell, Run: consistency,
		Args:    []shell.Arg{{Name: "LEVEL", Kind: shell.OneOf(string(shell.Linearizable), string(shell.Stale)), Optional: true}},
		Summary: "how get, list, history and watch read from now on",
		Help: "linearizable: a read sees every write that was answered before it; the leader\n" +
			"  is asked. The default.\n" +
			"stale: a member answers from what it has, without a leader, too; the answer\n" +
			"  says how old it may be. The prompt shows it.\n" +
			"-stale says it for one command. Transactions are always linearizable, and what\n" +
			"@MEMBER, diff and hash tell is what members have. Without LEVEL it is shown.\n",
		Example: "consistency stale",
	}
}

func consistency(_ context.Context, s *shell.Session, a shell.Args) error {
	if level := a.Get("LEVEL"); level != "" {
		s.SetLevel(shell.Level(level))
		return nil
	}
	level := string(s.Level())
	return s.One(out.Record{out.Text("consistency", level)}, func() error { return s.Line("result", level) })
}
