package term

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// grid is a terminal as simple as it can be: what a frame writes can be seen in it.
type grid struct {
	width    int
	rows     [][]rune // a wide character is followed by a 0
	row, col int
	pending  bool // the last cell of a row was written
}

func (g *grid) write(t *rapid.T, text string) {
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case strings.HasPrefix(text, "\x1b["):
			size = strings.IndexAny(text[2:], "AmCJ") + 3
			g.escape(text[:size])
		case r == '\r':
			g.col, g.pending = 0, false
		case r == '\n':
			g.row, g.pending = g.row+1, false
		default:
			g.put(t, r)
		}
		text = text[size:]
	}
}

func (g *grid) escape(sequence string) {
	n := 0
	for _, c := range sequence[2 : len(sequence)-1] {
		n = 10*n + int(c-'0')
	}
	switch sequence[len(sequence)-1] {
	case 'A':
		g.row, g.pending = g.row-n, false
	case 'C':
		g.col, g.pending = g.col+n, false
	case 'J':
		g.rows = g.rows[:min(g.row, len(g.rows))]
	}
}

func (g *grid) put(t *rapid.T, r rune) {
	width := cells(r)
	if width == 0 {
		return
	}
	if g.pending {
		g.row, g.col, g.pending = g.row+1, 0, false
	}
	if g.col+width > g.width {
		t.Fatalf("%q does not fit behind %d cells of %d", r, g.col, g.width)
	}
	for g.row >= len(g.rows) {
		g.rows = append(g.rows, nil)
	}
	line := append(g.rows[g.row][:g.col], r)
	if width == 2 {
		line = append(line, 0)
	}
	g.rows[g.row], g.col = line, len(line)
	if g.pending = g.col == g.width; g.pending {
		g.col--
	}
}

// text is what is to be seen, without padding.
func (g *grid) text() string {
	var b strings.Builder
	for _, row := range g.rows {
		b.WriteString(strings.ReplaceAll(string(row), "\x00", ""))
	}
	return strings.ReplaceAll(b.String(), " ", "")
}

// Whatever the width, all characters are there in their order, and the cursor stands
// before the one it is at.
func TestFramesShowTheLine(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(2, 20).Draw(t, "width")
		line := []rune(rapid.StringOf(rapid.RuneFrom([]rune("abcdefgh日本\x01é\t"))).Draw(t, "line"))
		pos := rapid.IntRange(0, len(line)).Draw(t, "cursor")
		c := newCanvas(width)
		c.print("\x1b[1m>\x1b[0m")
		want := ">"
		var f frame
		for i, r := range line {
			if i == pos {
				f.row, f.col = c.here()
			}
			c.typed(r)
			want += visible(r)
		}
		if pos == len(line) {
			if f.row, f.col = c.here(); f.row == len(c.rows) {
				c.next()
			}
		}
		f.rows = c.rows
		g := &grid{width: width}
		var out bytes.Buffer
		s := screen{out: &out}
		s.draw(frame{rows: []row{{text: []byte("o"), cells: 1}, {}}, row: 1})
		s.draw(f)
		g.write(t, out.String())
		if got := g.text(); got != want {
			t.Fatalf("shows %q, not %q", got, want)
		}
		if pos < len(line) {
			first, _ := utf8.DecodeRuneInString(visible(line[pos]))
			there := g.rows[g.row]
			if at := there[g.col]; at != first && !(cells(first) == 2 && at == ' ' && g.col == width-1) {
				t.Fatalf("the cursor stands before %q, not %q", at, first)
			}
		} else if g.row < len(g.rows) && g.col < len(g.rows[g.row]) {
			t.Fatalf("the cursor stands at %d,%d before the end", g.row, g.col)
		}
	})
}

func TestFramesAreWrappedAnew(t *testing.T) {
	t.Parallel()
	c := newCanvas(10)
	c.print("0123456789012345678") // 10 and 9 cells
	c.next()
	c.print("abcde")
	f := frame{rows: c.rows, row: 2, col: 5}
	for width, want := range map[int]int{10: 2, 19: 1, 100: 1, 5: 5, 4: 6} {
		if got := f.wrapped(width); got != want {
			t.Errorf("with %d cells the cursor is in row %d, want %d", width, got, want)
		}
	}
}

func TestFramesAreCropped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ rows, row, height, top int }{{3, 2, 5, 0}, {10, 0, 4, 0}, {10, 9, 4, 6}, {10, 5, 4, 2}, {1, 0, 1, 0}} {
		f := frame{rows: make([]row, c.rows), row: c.row}
		for i := range f.rows {
			f.rows[i].cells = i
		}
		got := f.crop(c.height)
		if len(got.rows) != min(c.rows, c.height) || got.rows[0].cells != c.top || got.rows[got.row].cells != c.row {
			t.Errorf("%+v: %d rows from %d, cursor in %d", c, len(got.rows), got.rows[0].cells, got.row)
		}
	}
}

func TestTextsAreCutToFit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text        string
		width       int
		end, middle string
	}{
		{"abc", 3, "abc", "abc"}, {"abcd", 3, "ab…", "ab…"}, {"abc", 0, "", ""}, {"日本語", 4, "日…", "日…"},
		{"日本語", 5, "日本…", "日本…"}, {"aaaaaaaaaabbbbbbbbbb", 10, "aaaaaaaaa…", "aaaa…bbbbb"}, {"a", 1, "a", "a"},
	} {
		if got := fit(c.text, c.width); got != c.end {
			t.Errorf("fit(%q, %d) = %q, want %q", c.text, c.width, got, c.end)
		}
		if got := fitMiddle(c.text, c.width); got != c.middle {
			t.Errorf("fitMiddle(%q, %d) = %q, want %q", c.text, c.width, got, c.middle)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text, width := shown(rapid.String().Draw(t, "text")), rapid.IntRange(0, 30).Draw(t, "width")
		if got := textCells(fitMiddle(text, width)); got > width {
			t.Fatalf("%d cells of %d", got, width)
		}
	})
}
