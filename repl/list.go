package repl

import (
	"context"
	"fmt"

	"kv/client"
	"kv/repl/out"
	"kv/repl/syntax"
)

func listCommands() []Command {
	options := append([]Option{
		{Name: "limit", Value: "N", Kind: KindNumber, Help: "show at most N keys, 0 for all; 100 at the prompt"},
		{Name: "keys", Help: "leave out the values"},
		{Name: "count", Help: "only count the keys"},
		{Name: "reverse", Help: "begin with the last key"},
		{Name: "sort", Value: "ORDER", Kind: KindOrder, Alone: true, Help: "by key, create, mod (revisions) or version"},
	}, rangeOptions()...)
	return []Command{{
		Name: "list", Aliases: []string{"ls"}, Group: GroupData, Run: runList, Op: listOp,
		Args:    []Arg{{Name: "PREFIX", Kind: KindKey, Optional: true}},
		Options: append(append(options, revOption()), readOptions()...),
		Check:   func(c *Command, a Args) error { return checkRange(c, a, "PREFIX") },
		Summary: "list keys in order",
		Help: "Lists the keys that begin with PREFIX, those -from one key -to another, or\n" +
			"all. In a script each line is a key, a tab and a value, quoted where the shell\n" +
			"would need it, and -count prints a number.\n",
		Example: "list user/ -limit 10 -keys",
	}}
}

// orders are the values of -sort.
var orders = map[string]client.SortBy{"key": client.SortByKey, "create": client.SortByCreateRevision,
	"mod": client.SortByModRevision, "version": client.SortByVersion}

func listOp(a Args) client.Op {
	return client.Op{Kind: client.KindList, Range: a.keys("PREFIX"), Limit: a.Int("limit", 0),
		KeysOnly: a.Has("keys"), CountOnly: a.Has("count"), Reverse: a.Has("reverse")}
}

// screenful is how many keys list shows at the prompt unless told otherwise.
const screenful = 100

func runList(ctx context.Context, s *Session, a Args) error {
	read, err := s.listOptions(ctx, a)
	if err != nil {
		return err
	}
	l, err := s.store.List(ctx, a.Get("PREFIX"), read)
	if err != nil {
		return err
	}
	s.stale(l.Header, l.Freshness)
	switch {
	case read.CountOnly:
		return s.listCount(l)
	case s.Human:
		return s.listTable(l, read)
	default:
		return s.listLines(l, read)
	}
}

func (s *Session) listOptions(ctx context.Context, a Args) (Read, error) {
	read, err := s.readOptions(ctx, a)
	read.KeysOnly, read.CountOnly, read.Reverse = a.Has("keys"), a.Has("count"), a.Has("reverse")
	read.SortBy = orders[a.Get("sort")]
	read.Limit = s.limit(a)
	if a.many() {
		keys := a.keys("PREFIX")
		read.Within = &keys
	}
	return read, err
}

// limit is the value of -limit; people get a screenful if they do not say.
func (s *Session) limit(a Args) int {
	if s.Human {
		return a.Int("limit", screenful)
	}
	return a.Int("limit", 0)
}

func (s *Session) listCount(l Listing) error {
	for _, err := range l.All {
		if err != nil {
			return err
		}
	}
	if s.Human {
		s.listEnd(l.Count(), l)
	} else {
		fmt.Fprintln(s.Out, l.Count())
	}
	return nil
}

// listLines prints keys as they come, whatever their number.
func (s *Session) listLines(l Listing, read Read) error {
	for kv, err := range l.All {
		if err != nil {
			return err
		}
		text := syntax.Quote(kv.Key)
		if !read.KeysOnly {
			text += "\t" + syntax.Quote(string(kv.Value))
		}
		if err := s.Line("listing", text); err != nil {
			return err
		}
	}
	return nil
}

func (s *Session) listTable(l Listing, read Read) error {
	t := s.Rolling(listHead(read)...)
	for kv, err := range l.All {
		if err != nil {
			return err
		}
		if err := t.Add(listRow(kv, read, s.Ink)...); err != nil {
			return err
		}
	}
	if err := t.End(); err != nil {
		return err
	}
	s.listEnd(t.Rows(), l)
	return nil
}

// listHead shows what the list is sorted by, too.
func listHead(read Read) []string {
	switch {
	case read.KeysOnly:
		return []string{"KEY"}
	case read.SortBy == client.SortByCreateRevision:
		return []string{"KEY", "REV", "CREATED", "VALUE"}
	case read.SortBy == client.SortByVersion:
		return []string{"KEY", "REV", "VERSION", "VALUE"}
	default:
		return []string{"KEY", "REV", "VALUE"}
	}
}

func listRow(kv client.KeyValue, read Read, ink out.Palette) []out.Cell {
	row := []out.Cell{out.Inked(syntax.Quote(kv.Key), ink.Key)}
	if read.KeysOnly {
		return row
	}
	row = append(row, out.Number(kv.ModRevision))
	switch read.SortBy {
	case client.SortByCreateRevision:
		row = append(row, out.Number(kv.CreateRevision))
	case client.SortByVersion:
		row = append(row, out.Number(kv.Version))
	}
	return append(row, out.Plain(out.Preview(kv.Value)))
}

func (s *Session) listEnd(n uint64, l Listing) {
	text := out.Count(n, "key")
	if l.More != nil && l.More() {
		text += "; there are more, -limit shows them"
	}
	s.Note("%s  rev %d  %s", text, l.Revision, out.Millis(s.took()))
}
