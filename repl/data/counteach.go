package data

import (
	"context"

	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

// counted is how many keys a member has in a range, after which entry.
type counted struct{ keys, applied uint64 }

// countEach counts the keys that members have, each in its own state.
func (d rows) countEach(ctx context.Context, s *shell.Session, a shell.Args) error {
	names, err := s.Asked(ctx, a)
	if err != nil {
		return err
	}
	within := keysOf(a, "PREFIX")
	answers := shell.AskEach(ctx, names, func(ctx context.Context, name string) (counted, error) {
		return d.countAt(ctx, Read{Stale: true, At: name, Revision: a.Number("rev"), CountOnly: true, Within: &within})
	})
	g := &out.Grid{Head: []string{"MEMBER", "KEYS", "APPLIED", "NOTE"}}
	for _, r := range answers {
		keys, applied, note := out.Number(r.Value.keys), out.Number(r.Value.applied), out.Plain("-")
		if r.Err != nil {
			keys, applied, note = out.Plain("-"), out.Plain("-"), out.Inked(failure.Brief(r.Err), s.Ink.Bad)
		}
		g.Add(out.Inked(r.Member, s.Ink.Strong), keys, applied, note)
	}
	return s.Table(g)
}

// countAt counts the keys that one member has.
func (d rows) countAt(ctx context.Context, read Read) (counted, error) {
	l, err := d.store.List(ctx, "", read)
	if err != nil {
		return counted{}, err
	}
	for _, err := range l.All { // none, but what comes in their place
		if err != nil {
			return counted{}, err
		}
	}
	return counted{l.Count(), l.AppliedIndex}, nil
}
