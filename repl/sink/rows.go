package sink

import (
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// rows counts the rows that a text takes on a terminal.
type rows struct {
	width    int // of the terminal, 0 for lines without an end
	row, col int // where the cursor is, from where it began
	escape   escapeState
	begun    []byte // the beginning of a character
}

type escapeState uint8

const (
	noEscape  escapeState = iota
	escBegun              // after ESC
	escColors             // in a sequence such as those for colors
)

const (
	esc     = 0x1b
	tabStop = 8
)

// add goes on with a piece of the text, which may end anywhere.
func (r *rows) add(text []byte) {
	text = append(r.begun, text...)
	for utf8.FullRune(text) {
		c, size := utf8.DecodeRune(text)
		r.step(c)
		text = text[size:]
	}
	r.begun = append(r.begun[:0], text...)
}

func (r *rows) step(c rune) {
	switch {
	case r.escape == escBegun:
		if r.escape = noEscape; c == '[' {
			r.escape = escColors
		}
	case r.escape == escColors:
		if c >= '@' && c <= '~' {
			r.escape = noEscape
		}
	case c == esc:
		r.escape = escBegun
	case c == '\n':
		r.row, r.col = r.row+1, 0
	case c == '\r':
		r.col = 0
	case c == '\t':
		r.col = min(r.col/tabStop*tabStop+tabStop, max(r.width, r.col))
	default:
		r.move(runewidth.RuneWidth(c))
	}
}

// move sets a character, which goes into the next row if there is no room for it.
func (r *rows) move(cells int) {
	if r.width > 0 && r.col+cells > r.width {
		r.row, r.col = r.row+1, 0
	}
	r.col += cells
}
