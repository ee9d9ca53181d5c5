package data

import (
	"bytes"
	"context"

	"kv/client"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

// getEach shows what members have of a key, each in its own state.
func (d rows) getEach(ctx context.Context, s *shell.Session, a shell.Args) error {
	names, err := s.Asked(ctx, a)
	if err != nil {
		return err
	}
	answers := shell.AskEach(ctx, names, func(ctx context.Context, name string) (client.GetResult, error) {
		return d.store.Get(ctx, a.Get("KEY"), Read{Stale: true, At: name, Look: true, Revision: a.Number("rev")})
	})
	all := out.View[shell.Answer[client.GetResult]]{Record: eachRecord, Head: []string{"MEMBER", "VALUE", "REV", "VERSION", "APPLIED", "NOTE"},
		Cells: func(r shell.Answer[client.GetResult]) []out.Cell { return eachCells(s, r) }}
	if err := all.All(s.Printer, answers); err != nil {
		return err
	}
	return agreement(s, answers)
}

func eachRecord(r shell.Answer[client.GetResult]) out.Record {
	kv := r.Value.KV
	found := kv != nil
	if !found {
		kv = &client.KeyValue{}
	}
	return out.Record{out.Text("member", r.Member), out.Bool("found", found).If(r.Err == nil), out.Bytes("value", kv.Value).If(found),
		out.Uint("mod_revision", kv.ModRevision).If(found), out.Uint("version", kv.Version).If(found),
		out.Uint("applied_index", r.Value.AppliedIndex).If(r.Err == nil), out.Text("error", failure.Brief(r.Err))}
}

func eachCells(s *shell.Session, r shell.Answer[client.GetResult]) []out.Cell {
	name := out.Inked(r.Member, s.Ink.Strong)
	none := out.Plain("-")
	switch kv := r.Value.KV; {
	case r.Err != nil:
		return []out.Cell{name, none, none, none, none, out.Inked(failure.Brief(r.Err), s.Ink.Bad)}
	case kv == nil:
		return []out.Cell{name, none, none, none, out.Number(r.Value.AppliedIndex), out.Inked("not found", s.Ink.Warn)}
	default:
		return []out.Cell{name, out.Plain(s.Preview(kv.Value)), out.Number(kv.ModRevision), out.Number(kv.Version), out.Number(r.Value.AppliedIndex), none}
	}
}

// agreement says in words whether the members that answered have the same. That they do
// not is an answer: one may only be behind. Only where none has the key it is not found.
func agreement(s *shell.Session, answers []shell.Answer[client.GetResult]) error {
	var all []client.GetResult
	var failed error
	for _, r := range answers {
		if r.Err != nil {
			failed = r.Err
			continue
		}
		all = append(all, r.Value)
	}
	switch n := out.Count(uint64(len(all)), "member"); {
	case len(all) == 0:
		return failed
	case !same(all):
		s.Warn("they do not agree now; one that has applied less may only be behind: `diff` compares at one revision")
	case len(all) == 1:
	case all[0].KV == nil:
		s.Note("%s agree: it is not there", n)
	default:
		s.Note("%s agree", n)
	}
	for _, r := range all {
		if r.KV != nil {
			return nil
		}
	}
	return failure.ErrNotFound
}

// same reports whether all results have the same version of the key.
func same(all []client.GetResult) bool {
	first := all[0].KV
	for _, r := range all[1:] {
		kv := r.KV
		if (kv == nil) != (first == nil) {
			return false
		}
		if kv != nil && (kv.ModRevision != first.ModRevision || !bytes.Equal(kv.Value, first.Value)) {
			return false
		}
	}
	return true
}
