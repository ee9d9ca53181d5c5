// Package term is the terminal: a line editor with history and completion, and what
// else there is to know of a terminal. It keeps readline and its faults to itself, and
// knows no commands.
package term

import "errors"

// Line is a line editor: the one thing of a terminal that the shell knows.
type Line interface {
	// ReadLine returns the next text, which may hold newlines inside. instead is a
	// prompt for this line alone, "" for the one that was set. The error is
	// ErrInterrupted after Ctrl-C, ErrLeave after Ctrl-D on an empty line, io.EOF after
	// Close or when the terminal is gone.
	ReadLine(instead string) (string, error)
	// SetPrompt sets the prompt and, while a line is being typed, redraws it
	// around what has been typed. Safe for concurrent use.
	SetPrompt(prompt string)
	// Above prints lines above the line that is being typed, which stays as it is. While
	// none is, they wait for the next, and the oldest go if there are too many. Safe for
	// concurrent use.
	Above(text string)
	// Remember adds a text to the history. One that begins with a space is not kept,
	// as in other shells, nor is an empty one or the same again. What other shells
	// have remembered meanwhile is there for the next line.
	Remember(text string)
	// Edit lets the person change a text in the editor that $VISUAL or $EDITOR name, and
	// returns what came of it, without the newline that editors put at the end. It is
	// called between two ReadLines.
	Edit(text []byte) ([]byte, error)
	// Lend lets other programs have the terminal while use runs, between two ReadLines,
	// and takes it back as it was, whatever they leave.
	Lend(use func())
	// Close gives the terminal back. It may be called again, and by any goroutine.
	Close() error
}

var (
	// ErrInterrupted: Ctrl-C was pressed at the prompt.
	ErrInterrupted = errors.New("interrupted")
	// ErrLeave: Ctrl-D was pressed at the prompt.
	ErrLeave = errors.New("leave")
)
