package inspect

import (
	"context"
	"time"

	"kv/proto/kverr"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

func (r rows) healthRow() shell.Command {
	return shell.Command{
		Name: "health", Group: shell.GroupCluster, Run: r.health,
		Options: []shell.Option{{Name: "quiet", Help: "show only what is not well"}},
		Summary: "is the cluster well, and what is to be done",
		Help: "Asks every member and has an entry committed that changes nothing. The exit\n" +
			"code is 0 if the cluster serves, be it with warnings, and 5 if it does not.\n",
		Example: "health",
	}
}

func (r rows) health(ctx context.Context, s *shell.Session, a shell.Args) error {
	l, err := r.look(ctx, s)
	if err != nil {
		return kverr.ErrNoQuorum.Withf("the cluster does not serve: %s", failure.Brief(err))
	}
	findings, serves := judge(l)
	var shown []finding
	worst := fine
	for _, f := range findings {
		worst = max(worst, f.level)
		if f.level > fine || !a.Has("quiet") {
			shown = append(shown, f)
		}
	}
	shown = append(shown, remark(worst, "verdict", verdict(worst, serves), "").with(out.Bool("serves", serves)))
	all := out.View[finding]{Record: finding.record, Head: []string{"CHECK", "STATE", "DETAIL"},
		Cells: func(f finding) []out.Cell {
			return []out.Cell{out.Inked(f.about, s.Ink.Strong), levelCell(s, f.level), out.Plain(f.text)}
		}}
	if err := all.All(s.Printer, shown); err != nil {
		return err
	}
	for _, f := range shown {
		if f.advice != "" && !s.ForPrograms() {
			s.Warn("%s: %s", f.about, f.advice)
		}
	}
	if !serves {
		return kverr.ErrNoQuorum.Withf("the cluster does not serve: %s", failure.Brief(l.failed))
	}
	return nil
}

func (f finding) record() out.Record {
	return out.Record{out.Text("check", f.about), out.Text("state", f.level.String()), out.Text("detail", f.text), out.Object("facts", f.facts),
		out.Text("advice", f.advice)}
}

func levelCell(s *shell.Session, l level) out.Cell {
	ink := s.Ink.Good
	switch l {
	case odd:
		ink = s.Ink.Warn
	case bad:
		ink = s.Ink.Bad
	}
	return out.Inked(l.String(), ink)
}

func verdict(worst level, serves bool) string {
	switch {
	case !serves:
		return "the cluster does not serve"
	case worst > fine:
		return "the cluster serves; there is something to look at"
	default:
		return "the cluster is well"
	}
}

// commitWait bounds the write that health tries: without a quorum it would else wait for
// one as long as the command may.
const commitWait = 2 * time.Second

// look looks at everything that judge wants to know.
func (r rows) look(ctx context.Context, s *shell.Session) (look, error) {
	m, err := r.store.Members(ctx)
	if err != nil {
		return look{}, err
	}
	l := look{members: m, statuses: shell.AskEach(ctx, m.Names(), r.store.Status)}
	ctx, cancel := context.WithTimeout(ctx, commitWait)
	defer cancel()
	began := s.Took()
	_, l.failed = r.store.Commit(ctx, "")
	l.commit = s.Took() - began
	return l, nil
}
