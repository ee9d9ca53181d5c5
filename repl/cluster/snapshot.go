package cluster

import (
	"context"
	"errors"
	"strconv"

	"kv/client"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

func (c rows) snapshotRow() shell.Command {
	return shell.Command{
		Name: "snapshot", Group: shell.GroupCluster, Run: c.snapshot, Places: true, Check: oneWho,
		Args:    []shell.Arg{{Name: "MEMBER", Kind: shell.KindMember, Optional: true}},
		Options: []shell.Option{{Name: "keep", Value: "N", Kind: shell.KindPositive, Help: "leave the newest N entries in the log, at least"}},
		Summary: "have a member write its state down, and cut its log",
		Help: "Members do so by themselves when the log has grown enough; `raft` says when, and\n" +
			"how much of the log then stays for those who were away. With -keep 1 the log goes:\n" +
			"who lacks any of it is sent the whole state. LOG is how many entries are left.\n" +
			"@all asks each member; without MEMBER it is the leader if there is one. What a\n" +
			"snapshot holds is the member's own: `backup` writes keys into a file of yours.\n",
		Example: "snapshot n1",
	}
}

func (c rows) snapshot(ctx context.Context, s *shell.Session, a shell.Args) error {
	ask := func(ctx context.Context, member string) (client.SnapshotResult, error) {
		return c.store.Snapshot(ctx, member, a.Number("keep"))
	}
	if a.Place() == "" {
		return c.snapshotOne(ctx, s, a.Get("MEMBER"), ask)
	}
	names, err := s.Asked(ctx, a)
	if err != nil {
		return err
	}
	answers := shell.TellEach(ctx, names, ask)
	return errors.Join(snapshotView(s).All(s.Printer, answers), unmade(answers))
}

func (c rows) snapshotOne(ctx context.Context, s *shell.Session, member string, ask func(context.Context, string) (client.SnapshotResult, error)) error {
	name, err := s.Member(ctx, member)
	if err != nil {
		return err
	}
	made, err := ask(ctx, name)
	if err != nil {
		return err
	}
	s.Bare(strconv.FormatUint(made.Index, 10))
	return snapshotView(s).One(s.Printer, snapshotAnswer{Member: made.Member, Value: made})
}

// snapshotAnswer is what a member says of its snapshot.
type snapshotAnswer = shell.Answer[client.SnapshotResult]

func snapshotView(s *shell.Session) out.View[snapshotAnswer] {
	return out.View[snapshotAnswer]{Record: snapshotRecord, Head: []string{"MEMBER", "INDEX", "TERM", "SIZE", "LOG", "NOTE"},
		Cells: func(r snapshotAnswer) []out.Cell { return snapshotCells(s, r) }}
}

func snapshotRecord(r snapshotAnswer) out.Record {
	note, made := "", r.Err == nil
	if !made {
		note = failure.Brief(r.Err)
	}
	return out.Record{out.Text("member", r.Member), out.Uint("index", r.Value.Index).If(made), out.Uint("term", r.Value.Term).If(made),
		out.Uint("bytes", r.Value.Size).If(made), out.Uint("log_entries", r.Value.Left()).If(made), out.Text("note", note)}
}

func snapshotCells(s *shell.Session, r snapshotAnswer) []out.Cell {
	name, none := out.Inked(r.Member, s.Ink.Strong), out.Plain("-")
	switch made := r.Value; {
	case errors.Is(r.Err, client.ErrNothingNew):
		return []out.Cell{name, none, none, none, none, out.Inked("nothing new", s.Ink.Warn)}
	case r.Err != nil:
		return []out.Cell{name, none, none, none, none, out.Inked(failure.Brief(r.Err), s.Ink.Bad)}
	default:
		return []out.Cell{name, out.Number(made.Index), out.Number(made.Term), out.Plain(out.Size(made.Size)), out.Number(made.Left()), none}
	}
}

// unmade is why not all members that had something new have made a snapshot, or that
// none had.
func unmade(answers []shell.Answer[client.SnapshotResult]) error {
	var idle error
	for _, r := range answers {
		switch {
		case errors.Is(r.Err, client.ErrNothingNew):
			idle = r.Err
		case r.Err != nil:
			return r.Err
		}
	}
	for _, r := range answers {
		if r.Err == nil {
			return nil
		}
	}
	return idle
}
