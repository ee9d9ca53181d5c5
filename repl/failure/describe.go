package failure

import (
	"errors"
	"strings"

	"kv/proto/kverr"
)

// Description is an error for a program.
type Description struct {
	// Error is what happened, in a line or several.
	Error string
	// Outcome is what became of a write: "not done" or "unknown"; "" for what is no write.
	Outcome string
	// Next is what to do now; "" if the error says it by itself.
	Next string
	// Code is the exit code.
	Code int
}

// Describe returns what Explain tells a person.
func Describe(err error) Description {
	d := Description{Code: Code(err)}
	var (
		usage *UsageError
		unmet *UnmetError
		entry *kverr.Error
		write *writeError
		own   bool // its words are the shell's own
	)
	switch {
	case errors.As(err, &usage):
		d.Error, own = usage.Text, true
		if usage.Usage != "" {
			d.Next = "usage: " + usage.Usage
		}
	case errors.As(err, &unmet):
		d.Error, own = unmet.Error()+", found "+strings.Join(unmet.Found, "; "), true
	case d.Code == ExitViolated, d.Code == ExitNoAnswer:
		own = true
	}
	if !own && (errors.As(err, &entry) || isContext(err)) {
		e, isWrite := kverr.From(err), errors.As(err, &write)
		d.Error, d.Next = what(e), next(e, isWrite)
		if isWrite {
			d.Outcome = outcome(e)
		}
		return d
	}
	if d.Error == "" {
		d.Error = strings.TrimPrefix(strings.Join(Explain(err), "\n"), "error: ")
	}
	return d
}
