package builtin

import (
	"context"

	"kv/repl/shell"
)

func pagerRow() shell.Command {
	return shell.Command{
		Name: "pager", Group: shell.GroupShell, Run: pager,
		Args:    []shell.Arg{{Name: "STATE", Kind: shell.OneOf("on", "off"), Optional: true}},
		Summary: "show long answers page by page, or not",
		Help: "An answer that is longer than the screen is shown by $KV_PAGER, $PAGER or\n" +
			"`less -FRX`; an empty variable wants none. To leave it ends the command. What has\n" +
			"no end, such as watch, has no pages. Without STATE it tells which pager there is.\n",
		Example: "pager off",
	}
}

func pager(_ context.Context, s *shell.Session, a shell.Args) error {
	if a.Has("STATE") {
		s.SetPager(a.Get("STATE") == "on")
		return nil
	}
	state := "off"
	if command := s.Pager(); command != "" {
		state = "on  " + command
	}
	return s.Line("pager", state)
}
