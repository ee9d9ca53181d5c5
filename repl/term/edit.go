package term

import (
	"slices"
	"unicode"

	"github.com/chzyer/readline"
)

// text is the line that is being edited. Its functions return a new one and leave the
// old as it was.
type text struct {
	runes []rune
	pos   int // of the cursor, 0 to len(runes)
}

func (t text) String() string { return string(t.runes) }

// before is what stands before the cursor.
func (t text) before() string { return string(t.runes[:t.pos]) }

func (t text) atEnd() bool { return t.pos == len(t.runes) }

// newText returns a text with the cursor at its end.
func newText(s string) text { r := []rune(s); return text{r, len(r)} }

func (t text) insert(s string) text { return t.replace(t.pos, t.pos, []rune(s)) }

// replace puts what in the place of the characters from to, and the cursor behind it.
func (t text) replace(from, to int, what []rune) text {
	return text{slices.Concat(t.runes[:from], what, t.runes[to:]), from + len(what)}
}

// simple does what readline does for a key that is left to it.
func (t text) simple(key rune) text {
	switch {
	case key != left && key != readline.CharCtrlH && key != readline.CharBackspace:
		return t.insert(string(key))
	case t.pos == 0:
		return t
	case key == left:
		return text{t.runes, t.pos - 1}
	default:
		return t.replace(t.pos-1, t.pos, nil)
	}
}

func (t text) delete() text { return t.replace(t.pos, min(t.pos+1, len(t.runes)), nil) }

// wordLeft is where the word before the cursor begins, wordRight where the word after
// it ends: a word is letters and digits, or with blanks everything but these.
func (t text) wordLeft(part func(rune) bool) int {
	i := t.pos
	for i > 0 && !part(t.runes[i-1]) {
		i--
	}
	for i > 0 && part(t.runes[i-1]) {
		i--
	}
	return i
}

func (t text) wordRight() int {
	i := t.pos
	for i < len(t.runes) && !inWord(t.runes[i]) {
		i++
	}
	for i < len(t.runes) && inWord(t.runes[i]) {
		i++
	}
	return i
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

func notBlank(r rune) bool { return !unicode.IsSpace(r) }

// transpose swaps the two characters around the cursor, or the last two.
func (t text) transpose() text {
	at := min(t.pos, len(t.runes)-1)
	if at < 1 {
		return t
	}
	swapped := slices.Clone(t.runes)
	swapped[at-1], swapped[at] = swapped[at], swapped[at-1]
	return text{swapped, at + 1}
}

// lineStart and lineEnd bound the row of the text that the cursor is in.
func (t text) lineStart() int {
	for i := t.pos; i > 0; i-- {
		if t.runes[i-1] == '\n' {
			return i
		}
	}
	return 0
}

func (t text) lineEnd() int {
	for i := t.pos; i < len(t.runes); i++ {
		if t.runes[i] == '\n' {
			return i
		}
	}
	return len(t.runes)
}

// up moves the cursor to the row above, down to the one below; false if there is none.
func (t text) up() (text, bool) {
	start := t.lineStart()
	if start == 0 {
		return t, false
	}
	above := text{t.runes, start - 1}
	return text{t.runes, min(above.lineStart()+t.pos-start, above.pos)}, true
}

func (t text) down() (text, bool) {
	end := t.lineEnd()
	if end == len(t.runes) {
		return t, false
	}
	below := text{t.runes, end + 1}
	return text{t.runes, min(below.pos+t.pos-t.lineStart(), below.lineEnd())}, true
}
