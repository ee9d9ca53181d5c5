package builtin

import (
	"context"
	"sync/atomic"

	"kv/repl/out"
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
		{
			Name: "keys", Group: shell.GroupShell, Run: keys,
			Summary: "list the keys of the line editor",
			Help:    "Those that every editor has, such as Home, are there, too.\n",
			Example: "keys",
		},
	}
}

func keys(_ context.Context, s *shell.Session, _ shell.Args) error {
	return out.View[[2]string]{Head: []string{"KEY", "WHAT IT DOES"},
		Record: func(k [2]string) out.Record { return out.Record{out.Text("key", k[0]), out.Text("does", k[1])} },
		Cells:  func(k [2]string) []out.Cell { return []out.Cell{out.Inked(k[0], s.Ink.Key), out.Plain(k[1])} },
	}.All(s.Printer, [][2]string{
		{"Tab, Shift-Tab", "complete a word; go through the candidates"},
		{"Right, End, Ctrl-E", "at the end of the line: take the grey text"},
		{"Ctrl-Right", "take a word of it, or go a word to the right"},
		{"Up, Down", "earlier lines that begin with what is typed"},
		{"Ctrl-R, Ctrl-S", "search them, go on backward and forward; Esc ends it"},
		{"Alt-Enter", "begin a row; Enter does it within quotes and after \\"},
		{"Ctrl-X Ctrl-E", "edit the line in $EDITOR"},
		{"Ctrl-W, Alt-Backspace", "remove the word before the cursor, up to a blank or its beginning"},
		{"Alt-D, Ctrl-U, Ctrl-K", "remove the word after it, all before it, all after it"},
		{"Ctrl-Y", "insert what was removed last"},
		{"Ctrl-T, Ctrl-L", "swap two characters; clear the screen"},
		{"Ctrl-C", "drop the line, or stop the command that runs"},
		{"Ctrl-D", "leave the shell, or the transaction, if the line is empty"},
	})
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
		return s.One(out.Record{out.Text("setting", what), out.Bool("on", of(s).Load())}, func() error {
			s.Note("%s: %s", what, state)
			return nil
		})
	}
}
