package txn

import (
	"context"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"kv/client"
	"kv/repl/data"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
	"kv/repl/syntax"
	"pgregory.net/rapid"
)

// rowsOf is a table of all that a transaction may have to do with.
func rowsOf() shell.Table {
	return slices.Concat(data.Room(nil).Commands, Room(nil).Commands)
}

// build makes a block of lines; it fails the test if one is wrong.
func build(t *testing.T, lines ...string) *block {
	t.Helper()
	b, err := readBlock(rowsOf(), strings.Join(lines, "\n"), verbatim)
	if err != nil {
		t.Fatalf("%q: %v", lines, err)
	}
	return b
}

func (b *block) texts() []string {
	var texts []string
	for _, l := range b.lines {
		texts = append(texts, l.text)
	}
	return texts
}

func TestABlockBecomesATransaction(t *testing.T) {
	t.Parallel()
	got, err := build(t,
		"if value a = 'x y'", "if mod b != 3", "if version c > 2", "if create d <= 4", "if lease e >= 5", "if value f < z",
		"if absent g", "if present h",
		"put a 1 -lease 3 -prev", "put b 2 -ttl 30s", "get a", "delete c -prev", "del d -prefix", "delete -from e -to f",
		"list u/ -limit 3 -keys -reverse", "ls -count -from x",
		"else", "get a").txn()
	if err != nil {
		t.Fatal(err)
	}
	want := client.Txn{
		If: []client.Compare{
			client.ValueIs("a", []byte("x y")),
			{Key: "b", Field: client.FieldModRevision, Relation: client.NotEqual, Number: 3},
			{Key: "c", Field: client.FieldVersion, Relation: client.Greater, Number: 2},
			{Key: "d", Field: client.FieldCreateRevision, Relation: client.LessOrEqual, Number: 4},
			{Key: "e", Field: client.FieldLease, Relation: client.GreaterOrEqual, Number: 5},
			{Key: "f", Field: client.FieldValue, Relation: client.Less, Value: []byte("z")},
			client.Absent("g"), client.Present("h"),
		},
		Then: []client.Op{
			client.OpPut("a", []byte("1"), client.WithLease(3), client.Prev()),
			client.OpPut("b", []byte("2"), client.WithTTL(30*time.Second)),
			client.OpGet("a"),
			{Kind: client.KindDelete, Key: "c", Prev: true},
			client.OpDeleteRange(client.Prefix("d")),
			client.OpDeleteRange(client.Range{From: "e", To: "f"}),
			client.OpList(client.Prefix("u/"), client.Limit(3), client.KeysOnly(), client.Reverse()),
			client.OpList(client.Range{From: "x"}, client.CountOnly()),
		},
		Else: []client.Op{client.OpGet("a")},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestABlockIsCorrected(t *testing.T) {
	t.Parallel()
	newLine := func(words ...string) line {
		l, err := findLine(rowsOf(), words)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	for _, c := range []struct {
		name   string
		change func(b *block) error
		want   string // lines joined by "; ", or the beginning of the error after a "!"
	}{
		{"a late condition joins the others", func(b *block) error { return b.add(newLine("if", "absent", "z")) }, "if absent a; if absent z; put a 1; else; get a"},
		{"edit in place", func(b *block) error { return b.edit(2, newLine("put", "a", "2")) }, "if absent a; put a 2; else; get a"},
		{"edit makes a condition of an operation", func(b *block) error { return b.edit(2, newLine("if", "absent", "b")) }, "if absent a; if absent b; else; get a"},
		{"edit makes an operation of a condition", func(b *block) error { return b.edit(1, newLine("get", "b")) }, "put a 1; else; get a; get b"},
		{"drop else", func(b *block) error { return b.drop(3) }, "if absent a; put a 1; get a"},
		{"no line 0", func(b *block) error { return b.drop(5) }, "!there is no line 5; the last is 4"},
		{"each branch writes for itself", func(b *block) error { return b.add(newLine("put", "a", "2")) }, "if absent a; put a 1; else; get a; put a 2"},
		{"edit to a second write", func(b *block) error {
			if err := b.add(newLine("put", "b", "1")); err != nil {
				return err
			}
			return b.edit(4, newLine("delete", "b"))
		}, "!lines 4 and 5 both write b"},
		{"dropping else joins the branches", func(b *block) error {
			if err := b.add(newLine("delete", "-from", "")); err != nil {
				return err
			}
			return b.drop(3)
		}, "!lines 2 and 4 both write a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := build(t, "if absent a", "put a 1", "else", "get a")
			err := c.change(b)
			got := strings.Join(b.texts(), "; ")
			if err != nil {
				got = "!" + err.Error()
			}
			if got != c.want && !(err != nil && strings.HasPrefix(got, c.want)) {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestWhatABlockRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"put '' 1":                               "the key is empty",
		"get ''":                                 "the key is empty",
		"delete ''":                              "the key is empty",
		"if absent ''":                           "the key is empty",
		"if mod a = -1":                          "wants a whole number",
		"if value a ~ 1":                         "RELATION is one of",
		"put a 1 -if-absent":                     "`if` sets its conditions",
		"delete a -if-rev 1":                     "`if` sets its conditions",
		"delete a -prefix -y":                    "no place in a transaction",
		"get a -rev 3":                           "no place in a transaction",
		"list -at n1":                            "no place in a transaction",
		"put a 1; put a 2":                       "lines 1 and 2 both write a",
		"delete a/ -prefix; put a/b 1":           "both write a/b",
		"delete -from a -to c; delete b -prefix": "both write b",
		"watch a":                                "watch has no place",
		"history a":                              "history has no place",
		"txn 'put a 1'":                          "txn has no place",
		"edit 1 get a":                           "edit has no place",
		"frob":                                   "a transaction wants if, put, get",
		"get a; commit; get b":                   "commit has no place",
	} {
		var usage *failure.UsageError
		if _, err := readBlock(rowsOf(), text, verbatim); !errors.As(err, &usage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// Two ranges overlap if and only if a key lies in both.
func TestWritesOfTheSameKeyAreFound(t *testing.T) {
	t.Parallel()
	key := rapid.SampledFrom([]string{"", "a", "a\x00", "ab", "b", "b\x00", "c"})
	op := rapid.Custom(func(t *rapid.T) *client.Op {
		from, to := key.Draw(t, "from"), key.Draw(t, "to")
		if rapid.Bool().Draw(t, "one") && from != "" {
			return &client.Op{Kind: client.KindPut, Key: from}
		}
		return &client.Op{Kind: client.KindDelete, Range: &client.Range{From: from, To: to}}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := op.Draw(t, "a"), op.Draw(t, "b")
		x, _ := writtenBy(a)
		y, _ := writtenBy(b)
		want := false
		for _, k := range []string{"", "a", "a\x00", "ab", "ab\x00", "b", "b\x00", "b\x00\x00", "c", "c\x00", "zz"} {
			want = want || x.Contains(k) && y.Contains(k)
		}
		if common, got := bothWrite(a, b); got != want || got && !(x.Contains(common) && y.Contains(common)) {
			t.Fatalf("%+v and %+v: %q, %v", a, b, common, got)
		}
	})
}

// Whatever is typed, the block stays right, an error changes nothing, and what it
// shows can be read again.
func FuzzTxnBlock(f *testing.F) {
	for _, seed := range []string{
		"if absent a; put a 1; else; get a; commit",
		"put a 1\nput a 2\nedit 1 get b\ndrop 1\ndrop 1",
		"if value a = '\xff'; delete a -prefix; list -- -x; edit 2 if mod a > 3; drop 9",
		`put "\x00" "" -ttl 1s -prev; else; else; delete -from a -to b`,
		"edit 1 edit 1 put a 1; drop 0; drop x; if if if if",
	} {
		f.Add(seed)
	}
	table := rowsOf()
	f.Fuzz(func(t *testing.T, text string) {
		statements, _ := syntax.Parse(text)
		if len(statements) > 50 {
			return
		}
		s := shell.New(shell.Config{Rooms: []shell.Room{data.Room(nil), Room(nil)}, Printer: &out.Printer{Out: io.Discard, Err: io.Discard}})
		b := &block{}
		s.OpenBlock(b)
		for _, st := range statements {
			before := b.texts()
			if err := typed(s, syntax.Texts(st.Words)); err != nil && !reflect.DeepEqual(before, b.texts()) {
				t.Fatalf("%v failed with %v and made %q of %q", st.Words, err, b.texts(), before)
			}
		}
		again, err := readBlock(table, strings.Join(b.texts(), "\n"), verbatim)
		if err != nil {
			t.Fatalf("%q cannot be read again: %v", b.texts(), err)
		}
		want, wantErr := b.txn()
		got, gotErr := again.txn()
		if !reflect.DeepEqual(got, want) || (gotErr == nil) != (wantErr == nil) {
			t.Fatalf("%q is %+v and, read again, %+v", b.texts(), want, got)
		}
	})
}

// typed does with a line what a session with an open transaction does.
func typed(s *shell.Session, words []string) error {
	c, n := s.Commands().For(true).Lookup(words)
	if c == nil || (c.Name != "drop" && c.Name != "edit") {
		l, err := findLine(s.Commands(), words)
		if err != nil {
			return err
		}
		return opened(s).add(l)
	}
	a, err := c.Parse(words[n:])
	if err != nil {
		return err
	}
	return c.Run(context.Background(), s, a)
}

// verbatim reads a statement as a session without variables does.
func verbatim(st syntax.Statement) ([]string, error) {
	return shell.New(shell.Config{Rooms: []shell.Room{data.Room(nil), Room(nil)}}).Words(st)
}
