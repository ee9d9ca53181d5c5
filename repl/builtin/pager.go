package builtin

import (
	"context"

	"kv/repl/out"
	"kv/repl/shell"
)

func pagerRow() shell.Command {
	return shell.Command{
		Name: "pager", Group: shell.GroupShell, Run: pager,
		Args:    []shell.Arg{{Name: "STATE", Kind: shell.OneOf("on", "off"), Optional: true}},
		Summary: "show long answers page by page, or not",
		Help: "An answer that is longer than the screen is shown by $KV_PAGER, $PAGER or\n" +
			"`less -FRX`; an empty variable wants none. To leave it ends the command. What has\n" +
			"no end, such as watch, has no pages. Without STATE it tells which pager there is.\n" +
			"One command of your own shell, `kv list`, has pages as well, if it prints on a\n" +
			"terminal; `KV_PAGER= kv list` goes without, and so does a script.\n",
		Example: "pager off",
	}
}

func pager(_ context.Context, s *shell.Session, a shell.Args) error {
	if a.Has("STATE") {
		s.SetPager(a.Get("STATE") == "on")
		return nil
	}
	command := s.Pager()
	return s.One(out.Record{out.Text("setting", "pager"), out.Bool("on", command != ""), out.Text("command", command)}, func() error {
		if command == "" {
			return s.Line("pager", "off")
		}
		return s.Line("pager", "on  "+command)
	})
}
