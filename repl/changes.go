package repl

import (
	"context"
	"fmt"
	"strconv"

	"kv/client"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/syntax"
)

func historyCommands() []Command {
	return []Command{
		{
			Name: "history", Group: GroupData, Run: runHistory,
			Args: []Arg{{Name: "KEY", Kind: KindKey}},
			Options: append([]Option{
				{Name: "limit", Value: "N", Kind: KindNumber, Help: "show at most N changes, 0 for all; 100 at the prompt"},
			}, readOptions()...),
			Summary: "what became of a key, the newest first",
			Help: "Changes are kept for a time, deletions too. The last one shown may be older:\n" +
				"it is what the key was when the history that is kept begins. In a script each\n" +
				"line is PUT, the revision, the key and the value, or DELETE, the revision and\n" +
				"the key, with tabs between them.\n",
			Example: "history greeting -limit 10",
		},
		{
			Name: "revert", Group: GroupData, Writes: true, Run: runRevert,
			Args:    []Arg{{Name: "KEY", Kind: KindKey}, {Name: "REV", Kind: KindPositive}},
			Summary: "give a key the value it had at a revision",
			Help: "A key that was not there then is deleted. That is a new change, which can be\n" +
				"reverted as well; the key then lives by no lease.\n",
			Example: "revert greeting 12",
		},
		{
			Name: "compact", Group: GroupData, Writes: true, Run: runCompact,
			Args:    []Arg{{Name: "REV", Kind: KindPositive}},
			Summary: "forget the history before a revision",
			Help: "The keys stay what they are. What was there before REV can no longer be read,\n" +
				"watched or reverted to. The members do this by themselves, too.\n",
			Example: "compact 1000",
		},
	}
}

// errNoHistory: nothing is known of a key, now or before.
var errNoHistory = &failure.AbsentError{Answer: true, Text: "(no history: the key is not there, and was not in the history that is kept)"}

func runHistory(ctx context.Context, s *Session, a Args) error {
	read, err := s.readOptions(ctx, a)
	if err != nil {
		return err
	}
	read.Limit = s.limit(a)
	h, err := s.store.History(ctx, a.Get("KEY"), read)
	if err != nil {
		return err
	}
	s.stale(h.Header, h.Freshness)
	n, err := s.showHistory(h)
	switch {
	case err != nil:
		return err
	case n == 0:
		return errNoHistory
	case s.Human:
		s.historyEnd(n, h)
	}
	return nil
}

// showHistory prints the changes and returns their number.
func (s *Session) showHistory(h History) (uint64, error) {
	t := s.Rolling("REV", "VERSION", "LEASE", "VALUE")
	n := uint64(0)
	for c, err := range h.All {
		if err != nil {
			return n, err
		}
		n++
		if s.Human {
			err = t.Add(s.historyRow(c)...)
		} else {
			err = s.changeRecord(c)
		}
		if err != nil {
			return n, err
		}
	}
	return n, t.End()
}

func (s *Session) historyRow(c client.Change) []out.Cell {
	rev := out.Number(c.KV.ModRevision)
	if c.Deleted {
		return []out.Cell{rev, out.Plain("-"), out.Plain("-"), out.Inked("(deleted)", s.Ink.Warn)}
	}
	lease := "-"
	if c.KV.Lease != 0 {
		lease = strconv.FormatUint(uint64(c.KV.Lease), 10)
	}
	return []out.Cell{rev, out.Number(c.KV.Version), out.Plain(lease), out.Plain(out.Preview(c.KV.Value))}
}

// changeRecord prints a change for programs.
func (s *Session) changeRecord(c client.Change) error {
	if c.Deleted {
		return s.Record("DELETE", c.KV.ModRevision, c.KV.Key)
	}
	return s.Record("PUT", c.KV.ModRevision, c.KV.Key, syntax.Quote(string(c.KV.Value)))
}

func (s *Session) historyEnd(n uint64, h History) {
	text := out.Count(n, "change")
	if h.More != nil && h.More() {
		text += "; there are more, -limit shows them"
	}
	s.Note("%s  kept since rev %d  %s", text, h.Oldest, out.Millis(s.took()))
}

func runRevert(ctx context.Context, s *Session, a Args) error {
	r, err := s.store.Revert(ctx, a.Get("KEY"), a.Number("REV"))
	if err != nil {
		return err
	}
	if r.KV == nil {
		s.ok(r.Header, fmt.Sprintf("not there, as at rev %d", a.Number("REV")))
		return nil
	}
	s.ok(r.Header, fmt.Sprintf("version %d", r.KV.Version))
	return nil
}

func runCompact(ctx context.Context, s *Session, a Args) error {
	r, err := s.store.Compact(ctx, a.Number("REV"))
	if err != nil {
		return err
	}
	s.ok(r.Header, fmt.Sprintf("the history begins at rev %d", a.Number("REV")))
	return nil
}
