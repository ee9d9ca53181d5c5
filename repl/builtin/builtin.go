// Package builtin holds the commands that deal with the shell itself.
package builtin

import (
	"context"
	"slices"

	"kv/repl/shell"
)

// Room returns the commands.
func Room() shell.Room {
	return shell.Room{Commands: slices.Concat([]shell.Command{repeatRow(), everyRow(), timingRow(), sourceRow(), expectRow()}, variableRows(), recordRows(), typingRows(), []shell.Command{
		{
			Name: "help", Group: shell.GroupShell, Run: help,
			Args:    []shell.Arg{{Name: "COMMAND", Kind: shell.KindCommand, Optional: true, Many: true}},
			Form:    "[COMMAND | @GROUP]",
			Summary: "list the commands, or explain one",
			Help: "`help @cluster` lists one group. Commands are separated by newlines or `;`, and\n" +
				"a `#` begins a comment. '…' takes everything as it is, \"…\" knows $NAME and\n" +
				"\\n \\t \\\" \\\\ \\$ \\xNN, and \\ outside of quotes takes the next character as it is.\n" +
				"`help output` tells of > and |, which lead an answer elsewhere.\n",
			Example: "help get",
		},
		{
			Name: "exit", Aliases: []string{"quit"}, Group: shell.GroupShell,
			Run:     exit,
			Summary: "leave the shell",
			Help:    "Ctrl-D on an empty line does the same. In a transaction both abort it first.\n",
			Example: "exit",
		},
		consistencyRow(), formatRow(), pagerRow(),
	})}
}

func help(_ context.Context, s *shell.Session, a shell.Args) error { return s.Help(a.Rest()) }

// exit leaves the shell or, for a person in the middle of a transaction, that.
func exit(_ context.Context, s *shell.Session, _ shell.Args) error {
	if s.Block() != nil && s.Human {
		s.Abort()
		return nil
	}
	return shell.ErrExit
}
