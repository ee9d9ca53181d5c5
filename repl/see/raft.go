package see

import (
	"context"

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
	g := &out.Grid{Head: []string{"SETTING", "VALUE", "NOTE"}}
	g.Add(out.Plain("member"), out.Inked(settings.Self.Name, s.Ink.Strong), out.Inked("who tells this", s.Ink.Dim))
	for _, one := range settings.All {
		g.Add(out.Plain(one.Name), out.Inked(one.Value, s.Ink.Strong), out.Inked(one.Note, s.Ink.Dim))
	}
	return s.Table(g)
}
