package syntax

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Quote returns word in the shortest form that Parse reads back as that one word,
// byte for byte. The form is one line of Printable UTF-8, whatever word holds.
func Quote(word string) string {
	switch {
	case word == "":
		return "''"
	case plainWord(word):
		return word
	case Printable(word) && !strings.Contains(word, "'"):
		return "'" + word + "'"
	default:
		return quoteDouble(word)
	}
}

// plainWord reports whether word needs no quotes.
func plainWord(word string) bool {
	return Printable(word) && !strings.ContainsAny(word, special) && word[0] != '>' && word[0] != '|'
}

// special are the characters that mean something outside quotes, besides those that do
// only at the beginning of a word.
const special = " ;'\"\\#$"

// Printable reports whether word is UTF-8 that a terminal shows as it is.
func Printable(word string) bool {
	if !utf8.ValidString(word) {
		return false
	}
	before := ' '
	for _, r := range word {
		if !showable(before, r) {
			return false
		}
		before = r
	}
	return true
}

// showable excludes control and format characters, and those for private use. Joiners are
// a part of how some scripts and emojis are written; elsewhere they would only be hidden.
func showable(before, r rune) bool {
	if r == '\u200c' || r == '\u200d' {
		return before >= utf8.RuneSelf && showable(' ', before)
	}
	return r == ' ' || (unicode.IsGraphic(r) && !unicode.IsSpace(r))
}

func quoteDouble(word string) string {
	var b strings.Builder
	b.WriteByte('"')
	before := ' '
	for i := 0; i < len(word); {
		r, size := utf8.DecodeRuneInString(word[i:])
		switch c := word[i]; {
		case c == '"' || c == '\\' || c == '$':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case (r == utf8.RuneError && size == 1) || !showable(before, r):
			for _, c := range []byte(word[i : i+size]) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		default:
			b.WriteString(word[i : i+size])
		}
		before = r
		i += size
	}
	b.WriteByte('"')
	return b.String()
}

// escapeRest returns the tail of a word that begins without quotes, so that it
// continues that word, or begins one.
func escapeRest(tail string, begun bool) string {
	var b strings.Builder
	for i, c := range []byte(tail) {
		if strings.IndexByte(special, c) >= 0 || !begun && i == 0 && (c == '>' || c == '|') {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}
