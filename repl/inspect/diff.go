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
	"kv/repl/syntax"
)

func (r rows) diffRow() shell.Command {
	return shell.Command{
		Name: "diff", Group: shell.GroupCluster, Run: r.diff,
		Args:    []shell.Arg{{Name: "PREFIX", Kind: shell.KindKey, Optional: true}},
		Options: []shell.Option{{Name: "limit", Value: "N", Kind: shell.KindPositive, Help: "show at most N keys that differ, 20 if not given"}},
		Summary: "do all members have the same keys",
		Help: "Reads the keys that begin with PREFIX, or all, from each member's own state at\n" +
			"one revision, and shows those that differ or are missing. Keys that differ end\n" +
			"a script with exit code 1. A member that is behind is waited for.\n",
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
	g := &out.Grid{Head: append([]string{"KEY"}, ready...)}
	keys, broken := compare(sources, func(d difference) bool {
		g.Add(diffCells(s, d)...)
		return g.Rows() < limit
	})
	if g.Rows() > 0 {
		if err := s.Table(g); err != nil {
			return err
		}
	}
	switch who := out.Count(uint64(len(ready)), "member"); {
	case broken != nil:
		return fmt.Errorf("read %s: %w", broken.member, broken.failed)
	case g.Rows() > 0:
		return errKeysDiffer
	default:
		fmt.Fprintf(s.Out, "%s agree at revision %d: %s\n", who, revision, out.Count(keys, "key"))
		return nil
	}
}

func diffCells(s *shell.Session, d difference) []out.Cell {
	cells := []out.Cell{out.Inked(syntax.Quote(d.key), s.Ink.Key)}
	for _, kv := range d.has {
		if kv == nil {
			cells = append(cells, out.Inked("(missing)", s.Ink.Bad))
			continue
		}
		cells = append(cells, out.Plain(fmt.Sprintf("%s rev %d", out.Preview(kv.Value), kv.ModRevision)))
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
