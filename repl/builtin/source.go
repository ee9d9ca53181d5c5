package builtin

import (
	"context"

	"kv/repl/shell"
)

func sourceRow() shell.Command {
	return shell.Command{
		Name: "source", Group: shell.GroupShell, Endless: true, Run: source,
		Args:    []shell.Arg{{Name: "FILE", Kind: shell.KindFile}, {Name: "ARGUMENT", Optional: true, Many: true}},
		Options: []shell.Option{{Name: "k", Help: "keep going after a command that failed"}},
		Summary: "execute the commands of a file",
		Help: "In it $1, $2 and so on are the ARGUMENTs, and other variables those of the\n" +
			"shell. A FILE is looked for beside the one that sources it. The first command\n" +
			"that fails ends it, and the message names file and line; `exit` ends it, too.\n",
		Example: "source check.kv n1",
	}
}

func source(ctx context.Context, s *shell.Session, a shell.Args) error {
	return s.Source(ctx, a.Get("FILE"), a.Rest(), a.Has("k"))
}
