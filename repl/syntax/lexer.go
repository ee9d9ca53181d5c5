package syntax

import "strings"

// Lexer is Parse one piece at a time; its zero value begins at line 1. Each
// statement is handed out by the Feed that holds its end.
type Lexer struct {
	state  lexState
	words  []string
	word   []byte
	inWord bool // word has begun, though it may be empty as in ''

	line, column           int // of the byte looked at, from 0
	startLine, startColumn int // of the statement
	openLine, openColumn   int // of the last opened quote or backslash

	hex    []byte // digits of \xNN so far
	failed *Error
}

type lexState uint8

const (
	lexPlain lexState = iota
	lexSingle
	lexDouble
	lexBackslash // outside quotes
	lexEscape    // inside ".."
	lexHex       // after \x inside ".."
	lexComment
)

// Feed takes the next piece and returns the statements that ended in it. After an
// error it ignores everything.
func (l *Lexer) Feed(text string) []Statement {
	var done []Statement
	for i := 0; i < len(text) && l.failed == nil; i++ {
		c := text[i]
		if l.step(c) {
			done = l.end(done)
		}
		l.column++
		if c == '\n' {
			l.line, l.column = l.line+1, 0
		}
	}
	return done
}

// Finish ends the text and returns the statement that no separator ended.
func (l *Lexer) Finish() []Statement {
	if l.failed != nil {
		return nil
	}
	switch l.state {
	case lexSingle, lexDouble, lexEscape, lexHex:
		l.fail(l.openLine, l.openColumn, "the quote that opens here is never closed")
		return nil
	case lexBackslash:
		l.fail(l.openLine, l.openColumn, "nothing follows the backslash")
		return nil
	}
	return l.end(nil)
}

// Open reports whether the text so far ends inside a quote or after a backslash,
// so that it goes on in the next line.
func (l *Lexer) Open() bool {
	return l.failed == nil && l.state != lexPlain && l.state != lexComment
}

// Err returns what is wrong so far, nil if nothing is.
func (l *Lexer) Err() error {
	if l.failed == nil {
		return nil
	}
	return l.failed
}

// Begun returns the statement that has no end yet: its whole words, and the one that
// the text ends in, "" if it ends in none.
func (l *Lexer) Begun() (words []string, word string) { return l.words, string(l.word) }

// Tail returns what must be typed for the open word to become w, which begins with
// it, and to end; false if that cannot be typed.
func (l *Lexer) Tail(w string) (string, bool) {
	rest := w[len(l.word):]
	if !Printable(rest) {
		return "", false
	}
	switch l.state {
	case lexPlain:
		return escapeRest(rest) + " ", l.inWord || w != ""
	case lexSingle:
		return rest + "' ", !strings.Contains(rest, "'")
	case lexDouble:
		return strings.NewReplacer(`"`, `\"`, `\`, `\\`).Replace(rest) + `" `, true
	default:
		return "", false
	}
}

// step takes one byte and reports whether it ends a statement.
func (l *Lexer) step(c byte) bool {
	switch l.state {
	case lexSingle:
		l.quoted(c, '\'')
	case lexDouble:
		if c == '\\' {
			l.state = lexEscape
		} else {
			l.quoted(c, '"')
		}
	case lexEscape:
		l.escape(c)
	case lexHex:
		l.hexDigit(c)
	case lexBackslash:
		l.state = lexPlain
		if c != '\n' {
			l.add(c)
		}
	case lexComment:
		if c == '\n' {
			l.state = lexPlain
			return true
		}
	default:
		return l.plain(c)
	}
	return false
}

func (l *Lexer) plain(c byte) bool {
	switch c {
	case '\n', ';':
		return true
	case ' ', '\t', '\r':
		l.endWord()
	case '\'':
		l.begin(lexSingle)
	case '"':
		l.begin(lexDouble)
	case '\\':
		l.openLine, l.openColumn = l.line, l.column
		l.state = lexBackslash
	case '#':
		if l.inWord {
			l.add(c)
		} else {
			l.state = lexComment
		}
	default:
		l.add(c)
	}
	return false
}

func (l *Lexer) quoted(c, quote byte) {
	if c == quote {
		l.state = lexPlain
		return
	}
	l.word = append(l.word, c)
}

func (l *Lexer) escape(c byte) {
	l.state = lexDouble
	switch c {
	case 'n':
		c = '\n'
	case 't':
		c = '\t'
	case 'r':
		c = '\r'
	case '0':
		c = 0
	case 'x':
		l.state, l.hex = lexHex, l.hex[:0]
		return
	case '\n':
		return
	}
	l.word = append(l.word, c)
}

func (l *Lexer) hexDigit(c byte) {
	if strings.IndexByte("0123456789abcdefABCDEF", c) < 0 {
		l.fail(l.line, l.column, `\x wants two hexadecimal digits`)
		return
	}
	l.hex = append(l.hex, c)
	if len(l.hex) == 2 {
		l.word = append(l.word, nibble(l.hex[0])<<4|nibble(l.hex[1]))
		l.state = lexDouble
	}
}

func nibble(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c >= 'a':
		return c - 'a' + 10
	default:
		return c - 'A' + 10
	}
}

// begin opens a quote, which begins a word if none has begun.
func (l *Lexer) begin(s lexState) {
	l.openLine, l.openColumn = l.line, l.column
	l.startWord()
	l.state = s
}

func (l *Lexer) add(c byte) {
	l.startWord()
	l.word = append(l.word, c)
}

func (l *Lexer) startWord() {
	if l.inWord {
		return
	}
	if len(l.words) == 0 {
		l.startLine, l.startColumn = l.line, l.column
	}
	l.inWord = true
}

func (l *Lexer) endWord() {
	if l.inWord {
		l.words = append(l.words, string(l.word))
		l.word, l.inWord = l.word[:0], false
	}
}

// end closes the statement and appends it to done unless it has no words.
func (l *Lexer) end(done []Statement) []Statement {
	l.endWord()
	if len(l.words) == 0 {
		return done
	}
	s := Statement{Words: l.words, Line: l.startLine + 1, Column: l.startColumn + 1}
	l.words = nil
	return append(done, s)
}

func (l *Lexer) fail(line, column int, text string) {
	l.failed = &Error{Line: line + 1, Column: column + 1, Text: text}
}
