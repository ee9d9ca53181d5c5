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
	within := shell.KeysOf(a, "PREFIX")
	answers := shell.AskEach(ctx, names, func(ctx context.Context, name string) (counted, error) {
		return d.countAt(ctx, Read{Stale: true, At: name, Revision: a.Number("rev"), CountOnly: true, Within: &within})
	})
	all := out.View[shell.Answer[counted]]{Record: countRecord, Head: []string{"MEMBER", "KEYS", "APPLIED", "NOTE"},
		Cells: func(r shell.Answer[counted]) []out.Cell { return countCells(s, r) }}
	return all.All(s.Printer, answers)
}

func countRecord(r shell.Answer[counted]) out.Record {
	return out.Record{out.Text("member", r.Member), out.Uint("keys", r.Value.keys).If(r.Err == nil),
		out.Uint("applied_index", r.Value.applied).If(r.Err == nil), out.Text("error", failure.Brief(r.Err))}
}

func countCells(s *shell.Session, r shell.Answer[counted]) []out.Cell {
	name, none := out.Inked(r.Member, s.Ink.Strong), out.Plain("-")
	if r.Err != nil {
		return []out.Cell{name, none, none, out.Inked(failure.Brief(r.Err), s.Ink.Bad)}
	}
	return []out.Cell{name, out.Number(r.Value.keys), out.Number(r.Value.applied), none}
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
