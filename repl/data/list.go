package data

import (
	"context"
	"strconv"

	"kv/client"
	"kv/repl/out"
	"kv/repl/shell"
)

func (d rows) listRow() shell.Command {
	options := append([]shell.Option{
		{Name: "limit", Value: "N", Kind: shell.KindNumber, Help: "show at most N keys, 0 for all; 100 at the prompt"},
		{Name: "keys", Help: "leave out the values"},
		{Name: "count", Help: "only count the keys"},
		{Name: "reverse", Help: "begin with the last key"},
		{Name: "sort", Value: "ORDER", Kind: kindOrder, Alone: true, Help: "by key, create, mod (revisions) or version"},
	}, shell.RangeOptions()...)
	return shell.Command{
		Name: "list", Aliases: []string{"ls"}, Group: shell.GroupData, Run: d.list, Op: listOp, Places: true,
		Args:    []shell.Arg{{Name: "PREFIX", Kind: shell.KindKey, Optional: true}},
		Options: append(append(options, shell.RevOption()), shell.ReadOptions()...),
		Check:   checkList,
		Summary: "list keys in order",
		Help: "Lists the keys that begin with PREFIX, those -from one key -to another, or\n" +
			"all. In a script each line is a key, a tab and a value, quoted where the shell\n" +
			"would need it, and -count prints a number; with @all each member's.\n",
		Example: "list user/ -limit 10 -keys",
	}
}

func checkList(c *shell.Command, a shell.Args) error {
	if a.Everywhere() && !a.Has("count") {
		return c.Misuse("list shows the keys of one place; `list -count @all` counts those of each member, and `diff` compares them")
	}
	return shell.CheckRange(c, a, "PREFIX")
}

// orders are the values of -sort.
var orders = map[string]client.SortBy{"key": client.SortByKey, "create": client.SortByCreateRevision,
	"mod": client.SortByModRevision, "version": client.SortByVersion}

func listOp(_ *shell.Command, a shell.Args) (client.Op, error) {
	keys := shell.KeysOf(a, "PREFIX")
	return client.Op{Kind: client.KindList, Range: &keys, Limit: a.Int("limit", 0),
		KeysOnly: a.Has("keys"), CountOnly: a.Has("count"), Reverse: a.Has("reverse")}, nil
}

// screenful is how many keys list shows at the prompt unless told otherwise.
const screenful = 100

func (d rows) list(ctx context.Context, s *shell.Session, a shell.Args) error {
	if a.Everywhere() {
		return d.countEach(ctx, s, a)
	}
	read, err := listOptions(ctx, s, a)
	if err != nil {
		return err
	}
	l, err := d.store.List(ctx, a.Get("PREFIX"), read)
	if err != nil {
		return err
	}
	stale(s, l.Header, l.Freshness)
	if read.CountOnly {
		return listCount(s, l)
	}
	return listKeys(s, l, read)
}

func listOptions(ctx context.Context, s *shell.Session, a shell.Args) (Read, error) {
	read, err := readOf(ctx, s, a)
	read.KeysOnly, read.CountOnly, read.Reverse = a.Has("keys"), a.Has("count"), a.Has("reverse")
	read.SortBy = orders[a.Get("sort")]
	read.Limit = limit(s, a)
	if shell.Many(a) {
		keys := shell.KeysOf(a, "PREFIX")
		read.Within = &keys
	}
	return read, err
}

// limit is the value of -limit; people get a screenful if they do not say.
func limit(s *shell.Session, a shell.Args) int {
	if s.ForPeople() {
		return a.Int("limit", screenful)
	}
	return a.Int("limit", 0)
}

func listCount(s *shell.Session, l Listing) error {
	for _, err := range l.All {
		if err != nil {
			return err
		}
	}
	return s.One(out.Record{out.Uint("count", l.Count()), out.Uint("revision", l.Revision)}, func() error {
		if s.ForPeople() {
			listEnd(s, l.Count(), l)
			return nil
		}
		return s.Line("answer", strconv.FormatUint(l.Count(), 10))
	})
}

// listKeys prints keys as they come, whatever their number.
func listKeys(s *shell.Session, l Listing, read Read) error {
	keys := out.View[client.KeyValue]{Record: func(kv client.KeyValue) out.Record { return shell.ListRecord(kv, read.KeysOnly) }, Head: listHead(read),
		Cells: func(kv client.KeyValue) []out.Cell { return listCells(s, kv, read) },
		Line:  func(kv client.KeyValue) string { return listLine(s, kv, read) }}.Begin(s.Printer)
	for kv, err := range l.All {
		if err == nil {
			err = keys.Add(kv)
		}
		if err != nil {
			return err
		}
	}
	if err := keys.End(); err != nil || !s.ForPeople() {
		return err
	}
	listEnd(s, keys.Rows(), l)
	return nil
}

func listLine(s *shell.Session, kv client.KeyValue, read Read) string {
	if read.KeysOnly {
		return s.Quote(kv.Key)
	}
	return s.Quote(kv.Key) + "\t" + s.Quote(string(kv.Value))
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

func listCells(s *shell.Session, kv client.KeyValue, read Read) []out.Cell {
	row := []out.Cell{out.Inked(s.Quote(kv.Key), s.Ink.Key)}
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
	return append(row, out.Plain(s.Preview(kv.Value)))
}

func listEnd(s *shell.Session, n uint64, l Listing) {
	text := out.Count(n, "key")
	if l.More != nil && l.More() {
		text += "; there are more, -limit shows them"
	}
	s.Note("%s  rev %d  %s", text, l.Revision, out.Millis(s.Took()))
}
