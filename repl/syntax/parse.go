// Package syntax is the language of the shell: how a text becomes statements and
// words, and how a word is quoted so that it is read back byte for byte. It is pure,
// and knows no commands.
package syntax

import "fmt"

// Statement is one command as it was written.
type Statement struct {
	// Words are its words, quotes removed; there is at least one.
	Words []Word
	// Text is it as it was written, from its first word to the end of its last.
	Text string
	// Line and Column say where it begins, in lines and bytes from 1.
	Line, Column int
}

// Error is what is wrong with a text.
type Error struct {
	Line, Column int // of the character meant, in lines and bytes from 1
	Text         string
}

// Error implements error.
func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Text)
}

// Parse splits a text into statements, as a POSIX shell does:
//
//	a b; c      `;` and newline end a statement, blanks end a word
//	'..'        every byte stands for itself
//	".."        \n \t \r \0 \\ \" \xNN are escapes, any other \c is c
//	\c          is c; a backslash before a newline removes both
//	# ..        at the start of a word: a comment up to the newline
//	$name       a variable, outside quotes and inside ".."; also ${name}, $? and
//	            $1; any other $ stands for itself
//	> >> |      at the start of a word: may be an operator; see Word.Op
//
// Quotes may hold newlines and may join what stands beside them to one word.
// Every byte but the ones named stands for itself, whether or not it is UTF-8.
// The error, a *Error, tells of a quote that was left open, an escape that is none or
// a ${} without a name; the statements before it are returned.
func Parse(text string) ([]Statement, error) {
	var l Lexer
	statements := l.Feed(text)
	statements = append(statements, l.Finish()...)
	return statements, l.Err()
}
