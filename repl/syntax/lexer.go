package syntax

import "strings"

// Lexer is Parse one piece at a time; its zero value begins at line 1. Each
// statement is handed out by the Feed that holds its end.
type Lexer struct {
	state  lexState
	words  []Word
	word   []byte
	inWord bool // word has begun, though it may be empty as in ''
	op     int  // bytes of word that are an operator
	fixed  bool // a part of word is quoted
	refs   []ref

	text    []byte // of the statement, as it was written
	textEnd int    // where its last whole word ends
	wordAt  int    // where word begins in it

	line, column           int // of the byte looked at, from 0
	startLine, startColumn int // of the statement
	wordLine, wordColumn   int // of the word that begins
	openLine, openColumn   int // of the last opened quote or backslash

	outside                  lexState // where a variable stands
	dollarAt                 int      // where it begins in word
	dollarLine, dollarColumn int

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
	lexDollar // after a $ that may begin a variable
	lexName   // in $name
	lexBrace  // in ${name}
)

// Feed takes the next piece and returns the statements that ended in it. After an
// error it ignores everything.
func (l *Lexer) Feed(text string) []Statement {
	var done []Statement
	for i := 0; i < len(text) && l.failed == nil; i++ {
		c := text[i]
		if l.step(c) {
			done = l.end(done)
		} else if l.begun() {
			l.text = append(l.text, c)
		} else {
			l.text = l.text[:0]
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
	l.endVariable()
	switch l.state {
	case lexBrace:
		l.failBrace()
		return nil
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
	state := l.state
	if state == lexDollar || state == lexName {
		state = l.outside
	}
	return l.failed == nil && state != lexPlain && state != lexComment
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
func (l *Lexer) Begun() (words []Word, word string) { return l.words, string(l.word) }

// BegunOp is Word.Op of the word that the text ends in.
func (l *Lexer) BegunOp() int { return l.op }

// Tail returns what must be typed for the open word to become w, which begins with
// it, and to end; false if that cannot be typed.
func (l *Lexer) Tail(w string) (string, bool) {
	rest := w[len(l.word):]
	if !Printable(rest) {
		return "", false
	}
	state := l.state
	if state == lexDollar || state == lexName {
		state = l.outside
	}
	switch state {
	case lexPlain:
		return escapeRest(rest, l.inWord) + " ", l.inWord || w != ""
	case lexSingle:
		return rest + "' ", !strings.Contains(rest, "'")
	case lexDouble:
		return strings.NewReplacer(`"`, `\"`, `\`, `\\`, `$`, `\$`).Replace(rest) + `" `, true
	case lexBrace:
		name, closed := strings.CutSuffix(rest, "}")
		return rest + " ", l.outside == lexPlain && closed && Name("_"+name)
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
		switch c {
		case '\\':
			l.state = lexEscape
		case '$':
			l.openVariable()
		default:
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
			l.fixed = true
		}
	case lexComment:
		if c == '\n' {
			l.state = lexPlain
			return true
		}
	case lexDollar:
		return l.dollar(c)
	case lexName:
		return l.variableName(c)
	case lexBrace:
		l.braced(c)
	default:
		return l.plain(c)
	}
	return false
}

func (l *Lexer) plain(c byte) bool {
	if !l.inWord {
		l.wordAt, l.wordLine, l.wordColumn = len(l.text), l.line, l.column
	}
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
	case '$':
		l.openVariable()
	case '#':
		if l.inWord {
			l.add(c)
		} else {
			l.state = lexComment
		}
	default:
		l.operator(c)
		l.add(c)
	}
	return false
}

// operator marks what a word begins with as an operator, if it is one.
func (l *Lexer) operator(c byte) {
	switch {
	case !l.inWord && (c == '>' || c == '|'):
		l.op = 1
	case l.op == 1 && c == '>' && !l.fixed && string(l.word) == ">":
		l.op = 2
	}
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
	l.fixed = true
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
		l.startLine, l.startColumn = l.wordLine, l.wordColumn
	}
	l.inWord = true
}

// begun reports whether the byte just read belongs to a statement: a backslash does
// before it is known what it is for.
func (l *Lexer) begun() bool { return l.inWord || len(l.words) > 0 || l.state == lexBackslash }

func (l *Lexer) endWord() {
	if !l.inWord {
		return
	}
	l.words = append(l.words, Word{Text: string(l.word), Op: l.op, Fixed: l.fixed, At: l.wordAt, refs: l.refs})
	l.textEnd = len(l.text)
	l.word, l.inWord, l.op, l.fixed, l.refs = l.word[:0], false, 0, false, nil
}

// end closes the statement and appends it to done unless it has no words.
func (l *Lexer) end(done []Statement) []Statement {
	l.endWord()
	if len(l.words) == 0 {
		l.text = l.text[:0]
		return done
	}
	s := Statement{Words: l.words, Text: string(l.text[:l.textEnd]), Line: l.startLine + 1, Column: l.startColumn + 1}
	l.words, l.text = nil, l.text[:0]
	return append(done, s)
}

func (l *Lexer) fail(line, column int, text string) {
	l.failed = &Error{Line: line + 1, Column: column + 1, Text: text}
}
