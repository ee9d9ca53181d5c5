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
	// Reason is the cluster's name for it (kverr.Error.Reason), "" for what it has no name.
	Reason string
	// Outcome is what became of a write: "not done" or "unknown", or of several: "in part";
	// "" for what is no write.
	Outcome string
	// Next is what to do now; "" if the error says it by itself.
	Next string
	// Note tells of the circumstances; "" for nothing.
	Note string
	// Code is the exit code.
	Code int
}

// Describe returns what Explain tells a person.
func Describe(err error) Description {
	if noted, ok := err.(*notedError); ok {
		d := Describe(noted.error)
		d.Note = noted.note
		return d
	}
	d := Description{Code: Code(err)}
	var part *PartError
	if errors.As(err, &part) {
		of := Describe(part.Err)
		of.Outcome, of.Note, of.Code = inPart, part.Done, d.Code
		return of
	}
	var (
		usage *UsageError
		unmet *UnmetError
		proof *VerdictError
		entry *kverr.Error
		write *writeError
	)
	switch {
	case errors.As(err, &usage):
		d.Error = usage.Text
		if usage.Usage != "" {
			d.Next = "usage: " + usage.Usage
		}
	case errors.As(err, &unmet):
		d.Error = unmet.Error() + ", found " + strings.Join(unmet.Found, "; ")
	case !errors.As(err, &proof) && (errors.As(err, &entry) || isContext(err)):
		e, isWrite := kverr.From(err), errors.As(err, &write)
		d.Error, d.Reason, d.Next = what(e), e.Reason, next(e, isWrite)
		if isWrite {
			d.Outcome = outcome(e)
		}
	default:
		d.Error = strings.TrimPrefix(strings.Join(Explain(err), "\n"), "error: ")
	}
	return d
}
