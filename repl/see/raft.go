package see

import (
	"context"

	"kv/client"
	"kv/repl/out"
	"kv/repl/shell"
)

func (v rows) raft(ctx context.Context, s *shell.Session, a shell.Args) error {
	name, err := s.Member(ctx, a.Get("MEMBER"))
	if err != nil {
		return err
	}
	settings, err := v.store.Settings(ctx, name)
	if err != nil {
		return err
	}
	all := append([]client.Setting{{Name: "member", Value: settings.Self.Name, Note: "who tells this"}}, settings.All...)
	return out.View[client.Setting]{Head: []string{"SETTING", "VALUE", "NOTE"},
		Record: func(one client.Setting) out.Record {
			return out.Record{out.Text("setting", one.Name), out.Text("value", one.Value), out.Text("note", one.Note)}
		},
		Cells: func(one client.Setting) []out.Cell {
			return []out.Cell{out.Plain(one.Name), out.Inked(one.Value, s.Ink.Strong), out.Inked(one.Note, s.Ink.Dim)}
		}}.All(s.Printer, all)
}
