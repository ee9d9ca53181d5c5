package builtin

import (
	"context"

	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

func recordRows() []shell.Command {
	return []shell.Command{
		{
			Name: "record", Group: shell.GroupShell, Run: record,
			Args:    []shell.Arg{{Name: "FILE", Kind: shell.KindFile, Optional: true}},
			Options: []shell.Option{{Name: "a", Help: "add to a file that is there"}},
			Summary: "keep what is typed as a script",
			Help: "`source FILE` plays it again. Results are kept as comments, and so are commands\n" +
				"that failed; lines that begin with a blank are left out. `record stop` ends it;\n" +
				"alone it tells whether something is being recorded.\n",
			Example: "record session.kv",
		},
		{
			Name: "record stop", Group: shell.GroupShell, Run: stopRecord,
			Summary: "end the record",
			Help:    "So does the end of the shell.\n",
			Example: "record stop",
		},
	}
}

func record(_ context.Context, s *shell.Session, a shell.Args) error {
	if a.Has("FILE") {
		return s.StartRecord(a.Get("FILE"), a.Has("a"))
	}
	path, n := s.Recording()
	if path == "" {
		return failure.Usagef("nothing is being recorded; `record FILE` begins")
	}
	return s.One(out.Record{out.Text("file", path), out.Uint("commands", n)}, func() error {
		return s.Line("record", path+"  "+out.Count(n, "command"))
	})
}

func stopRecord(_ context.Context, s *shell.Session, _ shell.Args) error {
	path, n := s.Recording()
	if err := s.StopRecord(); err != nil {
		return err
	}
	if s.ForPeople() {
		s.Note("%s in %s", out.Count(n, "command"), path)
	}
	return nil
}
