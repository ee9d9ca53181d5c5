package builtin

import (
	"context"
	"sync/atomic"

	"kv/repl/shell"
)

// typingRows switch what is shown while one types.
func typingRows() []shell.Command {
	state := []shell.Arg{{Name: "STATE", Kind: shell.OneOf("on", "off"), Optional: true}}
	return []shell.Command{
		{
			Name: "hints", Group: shell.GroupShell, Args: state,
			Run:     toggle("hints", func(s *shell.Session) *atomic.Bool { return &s.Typing.Hints }),
			Summary: "show the arguments that are missing, or not",
			Help:    "They stand in grey behind what is typed. Without STATE it tells which it is.\n",
			Example: "hints off",
		},
		{
			Name: "ghost", Group: shell.GroupShell, Args: state,
			Run:     toggle("ghost text", func(s *shell.Session) *atomic.Bool { return &s.Typing.Ghost }),
			Summary: "show the rest of a line that was typed before, or not",
			Help: "It stands in grey behind what is typed. Right, End and Ctrl-E take it, and\n" +
				"Ctrl-Right takes a word of it. Without STATE it tells which it is.\n",
			Example: "ghost off",
		},
	}
}

func toggle(what string, of func(s *shell.Session) *atomic.Bool) func(context.Context, *shell.Session, shell.Args) error {
	return func(_ context.Context, s *shell.Session, a shell.Args) error {
		if a.Has("STATE") {
			of(s).Store(a.Get("STATE") == "on")
			return nil
		}
		state := "off"
		if of(s).Load() {
			state = "on"
		}
		s.Note("%s: %s", what, state)
		return nil
	}
}
