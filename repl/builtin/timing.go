package builtin

import (
	"context"

	"kv/repl/out"
	"kv/repl/shell"
)

func timingRow() shell.Command {
	return shell.Command{
		Name: "timing", Group: shell.GroupShell, Run: timing,
		Args:    []shell.Arg{{Name: "ON", Kind: shell.OneOf("on", "off"), Optional: true}},
		Form:    "[on|off]",
		Summary: "tell how long each command takes, or no longer",
		Help:    "It is told after the command, in a script on standard error. Alone it says\nwhether it is on.\n",
		Example: "timing on",
	}
}

func timing(_ context.Context, s *shell.Session, a shell.Args) error {
	if a.Has("ON") {
		s.SetTiming(a.Get("ON") == "on")
		return nil
	}
	state := "off"
	if s.Timing() {
		state = "on"
	}
	return s.One(out.Record{out.Bool("timing", s.Timing())}, func() error { return s.Line("timing", state) })
}
