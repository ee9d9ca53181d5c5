package inspect

import (
	"context"
	"fmt"
	"time"

	"kv/client"
	"kv/proto/kverr"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

func (r rows) pingRow() shell.Command {
	return shell.Command{
		Name: "ping", Group: shell.GroupCluster, Run: r.ping, Places: true, Check: notBoth,
		Args: memberArg(),
		Options: []shell.Option{
			{Name: "n", Value: "COUNT", Kind: shell.KindPositive, Help: "ask each member so often, 3 times if not given"},
			{Name: "write", Help: "commit an entry that changes nothing, by way of the member: a majority has to write it to disk"},
		},
		Summary: "how long a member takes to answer",
		Help: "Without a member each one is asked. The times are of whole round trips; the\n" +
			"first may have to open a connection.\n",
		Example: "ping n2 -n 5",
	}
}

// trips are the round trips to one member.
type trips struct {
	member                 string
	sent, done             int
	least, most, sum, last time.Duration
	failed                 error // the last one
}

func (t *trips) add(d time.Duration, err error) {
	t.sent++
	if err != nil {
		t.failed = err
		return
	}
	if t.done == 0 || d < t.least {
		t.least = d
	}
	t.done++
	t.most, t.sum, t.last = max(t.most, d), t.sum+d, d
}

// ping asks one member after the other, so that none makes another slow.
func (r rows) ping(ctx context.Context, s *shell.Session, a shell.Args) error {
	members, err := asked(ctx, s, a, s.MemberNames)
	if err != nil {
		return err
	}
	all := make([]*trips, 0, len(members))
	var failed error
	answered := 0
	for _, m := range members {
		t := r.trips(ctx, s, m, a.Int("n", 3), a.Has("write"))
		all = append(all, t)
		answered += t.done
		if t.failed != nil {
			failed = t.failed
		}
	}
	view := out.View[*trips]{Record: (*trips).record, Head: []string{"MEMBER", "ANSWERS", "LEAST", "MEAN", "MOST", "NOTE"},
		Cells: func(t *trips) []out.Cell { return t.cells(s) }}
	if err := view.All(s.Printer, all); err != nil {
		return err
	}
	if answered == 0 && failed != nil {
		return failed
	}
	return nil
}

func (r rows) trips(ctx context.Context, s *shell.Session, member string, n int, write bool) *trips {
	t := &trips{member: member}
	for range n {
		if ctx.Err() != nil {
			t.add(0, kverr.From(ctx.Err()))
			break
		}
		t.trip(ctx, s, func(ctx context.Context) (h client.Header, err error) {
			if write {
				return r.store.Commit(ctx, member)
			}
			st, err := r.store.Status(ctx, member)
			return st.Header, err
		})
	}
	return t
}

func (t *trips) trip(ctx context.Context, s *shell.Session, ask func(context.Context) (client.Header, error)) {
	ctx, cancel := context.WithTimeout(ctx, shell.MemberWait)
	defer cancel()
	began := s.Took()
	_, err := ask(ctx)
	t.add(s.Took()-began, err)
}

// record is for programs; nil is nobody's.
func (t *trips) record() out.Record {
	if t == nil {
		t = &trips{}
	}
	any := t.done > 0
	return out.Record{out.Text("member", t.member), out.Uint("sent", t.sent), out.Uint("answered", t.done), out.Duration("least", t.least).If(any),
		out.Duration("mean", t.mean()).If(any), out.Duration("most", t.most).If(any), out.Text("error", failure.Brief(t.failed))}
}

func (t *trips) mean() time.Duration { return t.sum / time.Duration(max(t.done, 1)) }

func (t *trips) cells(s *shell.Session) []out.Cell {
	name := out.Inked(t.member, s.Ink.Strong)
	count := out.Plain(fmt.Sprintf("%d/%d", t.done, t.sent))
	note := out.Inked(out.OrDash(failure.Brief(t.failed)), s.Ink.Bad)
	if t.failed == nil {
		note = out.Plain("-")
	}
	if t.done == 0 {
		none := out.Plain("-")
		return []out.Cell{name, count, none, none, none, note}
	}
	return []out.Cell{name, count, out.Plain(out.Millis(t.least)), out.Plain(out.Millis(t.mean())), out.Plain(out.Millis(t.most)), note}
}
