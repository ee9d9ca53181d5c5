package repl

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"kv/client"
)

func dataCommands() []Command {
	return []Command{
		{
			Name: "put", Group: GroupData, Writes: true, Run: runPut,
			Args:    []Arg{{Name: "KEY", Kind: KindKey}, {Name: "VALUE"}},
			Summary: "set a key",
			Help: "The answer comes once a majority of the voters has the write on disk.\n" +
				"A value with blanks goes into quotes; \"a\\nb\" and \"\\xff\" write other bytes.\n" +
				"A value that begins with a dash goes after --.\n",
			Example: "put greeting 'hello world'",
		},
		{
			Name: "get", Group: GroupData, Run: runGet,
			Args:    []Arg{{Name: "KEY", Kind: KindKey}},
			Options: readOptions(),
			Summary: "read a key",
			Help: "Without options the read is linearizable: it sees every write that was\n" +
				"answered before it. With -stale a member answers from what it has.\n" +
				"A key that is not there ends a script with exit code 3.\n",
			Example: "get greeting -stale -at n2",
		},
		{
			Name: "delete", Aliases: []string{"del"}, Group: GroupData, Writes: true, Run: runDelete,
			Args:    []Arg{{Name: "KEY", Kind: KindKey}},
			Summary: "remove a key",
			Help:    "To remove a key that is not there is no error.\n",
			Example: "delete greeting",
		},
		{
			Name: "list", Aliases: []string{"ls"}, Group: GroupData, Run: runList,
			Args: []Arg{{Name: "PREFIX", Kind: KindKey, Optional: true}},
			Options: append([]Option{
				{Name: "limit", Value: "N", Number: true, Help: "show at most N keys, 0 for all; 100 at the prompt"},
				{Name: "keys", Help: "leave out the values"},
			}, readOptions()...),
			Summary: "list keys in order",
			Help: "Lists the keys that begin with PREFIX, or all. In a script each line is a\n" +
				"key, a tab and a value, quoted where the shell would need it.\n",
			Example: "list user/ -limit 10 -keys",
		},
	}
}

func runPut(ctx context.Context, s *Session, a Args) error {
	r, err := s.store.Put(ctx, a.Get("KEY"), []byte(a.Get("VALUE")))
	if err != nil {
		return err
	}
	s.ok(r.Header)
	return nil
}

func runGet(ctx context.Context, s *Session, a Args) error {
	read, err := s.readOptions(ctx, a)
	if err != nil {
		return err
	}
	r, err := s.store.Get(ctx, a.Get("KEY"), read)
	if err != nil {
		return err
	}
	s.stale(r.Header, r.Freshness)
	if r.KV == nil {
		return errNotFound
	}
	s.value(r.KV, r.Header)
	return nil
}

func runDelete(ctx context.Context, s *Session, a Args) error {
	r, err := s.store.Delete(ctx, a.Get("KEY"))
	if err != nil {
		return err
	}
	s.ok(r.Header, fmt.Sprintf("%d deleted", r.Deleted))
	return nil
}

// screenful is how many keys list shows at the prompt unless told otherwise.
const screenful = 100

func runList(ctx context.Context, s *Session, a Args) error {
	read, err := s.readOptions(ctx, a)
	if err != nil {
		return err
	}
	read.KeysOnly = a.Has("keys")
	read.Limit = a.Int("limit", 0)
	if s.human {
		read.Limit = a.Int("limit", screenful)
	}
	l, err := s.store.List(ctx, a.Get("PREFIX"), read)
	if err != nil {
		return err
	}
	s.stale(l.Header, l.Freshness)
	if s.human {
		return s.listTable(l, read)
	}
	return s.listLines(l, read)
}

// listLines prints keys as they come, whatever their number.
func (s *Session) listLines(l Listing, read Read) error {
	for kv, err := range l.All {
		if err != nil {
			return err
		}
		text := Quote(kv.Key)
		if !read.KeysOnly {
			text += "\t" + Quote(string(kv.Value))
		}
		if _, err := fmt.Fprintln(s.out, text); err != nil {
			return fmt.Errorf("write listing: %w", err)
		}
	}
	return nil
}

// tableRows is how many keys are aligned with one another: a long listing is
// printed while it comes, in tables of this size.
const tableRows = 1000

func (s *Session) listTable(l Listing, read Read) error {
	g, n := s.newListGrid(read), 0
	for kv, err := range l.All {
		if err != nil {
			return err
		}
		g.rows = append(g.rows, listRow(kv, read.KeysOnly, s.ink))
		if n++; n%tableRows == 0 {
			if err := s.print(g); err != nil {
				return err
			}
			g = &grid{}
		}
	}
	if n > 0 {
		if err := s.print(g); err != nil {
			return err
		}
	}
	s.listEnd(n, l)
	return nil
}

func (s *Session) newListGrid(read Read) *grid {
	if read.KeysOnly {
		return &grid{head: []string{"KEY"}}
	}
	return &grid{head: []string{"KEY", "REV", "VALUE"}}
}

func listRow(kv client.KeyValue, keysOnly bool, ink palette) []cell {
	key := cell{Quote(kv.Key), ink.key}
	if keysOnly {
		return []cell{key}
	}
	return []cell{key, plain(strconv.FormatUint(kv.ModRevision, 10)), plain(preview(kv.Value))}
}

// preview is the beginning of a value in one line. A long value would only be cut
// off again, and quoting a megabyte takes time.
func preview(value []byte) string {
	const most = 512
	if len(value) <= most {
		return Quote(string(value))
	}
	return strings.ToValidUTF8(Quote(string(value[:most])), "") + "…"
}

func (s *Session) listEnd(n int, l Listing) {
	text := fmt.Sprintf("%d keys", n)
	if n == 1 {
		text = "1 key"
	}
	if l.More != nil && l.More() {
		text += "; there are more, -limit shows them"
	}
	fmt.Fprintln(s.out, s.ink.dim.Sprintf("%s  rev %d  %s", text, l.Revision, millis(s.took())))
}

// readOptions is Args.read with the member's name completed.
func (s *Session) readOptions(ctx context.Context, a Args) (Read, error) {
	r := a.read()
	if r.At == "" {
		return r, nil
	}
	name, err := s.member(ctx, r.At)
	r.At = name
	return r, err
}
