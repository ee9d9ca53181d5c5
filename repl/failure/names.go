package failure

import (
	"errors"
	"slices"
	"strings"

	"kv/proto/kverr"
)

// codeNames are what the exit codes are called where an error is named.
var codeNames = map[int]string{ExitFailed: "failed", ExitUsage: "usage", ExitNotFound: "not-found",
	ExitUnknown: "unknown", ExitNoQuorum: "no-quorum", ExitViolated: "violated", ExitNoAnswer: "undecided"}

// Names returns all names that an error can have, sorted.
func Names() []string {
	var names []string
	for _, name := range codeNames {
		names = append(names, name)
	}
	for _, e := range kverr.Entries() {
		names = append(names, reasonName(e.Reason))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Has reports whether err has a name: that of its exit code, such as not-found, or that
// of its entry in kverr, such as conflict.
func Has(err error, name string) bool {
	if err == nil {
		return false
	}
	var entry *kverr.Error
	if errors.As(err, &entry) && reasonName(entry.Reason) == name {
		return true
	}
	if !errors.As(err, &entry) && isContext(err) && reasonName(kverr.From(err).Reason) == name {
		return true
	}
	return codeNames[Code(err)] == name
}

func reasonName(reason string) string {
	return strings.ReplaceAll(strings.ToLower(reason), "_", "-")
}

// UnmetError: what was expected is not so.
type UnmetError struct {
	Expected string   // in one line
	Found    []string // lines
}

// Error implements error.
func (e *UnmetError) Error() string { return "expected " + e.Expected }

// lines shows an UnmetError in one glance.
func (e *UnmetError) lines() []string {
	lines := []string{"expected  " + e.Expected}
	for i, l := range e.Found {
		if i == 0 {
			lines = append(lines, "found     "+l)
		} else {
			lines = append(lines, "          "+l)
		}
	}
	return lines
}
