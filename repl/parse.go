package repl

import (
	"fmt"
	"strings"
)

// Statement is one command as it was written.
type Statement struct {
	// Words are its words, quotes removed; there is at least one.
	Words []string
	// Line and Column say where it begins, in lines and bytes from 1.
	Line, Column int
}

// ParseError is what is wrong with a text.
type ParseError struct {
	Line, Column int // of the character meant, in lines and bytes from 1
	Text         string
}

// Error says what is wrong and where.
func (e *ParseError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Text)
}

// Parse splits a text into statements, as a POSIX shell does:
//
//	a b; c      `;` and newline end a statement, blanks end a word
//	'..'        every byte stands for itself
//	".."        \n \t \r \0 \\ \" \xNN are escapes, any other \c is c
//	\c          is c; a backslash before a newline removes both
//	# ..        at the start of a word: a comment up to the newline
//
// Quotes may hold newlines and may join what stands beside them to one word.
// Every byte but the ones named stands for itself, whether or not it is UTF-8.
// The error, a *ParseError, tells of a quote that was left open or an escape that
// is none; the statements before it are returned.
func Parse(text string) ([]Statement, error) {
	var l lexer
	statements := l.feed(text)
	statements = append(statements, l.finish()...)
	return statements, l.err()
}

// lexer is Parse one piece at a time; its zero value begins at line 1. Each
// statement is handed out by the feed that holds its end.
type lexer struct {
	state  lexState
	words  []string
	word   []byte
	inWord bool // word has begun, though it may be empty as in ''

	line, column           int // of the byte looked at, from 0
	startLine, startColumn int // of the statement
	openLine, openColumn   int // of the last opened quote or backslash

	hex    []byte // digits of \xNN so far
	failed *ParseError
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

// feed takes the next piece and returns the statements that ended in it. After an
// error it ignores everything.
func (l *lexer) feed(text string) []Statement {
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

// finish ends the text and returns the statement that no separator ended.
func (l *lexer) finish() []Statement {
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

// open reports whether the text so far ends inside a quote or after a backslash,
// so that it goes on in the next line.
func (l *lexer) open() bool {
	return l.failed == nil && l.state != lexPlain && l.state != lexComment
}

// err returns what is wrong so far, nil if nothing is.
func (l *lexer) err() error {
	if l.failed == nil {
		return nil
	}
	return l.failed
}

// step takes one byte and reports whether it ends a statement.
func (l *lexer) step(c byte) bool {
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

func (l *lexer) plain(c byte) bool {
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

func (l *lexer) quoted(c, quote byte) {
	if c == quote {
		l.state = lexPlain
		return
	}
	l.word = append(l.word, c)
}

func (l *lexer) escape(c byte) {
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

func (l *lexer) hexDigit(c byte) {
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
func (l *lexer) begin(s lexState) {
	l.openLine, l.openColumn = l.line, l.column
	l.startWord()
	l.state = s
}

func (l *lexer) add(c byte) {
	l.startWord()
	l.word = append(l.word, c)
}

func (l *lexer) startWord() {
	if l.inWord {
		return
	}
	if len(l.words) == 0 {
		l.startLine, l.startColumn = l.line, l.column
	}
	l.inWord = true
}

func (l *lexer) endWord() {
	if l.inWord {
		l.words = append(l.words, string(l.word))
		l.word, l.inWord = l.word[:0], false
	}
}

// end closes the statement and appends it to done unless it has no words.
func (l *lexer) end(done []Statement) []Statement {
	l.endWord()
	if len(l.words) == 0 {
		return done
	}
	s := Statement{Words: l.words, Line: l.startLine + 1, Column: l.startColumn + 1}
	l.words = nil
	return append(done, s)
}

func (l *lexer) fail(line, column int, text string) {
	l.failed = &ParseError{Line: line + 1, Column: column + 1, Text: text}
}
