// Package term is the terminal: a line editor with history and completion, and what
// else there is to know of a terminal. It keeps readline and its faults to itself, and
// knows no commands.
package term

import "errors"

// Line is a line editor: the one thing of a terminal that the shell knows.
type Line interface {
	// ReadLine returns the next line without its newline; a pasted one may hold
	// newlines inside. instead is a prompt for this line alone, "" for the one that
	// was set. The error is ErrInterrupted after Ctrl-C, ErrLeave after Ctrl-D on an
	// empty line, io.EOF after Close or when the terminal is gone.
	ReadLine(instead string) (string, error)
	// SetPrompt sets the prompt and, while a line is being typed, redraws it
	// around what has been typed. Safe for concurrent use.
	SetPrompt(prompt string)
	// Remember adds a text to the history. One that begins with a space is not kept,
	// as in other shells, nor is an empty one.
	Remember(text string)
	// Close gives the terminal back. It may be called again, and by any goroutine.
	Close() error
}

var (
	// ErrInterrupted: Ctrl-C was pressed at the prompt.
	ErrInterrupted = errors.New("interrupted")
	// ErrLeave: Ctrl-D was pressed at the prompt.
	ErrLeave = errors.New("leave")
)

// Complete answers the Tab key: it returns the tails of what the word before the
// cursor may become, and that word as far as it is typed. Before is the line up to the
// cursor. One goroutine calls it, which is not the one that reads lines.
type Complete func(before string) (tails []string, word string)
