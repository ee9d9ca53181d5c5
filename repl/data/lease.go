package data

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kv/client"
	"kv/repl/out"
	"kv/repl/shell"
)

func (d rows) leaseRows() []shell.Command {
	id := []shell.Arg{{Name: "ID", Kind: kindLease}}
	return []shell.Command{
		{
			Name: "lease grant", Group: shell.GroupLease, Writes: true, Run: d.grant,
			Args:    []shell.Arg{{Name: "TTL", Kind: shell.KindDuration}},
			Summary: "make a lease",
			Help: "Keys put with -lease ID are deleted once the lease was not kept alive for TTL,\n" +
				"such as 30s or 5m. A script gets the id alone.\n",
			Example: "lease grant 30s",
		},
		{
			Name: "lease keep-alive", Group: shell.GroupLease, Writes: true, Run: d.keepAlive, Args: id,
			Summary: "give a lease its whole time again",
			Help:    "It is done once: a program that lives by a lease repeats it in good time.\n",
			Example: "lease keep-alive 1",
		},
		{
			Name: "lease revoke", Group: shell.GroupLease, Writes: true, Run: d.revoke, Args: id,
			Summary: "end a lease and delete its keys",
			Help:    "All its keys go at one revision.\n",
			Example: "lease revoke 1",
		},
		{
			Name: "lease list", Group: shell.GroupLease, Run: d.leases,
			Summary: "the leases and what is left of them",
			Help: "TTL is how long a lease lasts when it is kept alive, LEFT how long from now.\n" +
				"In a script a line is id, TTL, what is left and the number of keys, with tabs\n" +
				"between them.\n",
			Example: "lease list",
		},
		{
			Name: "lease show", Group: shell.GroupLease, Run: d.lease, Args: id,
			Summary: "a lease and its keys",
			Help: "Shows at most 1000 of the keys. In a script the line of `lease list` comes\n" +
				"first, and then each key on a line of its own.\n",
			Example: "lease show 1",
		},
	}
}

func leaseID(a shell.Args) client.LeaseID { return client.LeaseID(a.Number("ID")) }

func (d rows) grant(ctx context.Context, s *shell.Session, a shell.Args) error {
	r, err := d.store.Grant(ctx, a.Duration("TTL"))
	switch {
	case err != nil:
		return err
	case s.ForPeople() || s.ForPrograms():
		s.OK(client.Header{Leader: r.Leader}, fmt.Sprintf("lease %d  lasts %s", r.ID, lasts(a.Duration("TTL"))),
			out.Uint("lease", r.ID), out.Duration("ttl", a.Duration("TTL")))
		return nil
	default:
		return s.Line("answer", fmt.Sprint(r.ID))
	}
}

func (d rows) keepAlive(ctx context.Context, s *shell.Session, a shell.Args) error {
	r, err := d.store.KeepAlive(ctx, leaseID(a))
	if err != nil {
		return err
	}
	s.OK(client.Header{Leader: r.Leader}, fmt.Sprintf("lease %d  lasts %s", leaseID(a), lasts(r.TTL)),
		out.Uint("lease", leaseID(a)), out.Duration("ttl", r.TTL))
	return nil
}

func (d rows) revoke(ctx context.Context, s *shell.Session, a shell.Args) error {
	r, err := d.store.Revoke(ctx, leaseID(a))
	if err != nil {
		return err
	}
	s.OK(r.Header, fmt.Sprintf("%d deleted", r.Deleted), out.Uint("deleted", r.Deleted))
	return nil
}

func (d rows) leases(ctx context.Context, s *shell.Session, _ shell.Args) error {
	leases, err := d.store.Leases(ctx)
	if err != nil {
		return err
	}
	all := out.View[client.Lease]{Record: leaseRecord, Line: leaseLine, Head: []string{"ID", "TTL", "LEFT", "KEYS"},
		Cells: func(l client.Lease) []out.Cell {
			return []out.Cell{out.Inked(fmt.Sprint(l.ID), s.Ink.Strong), out.Plain(lasts(l.TTL)), out.Plain(lasts(l.Remaining)), out.Number(l.KeyCount)}
		}}.Begin(s.Printer)
	for _, l := range leases {
		if err := all.Add(l); err != nil {
			return err
		}
	}
	if err := all.End(); err != nil || !s.ForPeople() {
		return err
	}
	s.Note("%s  %s", out.Count(uint64(len(leases)), "lease"), out.Millis(s.Took()))
	return nil
}

func (d rows) lease(ctx context.Context, s *shell.Session, a shell.Args) error {
	l, err := d.store.LeaseInfo(ctx, leaseID(a))
	if err != nil {
		return err
	}
	keys := out.Records("keys", l.Keys, func(key string) out.Record { return out.Record{out.Key("key", key)} })
	return s.One(append(leaseRecord(l), keys), func() error { return leaseText(s, l) })
}

// leaseText shows a lease and its keys.
func leaseText(s *shell.Session, l client.Lease) error {
	if err := leaseHead(s, l); err != nil {
		return err
	}
	for _, key := range l.Keys {
		if err := s.Line("answer", s.Ink.Key.Sprint(s.Quote(key))); err != nil {
			return err
		}
	}
	if rest := l.KeyCount - uint64(len(l.Keys)); s.ForPeople() && rest > 0 {
		s.Note("and %d more", rest)
	}
	return nil
}

func leaseHead(s *shell.Session, l client.Lease) error {
	if !s.ForPeople() {
		return s.Line("answer", leaseLine(l))
	}
	g := &out.Grid{}
	g.Add(out.Inked("lease", s.Ink.Dim), out.Plain(fmt.Sprint(l.ID)))
	g.Add(out.Inked("ttl", s.Ink.Dim), out.Plain(lasts(l.TTL)))
	g.Add(out.Inked("left", s.Ink.Dim), out.Plain(lasts(l.Remaining)))
	g.Add(out.Inked("keys", s.Ink.Dim), out.Number(l.KeyCount))
	return s.Table(g)
}

func leaseRecord(l client.Lease) out.Record {
	return out.Record{out.Uint("lease", l.ID), out.Duration("ttl", l.TTL), out.Duration("remaining", l.Remaining), out.Uint("key_count", l.KeyCount)}
}

// leaseLine is a lease for scripts.
func leaseLine(l client.Lease) string {
	return fmt.Sprintf("%d\t%s\t%s\t%d", l.ID, l.TTL, l.Remaining, l.KeyCount)
}

// lasts shows how long a lease lasts, the tenth of a second being good enough.
func lasts(d time.Duration) string {
	text := d.Round(100 * time.Millisecond).String()
	if short, ok := strings.CutSuffix(text, "m0s"); ok {
		text = strings.TrimSuffix(short+"m", "h0m") // 5m of 5m0s
		if text != short+"m" {
			text += "h"
		}
	}
	return text
}
