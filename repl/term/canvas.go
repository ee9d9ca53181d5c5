package term

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// row is one row of the screen.
type row struct {
	text  []byte // with its escape sequences
	cells int
	soft  bool // full: the terminal goes on in the next row by itself
}

// canvas lays text out in rows of a width, as a terminal does.
type canvas struct {
	width int // at least 2
	rows  []row
}

func newCanvas(width int) *canvas { return &canvas{width: max(width, 2), rows: make([]row, 1)} }

func (c *canvas) last() *row { return &c.rows[len(c.rows)-1] }

// here is where the next character goes.
func (c *canvas) here() (row, col int) {
	if l := c.last(); l.cells < c.width {
		return len(c.rows) - 1, l.cells
	}
	return len(c.rows), 0
}

// room is how many cells the last row has left.
func (c *canvas) room() int { return c.width - c.last().cells }

// escape adds an escape sequence, which takes no cell.
func (c *canvas) escape(sequence string) { c.last().text = append(c.last().text, sequence...) }

// next begins a row.
func (c *canvas) next() { c.rows = append(c.rows, row{}) }

// put adds a character as it is. A wide one that does not fit into the row goes to the
// next as a whole.
func (c *canvas) put(r rune) {
	width := cells(r)
	if c.room() < width {
		for c.room() > 0 {
			c.last().text = append(c.last().text, ' ')
			c.last().cells++
		}
		c.last().soft = true
		c.next()
	}
	l := c.last()
	l.text = utf8.AppendRune(l.text, r)
	l.cells += width
}

// print adds a text of ours, which may hold newlines and escape sequences ended by m.
func (c *canvas) print(text string) {
	for len(text) > 0 {
		if end := strings.IndexByte(text, 'm'); text[0] == 0x1b && end > 0 {
			c.escape(text[:end+1])
			text = text[end+1:]
			continue
		}
		r, size := utf8.DecodeRuneInString(text)
		if r == '\n' {
			c.next()
		} else {
			c.put(r)
		}
		text = text[size:]
	}
}

// typed adds a character of a person's text, with a form for those that have none.
func (c *canvas) typed(r rune) {
	if isVisible(r) {
		c.put(r)
		return
	}
	for _, shown := range visible(r) {
		c.put(shown)
	}
}

func isVisible(r rune) bool {
	return r >= ' ' && r != 0x7f && (r < utf8.RuneSelf || !unicode.In(r, unicode.Cc, unicode.Cf) || r == '\u200d' || r == '\u200c')
}

// visible is what stands for a character that cannot be seen, or would change how
// others are seen.
func visible(r rune) string {
	switch {
	case isVisible(r):
		return string(r)
	case r == '\t':
		return "→"
	case r < ' ':
		return "^" + string('@'+r)
	default:
		return fmt.Sprintf("<%X>", r)
	}
}

// cells is how many cells a character takes.
func cells(r rune) int { return min(runewidth.RuneWidth(r), 2) }

// textCells is how many cells a text of ours takes in one row.
func textCells(text string) int {
	c := canvas{width: 1 << 30, rows: make([]row, 1)}
	c.print(text)
	return c.last().cells
}

// fit returns text, or as much of its beginning as fits into width cells with a mark
// at its end. It has neither newlines nor escape sequences.
func fit(text string, width int) string {
	if width < 1 {
		return ""
	}
	used, last := 0, 0
	for i, r := range text {
		if used <= width-1 {
			last = i
		}
		if used += cells(r); used > width {
			return text[:last] + "…"
		}
	}
	return text
}

// fitMiddle is fit that leaves out the middle: long keys often differ at their ends.
func fitMiddle(text string, width int) string {
	if textCells(text) <= width || width < 8 {
		return fit(text, width)
	}
	runes, tail, used := []rune(text), "", 0
	for i := len(runes) - 1; i > 0; i-- {
		if used += cells(runes[i]); used > width/2 {
			break
		}
		tail = string(runes[i]) + tail
	}
	return fit(text, width-textCells(tail)) + tail
}
