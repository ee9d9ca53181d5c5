package out

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestATableFits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		width int
		want  string
	}{
		{0, "KEY       VALUE\n日本      a long value\nkey/that  x\n"},
		{16, "KEY      VALUE\n日本     a long…\nkey/th…  x\n"},
		{13, "KEY    日本\nVALUE  a lon…\n\nKEY    key/t…\nVALUE  x\n"},
		{1, "KEY    日本\nVALUE  a l…\n\nKEY    key…\nVALUE  x\n"},
	} {
		var b bytes.Buffer
		ink := NewPalette(false)
		p := &Printer{Out: &b, Ink: ink, Width: func() int { return c.width }}
		g := &Grid{Head: []string{"KEY", "VALUE"}}
		g.Add(Inked("日本", ink.Key), Plain("a long value"))
		g.Add(Plain("key/that"), Plain("x"))
		if err := p.Table(g); err != nil || b.String() != c.want {
			t.Errorf("width %d: %v\n%sinstead of\n%s", c.width, err, b.String(), c.want)
		}
	}
}

// The pieces of a table that is too wide for the terminal are printed alike.
func TestARollingTableInANarrowTerminal(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	p := &Printer{Out: &b, Ink: NewPalette(false), Width: func() int { return 7 }}
	table := p.Rolling("ONE", "TWO")
	for range rollingRows + 1 {
		if err := table.Add(Plain("1"), Plain("2")); err != nil {
			t.Fatal(err)
		}
	}
	if err := table.End(); err != nil {
		t.Fatal(err)
	}
	const row = "ONE  1\nTWO  2\n"
	if want := row + strings.Repeat("\n"+row, rollingRows); b.String() != want {
		t.Errorf("it begins with\n%s", b.String()[:100])
	}
}

// A long table is printed in pieces, its titles once, and one without rows not at all.
func TestARollingTable(t *testing.T) {
	t.Parallel()
	for _, rows := range []int{0, 1, rollingRows, rollingRows + 1} {
		var b bytes.Buffer
		p := &Printer{Out: &b, Ink: NewPalette(false), Width: func() int { return 0 }}
		table := p.Rolling("N")
		for i := range rows {
			if err := table.Add(Number(uint64(i))); err != nil {
				t.Fatal(err)
			}
		}
		if err := table.End(); err != nil {
			t.Fatal(err)
		}
		want := rows + min(rows, 1)
		if got := strings.Count(b.String(), "\n"); got != want || table.Rows() != uint64(rows) {
			t.Errorf("%d rows: %d lines", rows, got)
		}
	}
}

func TestColorIsDecidedByTheWriter(t *testing.T) {
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "xterm")
	for _, c := range []struct {
		mode           string
		terminal, want bool
	}{{"auto", true, true}, {"", true, true}, {"auto", false, false}, {"always", false, true}, {"never", true, false}} {
		if got := UseColor(c.mode, c.terminal); got != c.want {
			t.Errorf("%+v: %t", c, got)
		}
	}
	t.Setenv("NO_COLOR", "1")
	if UseColor("auto", true) {
		t.Error("NO_COLOR is not heeded")
	}
}

func TestTheEyeIsSpared(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]string{
		"0.3 ms": Millis(300 * time.Microsecond), "12 ms": Millis(12 * time.Millisecond), "1.50 s": Millis(1500 * time.Millisecond),
		"12s": Millis(12 * time.Second), "1h30m0s": Millis(90 * time.Minute),
		"7 B": Size(7), "2.0 KiB": Size(2048), "1.5 MiB": Size(3 << 19),
		"1 key": Count(1, "key"), "0 keys": Count(0, "key"), "2 watches": Plural(2, "watch", "watches"),
		"two\nlines": Value([]byte("two\nlines")), `"\x1b[2J"`: Value([]byte("\x1b[2J")), "''": Value(nil),
		"'a b'": Preview([]byte("a b")), strings.Repeat("x", 512) + "…": Preview(bytes.Repeat([]byte("x"), 513)),
	} {
		if got != want {
			t.Errorf("%q instead of %q", got, want)
		}
	}
}

type brokenPipe struct{}

var errBroken = errors.New("broken")

func (brokenPipe) Write([]byte) (int, error) { return 0, errBroken }

func TestAFailureToWriteIsTold(t *testing.T) {
	t.Parallel()
	p := &Printer{Out: brokenPipe{}, Ink: NewPalette(false), Width: func() int { return 0 }}
	g := &Grid{}
	g.Add(Plain("x"))
	for name, err := range map[string]error{"answer": p.As(FormatJSON, false).One(Record{Uint("revision", 1)}, nil), "value": p.Bytes([]byte("a")), "line": p.Line("change", "x"), "table": p.Table(g)} {
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReflow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		width      int
		text, want string
	}{
		{0, "as it is, however long\n", "as it is, however long\n"},
		{10, "short\n", "short\n"},
		{10, "1234567890\n", "1234567890\n"},
		{10, "one two three four", "one two\nthree four"},
		{10, "  -x  one  two\n", "  -x  one\n  two\n"},
		{10, "a-word-that-is-too-long and more\n", "a-word-that-is-too-long\nand more\n"},
		{10, "日本 日本 日本\n", "日本 日本\n日本\n"},
		{10, "two lines\nthat are broken\n", "two lines\nthat are\nbroken\n"},
		{3, "     \n", "     \n"},
		{5, "12345 \n", "12345 \n"},
	} {
		if got := Reflow(c.text, c.width); got != c.want {
			t.Errorf("%q in %d columns: %q, want %q", c.text, c.width, got, c.want)
		}
	}
}
