package inspect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kv/client"
	"kv/proto/kverr"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

func (r rows) diffRow() shell.Command {
	return shell.Command{
		Name: "diff", Group: shell.GroupCluster, Run: r.diff,
		Args:    []shell.Arg{{Name: "PREFIX", Kind: shell.KindKey, Optional: true}},
		Options: []shell.Option{{Name: "limit", Value: "N", Kind: shell.KindPositive, Help: "show at most N keys that differ, 20 if not given"}},
		Summary: "do all members have the same keys",
		Help: "Reads the keys that begin with PREFIX, or all, from each member's own state at\n" +
			"one revision, and shows those that differ or are missing. Keys that differ end\n" +
			"a script with exit code 1, a member that cannot be compared with 7. One that is\n" +
			"behind is waited for.\n",
		Example: "diff user/",
	}
}

// errKeysDiffer: there are keys that differ.
var errKeysDiffer = errors.New("the members do not have the same keys at one revision: this must never happen; keep the data folders")

func (r rows) diff(ctx context.Context, s *shell.Session, a shell.Args) error {
	members, err := s.MemberNames(ctx)
	if err != nil {
		return err
	}
	revision, ready, err := r.common(ctx, s, members)
	if err != nil {
		return err
	}
	sources := make([]*source, len(ready))
	for i, m := range ready {
		sources[i] = newSource(m, r.store.Copy(ctx, m, a.Get("PREFIX"), revision))
		defer sources[i].stop()
	}
	limit := a.Int("limit", 20)
	c := comparison{revision: revision, members: ready}
	var broken *source
	c.keys, broken = compare(sources, func(d difference) bool {
		c.differences = append(c.differences, d)
		return len(c.differences) < limit
	})
	if err := s.One(c.record(broken == nil), func() error { return c.text(s, broken == nil) }); err != nil {
		return err
	}
	switch {
	case broken != nil:
		return fmt.Errorf("read %s: %w", broken.member, broken.failed)
	case len(c.differences) > 0:
		return errKeysDiffer
	case len(ready) < len(members):
		return cannotSay("%d of %s have the same keys; of the others nobody can say", len(ready), out.Count(uint64(len(members)), "member"))
	default:
		return nil
	}
}

// comparison is what a diff has found.
type comparison struct {
	revision    uint64
	members     []string
	keys        uint64 // that were compared
	differences []difference
}

// text shows the keys that differ or, if all were compared, that there are none.
func (c comparison) text(s *shell.Session, whole bool) error {
	if len(c.differences) == 0 {
		if !whole {
			return nil
		}
		return s.Line("answer", fmt.Sprintf("%s agree at revision %d: %s", out.Count(uint64(len(c.members)), "member"), c.revision, out.Count(c.keys, "key")))
	}
	g := &out.Grid{Head: append([]string{"KEY"}, c.members...)}
	for _, d := range c.differences {
		g.Add(diffCells(s, d)...)
	}
	return s.Table(g)
}

// record is the comparison for programs.
func (c comparison) record(whole bool) out.Record {
	return out.Record{out.Bool("agree", len(c.differences) == 0).If(whole || len(c.differences) > 0), out.Uint("revision", c.revision),
		out.Texts("members", c.members), out.Uint("keys", c.keys), out.Records("differences", c.differences, c.differenceRecord)}
}

func (c comparison) differenceRecord(d difference) out.Record {
	has := make([]out.Record, len(d.has))
	for i, kv := range d.has {
		found := kv != nil
		if !found {
			kv = &client.KeyValue{}
		}
		has[i] = out.Record{out.Text("member", c.members[i]), out.Bool("found", found), out.Bytes("value", kv.Value).If(found),
			out.Uint("mod_revision", kv.ModRevision).If(found), out.Uint("version", kv.Version).If(found)}
	}
	return out.Record{out.Key("key", d.key), out.Objects("members", has)}
}

func diffCells(s *shell.Session, d difference) []out.Cell {
	cells := []out.Cell{out.Inked(s.Quote(d.key), s.Ink.Key)}
	for _, kv := range d.has {
		if kv == nil {
			cells = append(cells, out.Inked("(missing)", s.Ink.Bad))
			continue
		}
		cells = append(cells, out.Plain(fmt.Sprintf("%s rev %d", s.Preview(kv.Value), kv.ModRevision)))
	}
	return cells
}

// catchUp bounds how long diff waits for members that are behind.
const catchUp = 3 * time.Second

// common returns a revision to compare at, and the members that have come to it. With a
// quorum it is the newest one, else the newest that all who answer have.
func (r rows) common(ctx context.Context, s *shell.Session, members []string) (revision uint64, ready []string, err error) {
	confirm, cancel := context.WithTimeout(ctx, shell.MemberWait)
	h, err := r.store.Confirm(confirm)
	cancel()
	revision = h.Revision
	if err != nil {
		s.Warn("no newest revision is to be had (%s); the members are compared at one that all of them have", failure.Brief(err))
		if revision, err = r.lowest(ctx, members); err != nil {
			return 0, nil, err
		}
	}
	wait, cancel := context.WithTimeout(ctx, catchUp)
	defer cancel()
	for _, a := range shell.AskEach(wait, members, func(ctx context.Context, m string) (client.Status, error) { return r.reach(ctx, m, revision) }) {
		if a.Err != nil {
			s.Warn("%s is left out: %s", a.Member, failure.Brief(a.Err))
			continue
		}
		ready = append(ready, a.Member)
	}
	if len(ready) == 0 {
		return 0, nil, kverr.ErrUnreachable.Withf("no member can be compared")
	}
	return revision, ready, nil
}

func (r rows) lowest(ctx context.Context, members []string) (revision uint64, err error) {
	found := false
	for _, a := range shell.AskEach(ctx, members, r.store.Status) {
		switch {
		case a.Err != nil:
			err = a.Err
		case !found || a.Value.Revision < revision:
			revision, found = a.Value.Revision, true
		}
	}
	if found {
		return revision, nil
	}
	return 0, err
}

// reach waits until a member has come to a revision.
func (r rows) reach(ctx context.Context, member string, revision uint64) (client.Status, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		st, err := r.store.Status(ctx, member)
		if err != nil || st.Revision >= revision {
			return st, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return st, fmt.Errorf("it is at revision %d and does not come to %d", st.Revision, revision)
		}
	}
}
