package builtin

import (
	"context"

	"kv/repl/out"
	"kv/repl/shell"
)

func formatRow() shell.Command {
	return shell.Command{
		Name: "format", Group: shell.GroupShell, Run: format, Check: checkFormat,
		Args:    []shell.Arg{{Name: "FORMAT", Kind: shell.KindFormat, Optional: true}},
		Options: []shell.Option{{Name: "hex", Help: "show keys and values in hexadecimal, too"}},
		Summary: "how answers are printed from now on",
		Help: "table  for people: the default at the prompt\n" +
			"plain  lines with tabs, keys and values quoted: the default in scripts\n" +
			"json   one document a command; of watch, stat and events -follow one a line\n" +
			"jsonl  an object a line\n" +
			"csv    a line of titles, and RFC 4180\n" +
			"raw    as plain, but keys and values byte for byte, and no newline after a get\n" +
			"Every command takes -o FORMAT and -hex for itself. Without FORMAT it is shown.\n",
		Example: "format json",
	}
}

// checkFormat refuses a format for the answer of a command that has none.
func checkFormat(c *shell.Command, a shell.Args) error {
	if a.Has("FORMAT") && a.Shown() != "" {
		return c.Misuse("format takes the format without -o")
	}
	return nil
}

func format(_ context.Context, s *shell.Session, a shell.Args) error {
	if a.Has("FORMAT") || a.Has("hex") {
		s.SetFormat(out.Format(a.Get("FORMAT")), a.Has("hex"))
		return nil
	}
	text := string(s.Form())
	if s.Hex {
		text += " -hex"
	}
	return s.One(out.Record{out.Text("format", string(s.Form())), out.Bool("hex", s.Hex)}, func() error { return s.Line("format", text) })
}
