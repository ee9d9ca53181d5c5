package syntax

import "strings"

// Word is a word of a statement: its text without quotes, and what the quotes said.
type Word struct {
	// Text is the word, quotes removed. Before Expand its variables stand in it as they
	// were written.
	Text string
	// Op is how many bytes at its beginning are an operator that was written without
	// quotes: 1 for `>` and `|`, 2 for `>>`, 0 for none. Whether it is one or plain text
	// is for the command to say; the rest of the word, if any, is what it is about.
	Op int
	// Fixed: a part of it was quoted or comes from a variable, so that it is text and
	// never a word of the language, such as an operator or `@all`.
	Fixed bool
	// At is where it begins in Statement.Text.
	At int

	refs    []ref
	written string // Text before Expand, if that changed it
}

// Written is the word with its variables as they were written, without quotes.
func (w Word) Written() string {
	if w.written != "" {
		return w.written
	}
	return w.Text
}

// ref is a variable in a word.
type ref struct {
	from, to int // of Word.Text: $name, ${name}
	name     string
}

// Plain returns words that have no operators and no variables in them, as those that
// another shell has read already.
func Plain(texts ...string) []Word {
	words := make([]Word, len(texts))
	for i, t := range texts {
		words[i].Text = t
	}
	return words
}

// Texts returns the texts of words.
func Texts(words []Word) []string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.Text
	}
	return texts
}

// Expand puts the values of its variables into a word. The word stays one word,
// whatever they hold. The error is that of value for the first that has none.
func (w Word) Expand(value func(name string) (string, error)) (Word, error) {
	if len(w.refs) == 0 {
		return w, nil
	}
	var b strings.Builder
	end := 0
	for _, r := range w.refs {
		v, err := value(r.name)
		if err != nil {
			return w, err
		}
		b.WriteString(w.Text[end:r.from])
		b.WriteString(v)
		end = r.to
	}
	b.WriteString(w.Text[end:])
	w.written = w.Text
	w.Text, w.refs, w.Fixed = b.String(), nil, true
	return w, nil
}

// Keyword reports whether the word is a word of the language: text, written without
// quotes and variables.
func (w Word) Keyword(text string) bool { return !w.Fixed && w.Text == text }

// Name reports whether name may be that of a variable: letters, digits and _, not
// beginning with a digit.
func Name(name string) bool {
	for i := range len(name) {
		if !nameByte(name[i], i == 0) {
			return false
		}
	}
	return name != ""
}

func nameByte(c byte, first bool) bool {
	return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' || !first && digit(c)
}

func digit(c byte) bool { return '0' <= c && c <= '9' }
