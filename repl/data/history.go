package data

import (
	"context"
	"fmt"
	"strconv"

	"kv/client"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
	"kv/repl/syntax"
)

func (d rows) historyRows() []shell.Command {
	return []shell.Command{
		{
			Name: "history", Group: shell.GroupData, Run: d.history, Places: true, Check: checkHistory,
			Args: []shell.Arg{{Name: "KEY", Kind: shell.KindKey}},
			Options: append([]shell.Option{
				{Name: "limit", Value: "N", Kind: shell.KindNumber, Help: "show at most N changes, 0 for all; 100 at the prompt"},
			}, shell.ReadOptions()...),
			Summary: "what became of a key, the newest first",
			Help: "Changes are kept for a time, deletions too. The last one shown may be older:\n" +
				"it is what the key was when the history that is kept begins. In a script each\n" +
				"line is PUT, the revision, the key and the value, or DELETE, the revision and\n" +
				"the key, with tabs between them.\n",
			Example: "history greeting -limit 10",
		},
		{
			Name: "revert", Group: shell.GroupData, Writes: true, Run: d.revert,
			Args:    []shell.Arg{{Name: "KEY", Kind: shell.KindKey}, {Name: "REV", Kind: shell.KindPositive}},
			Summary: "give a key the value it had at a revision",
			Help: "A key that was not there then is deleted. That is a new change, which can be\n" +
				"reverted as well; the key then lives by no lease.\n",
			Example: "revert greeting 12",
		},
		{
			Name: "compact", Group: shell.GroupData, Writes: true, Run: d.compact,
			Args:    []shell.Arg{{Name: "REV", Kind: shell.KindPositive}},
			Summary: "forget the history before a revision",
			Help: "The keys stay what they are. Changes before REV can no longer be read, watched\n" +
				"or reverted to; what was there right before REV still can. The members do this\n" +
				"by themselves, too.\n",
			Example: "compact 1000",
		},
	}
}

func checkHistory(c *shell.Command, a shell.Args) error {
	if a.Everywhere() {
		return c.Misuse("history asks one member, such as @n2; `get %s @all` shows what each has now", syntax.Quote(a.Get("KEY")))
	}
	return nil
}

// errNoHistory: nothing is known of a key, now or before.
var errNoHistory = &failure.AbsentError{Answer: true, Text: "(no history: the key is not there, and was not in the history that is kept)"}

func (d rows) history(ctx context.Context, s *shell.Session, a shell.Args) error {
	read, err := readOf(ctx, s, a)
	if err != nil {
		return err
	}
	read.Limit = limit(s, a)
	h, err := d.store.History(ctx, a.Get("KEY"), read)
	if err != nil {
		return err
	}
	stale(s, h.Header, h.Freshness)
	n, err := showHistory(s, h)
	switch {
	case err != nil:
		return err
	case n == 0:
		return errNoHistory
	case s.ForPeople():
		historyEnd(s, n, h)
	}
	return nil
}

// showHistory prints the changes and returns their number.
func showHistory(s *shell.Session, h History) (uint64, error) {
	l := out.View[client.Change]{Record: changeRecord, Head: []string{"REV", "VERSION", "LEASE", "VALUE"},
		Cells: func(c client.Change) []out.Cell { return changeCells(s, c) },
		Line:  func(c client.Change) string { return changeLine(s, c) }}.Begin(s.Printer)
	for c, err := range h.All {
		if err == nil {
			err = l.Add(c)
		}
		if err != nil {
			return l.Rows(), err
		}
	}
	if l.Rows() == 0 {
		return 0, nil
	}
	return l.Rows(), l.End()
}

func changeCells(s *shell.Session, c client.Change) []out.Cell {
	rev := out.Number(c.KV.ModRevision)
	if c.Deleted {
		return []out.Cell{rev, out.Plain("-"), out.Plain("-"), out.Inked("(deleted)", s.Ink.Warn)}
	}
	lease := "-"
	if c.KV.Lease != 0 {
		lease = strconv.FormatUint(uint64(c.KV.Lease), 10)
	}
	return []out.Cell{rev, out.Number(c.KV.Version), out.Plain(lease), out.Plain(s.Preview(c.KV.Value))}
}

// changeRecord is a change for programs. A deletion has a key and a revision alone.
func changeRecord(c client.Change) out.Record {
	there := !c.Deleted
	return out.Record{out.Text("type", changeType(c)), out.Key("key", c.KV.Key), out.Bytes("value", c.KV.Value).If(there),
		out.Uint("create_revision", c.KV.CreateRevision).If(there), out.Uint("mod_revision", c.KV.ModRevision),
		out.Uint("version", c.KV.Version).If(there), out.Uint("lease", c.KV.Lease).If(c.KV.Lease != 0)}
}

func changeType(c client.Change) string {
	if c.Deleted {
		return "delete"
	}
	return "put"
}

// changeLine is a change for scripts.
func changeLine(s *shell.Session, c client.Change) string {
	if c.Deleted {
		return s.Tabs("DELETE", c.KV.ModRevision, c.KV.Key)
	}
	return s.Tabs("PUT", c.KV.ModRevision, c.KV.Key, s.Quote(string(c.KV.Value)))
}

func historyEnd(s *shell.Session, n uint64, h History) {
	text := out.Count(n, "change")
	if h.More != nil && h.More() {
		text += "; there are more, -limit shows them"
	}
	s.Note("%s  kept since rev %d  %s", text, h.Oldest, out.Millis(s.Took()))
}

func (d rows) revert(ctx context.Context, s *shell.Session, a shell.Args) error {
	r, err := d.store.Revert(ctx, a.Get("KEY"), a.Number("REV"))
	if err != nil {
		return err
	}
	if r.KV == nil {
		s.OK(r.Header, fmt.Sprintf("not there, as at rev %d", a.Number("REV")), out.Bool("there", false))
		return nil
	}
	s.OK(r.Header, fmt.Sprintf("version %d", r.KV.Version), out.Bool("there", true), out.Uint("version", r.KV.Version))
	return nil
}

func (d rows) compact(ctx context.Context, s *shell.Session, a shell.Args) error {
	r, err := d.store.Compact(ctx, a.Number("REV"))
	if err != nil {
		return err
	}
	s.OK(r.Header, fmt.Sprintf("the history begins at rev %d", a.Number("REV")), out.Uint("oldest_revision", a.Number("REV")))
	return nil
}
