package term

import (
	"slices"
	"unicode/utf8"
)

// menu completes words in readline's menu. Only readline's goroutine uses it.
type menu struct {
	e        *editor
	complete Complete
}

// Do implements readline.AutoCompleter: the tails of what the word before the
// cursor may become, and how many characters of it the menu repeats before each.
func (m menu) Do(line []rune, pos int) ([][]rune, int) {
	if m.e.isFixed() {
		return nil, 0 // no command is being typed
	}
	return m.answer(m.complete(unmark(string(line[:pos]))))
}

// answer makes readline's answer of the tails. A single tail, or what all have in
// common, is typed for the person; else a menu opens. readline divides by zero if
// a candidate is wider than the terminal, and pads by a negative number if what it
// repeats is wider than it has characters: in the menu a tail is cut to what fits,
// which is still a right beginning, and only a plain word is repeated.
func (m menu) answer(tails []string, part string) ([][]rune, int) {
	if len(tails) == 0 {
		return nil, 0
	}
	if !m.e.menuOpen() && (len(tails) == 1 || shareBeginning(tails)) {
		return runesOf(tails), 0
	}
	m.e.openMenu()
	repeat, room := utf8.RuneCountInString(part), m.e.columns()-2
	if repeat != len(part) || repeat > room/2 {
		repeat = 0
	}
	if room-repeat < 1 {
		return nil, 0
	}
	for i, t := range tails {
		tails[i] = cut(t, room-repeat)
	}
	return runesOf(slices.Compact(tails)), repeat
}

// shareBeginning reports whether all words begin with the same character.
func shareBeginning(words []string) bool {
	first, _ := utf8.DecodeRuneInString(words[0])
	for _, w := range words {
		if r, _ := utf8.DecodeRuneInString(w); r != first {
			return false
		}
	}
	return true
}

// cut returns the beginning of text that surely fits into width cells: a
// character that is not ASCII counts as two.
func cut(text string, width int) string {
	used := 0
	for i, r := range text {
		if used++; r >= utf8.RuneSelf {
			used++
		}
		if used > width {
			return text[:i]
		}
	}
	return text
}

func runesOf(words []string) [][]rune {
	rs := make([][]rune, len(words))
	for i, w := range words {
		rs[i] = []rune(w)
	}
	return rs
}

func (e *editor) menuOpen() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.menu
}

// openMenu tells that readline will open its menu.
func (e *editor) openMenu() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.menu = true
}
