// Package failure is what goes wrong in the shell: the errors that its rooms make, the
// words in which a person is told of them and of those of the cluster, and the exit
// codes that a program gets.
package failure

import (
	"errors"
	"fmt"
)

// UsageError says that a line was not understood, and how to write it.
type UsageError struct {
	Text  string
	Usage string // "" if no command was found
}

// Error implements error.
func (e *UsageError) Error() string { return e.Text }

// Usagef returns a UsageError without usage.
func Usagef(format string, args ...any) error {
	return &UsageError{Text: fmt.Sprintf(format, args...)}
}

// AbsentError: what a command is about is not there, which has an exit code of its own.
type AbsentError struct {
	Text   string
	Answer bool // the text is an answer and shown as it is, not as an error
}

// Error implements error.
func (e *AbsentError) Error() string { return e.Text }

// ErrNotFound: a key that was asked for is not there.
var ErrNotFound error = &AbsentError{Text: "(not found)", Answer: true}

// VerdictError: the answer to what was to be proved is no, or there is none. The text is
// shown as it is, not as an error, and the code is the exit code.
type VerdictError struct {
	Text string
	Code int
}

// Error implements error.
func (e *VerdictError) Error() string { return e.Text }

// StoppedError: a command that has no end of its own was ended by Ctrl-C, which is
// its success. The text sums it up.
type StoppedError struct{ Text string }

// Error implements error.
func (e *StoppedError) Error() string { return e.Text }

// IsStopped reports whether err is a StoppedError.
func IsStopped(err error) bool {
	var stopped *StoppedError
	return errors.As(err, &stopped)
}

// ToldError is one that has been told already, such as that of a command in a file
// that was sourced.
type ToldError struct{ ExitCode int }

// Error implements error.
func (e *ToldError) Error() string { return "a command failed" }

// IsTold reports whether err is a ToldError.
func IsTold(err error) bool {
	var told *ToldError
	return errors.As(err, &told)
}

// PartError is for a command of several writes that ended between its first and its last.
type PartError struct {
	Err error
	// Done says what was done, and what to do now.
	Done string
}

// Error implements error.
func (e *PartError) Error() string { return e.Err.Error() }

// Unwrap returns why it ended.
func (e *PartError) Unwrap() error { return e.Err }

// notedError is an error with a line more to tell.
type notedError struct {
	error
	note string
}

func (e *notedError) Unwrap() error { return e.error }

// Noted returns err with a line more that tells of the circumstances.
func Noted(err error, format string, args ...any) error {
	return &notedError{err, fmt.Sprintf(format, args...)}
}

// writeError is an error of a command that writes: what became of the write has to
// be told.
type writeError struct{ error }

func (e *writeError) Unwrap() error { return e.error }

// OfWrite marks an error as one of a command that writes; nil stays nil.
func OfWrite(err error) error {
	if err == nil {
		return nil
	}
	return &writeError{err}
}
