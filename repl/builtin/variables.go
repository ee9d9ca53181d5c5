package builtin

import (
	"context"
	"strings"

	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
	"kv/repl/syntax"
)

func variableRows() []shell.Command {
	return []shell.Command{
		{
			Name: "set", Group: shell.GroupShell, Early: true, Endless: true, Captures: true, Run: set, Check: checkSet,
			Ends: func(a shell.Args) bool { return !a.Has("NAME") },
			Args: []shell.Arg{{Name: "NAME", Kind: shell.KindVariable, Optional: true}, {Name: "VALUE", Optional: true},
				{Name: "COMMAND", Kind: shell.KindLine, Optional: true, Many: true}},
			Form:    "[NAME VALUE | NAME = COMMAND…]",
			Summary: "give a variable a value, or list the variables",
			Help: "$NAME and ${NAME} stand for the value, in \"…\" as well and in '…' not; it\n" +
				"stays one word, whatever it holds. $? is the exit code of the last command.\n" +
				"A variable that has no value is an error. After a = the value is what COMMAND\n" +
				"answers in a script, of `leader` the name, of `put` the revision;\n" +
				"`set n = list | wc -l` works, too. Words behind NAME may begin with a dash, so that\n" +
				"`set -o json` shows the list in JSON.\n",
			Example: "set who = leader",
		},
		{
			Name: "unset", Group: shell.GroupShell,
			Args:    []shell.Arg{{Name: "NAME", Kind: shell.KindVariable}},
			Run:     func(_ context.Context, s *shell.Session, a shell.Args) error { return s.Unset(a.Get("NAME")) },
			Summary: "forget a variable",
			Help:    "To use it from then on is an error.\n",
			Example: "unset user",
		},
		{
			Name: "echo", Group: shell.GroupShell, Raw: true,
			Args: []shell.Arg{{Name: "TEXT", Optional: true, Many: true}},
			Run: func(_ context.Context, s *shell.Session, a shell.Args) error {
				text := strings.Join(a.Rest(), " ")
				return s.One(out.Record{out.Key("text", text)}, func() error { return s.Line("text", text) })
			},
			Summary: "print words",
			Help: "There is one blank between them. All words are text, also one such as -o: the format is\n" +
				"that of the session, or of `kv -o json echo …`.\n",
			Example: `echo "the code was $?"`,
		},
	}
}

func checkSet(c *shell.Command, a shell.Args) error {
	switch {
	case a.Has("COMMAND") && a.Get("VALUE") != "=":
		return c.Misuse("%s is one word too many; a value with blanks needs quotes, and = stands before a command", syntax.Quote(a.Rest()[0]))
	case a.Has("NAME") && !a.Has("VALUE"):
		return c.Misuse("set wants a VALUE; `echo $%s` shows a variable, and `set` all of them", a.Get("NAME"))
	default:
		return nil
	}
}

func set(ctx context.Context, s *shell.Session, a shell.Args) error {
	switch {
	case a.Has("COMMAND"):
		r := s.Capture(ctx, a.Inner())
		if r.Err != nil && !failure.IsStopped(r.Err) {
			return r.Err
		}
		return s.Set(a.Get("NAME"), r.Value)
	case a.Has("NAME"):
		return s.Set(a.Get("NAME"), a.Get("VALUE"))
	}
	return listVariables(s)
}

// variable is one with its value.
type variable struct{ name, value string }

func listVariables(s *shell.Session) error {
	var all []variable
	for _, name := range s.Variables() {
		value, err := s.Value(name)
		if err != nil {
			return err
		}
		all = append(all, variable{name, value})
	}
	if len(all) == 0 && !s.ForPrograms() {
		s.Warn("there are no variables; `set NAME VALUE` makes one")
		return nil
	}
	return out.View[variable]{Head: []string{"NAME", "VALUE"},
		Record: func(v variable) out.Record { return out.Record{out.Text("name", v.name), out.Key("value", v.value)} },
		Cells: func(v variable) []out.Cell {
			return []out.Cell{out.Inked(v.name, s.Ink.Strong), out.Plain(s.Preview([]byte(v.value)))}
		}}.All(s.Printer, all)
}
