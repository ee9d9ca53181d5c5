package failure

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"kv/proto/kverr"
	"kv/repl/syntax"
)

// Explain returns the lines that tell a person about err: what happened and, for
// a write, what became of it and what to do. Lines have no newline.
func Explain(err error) []string {
	var (
		usage  *UsageError
		parse  *syntax.Error
		absent *AbsentError
		entry  *kverr.Error
		write  *writeError
		proof  *VerdictError
	)
	var (
		told  *ToldError
		unmet *UnmetError
		part  *PartError
	)
	if noted, ok := err.(*notedError); ok {
		return append(Explain(noted.error), noted.note)
	}
	switch {
	case errors.As(err, &part):
		return append(Explain(part.Err), "outcome: "+part.Done)
	case errors.As(err, &told):
		return []string{told.Error()}
	case errors.As(err, &unmet):
		return unmet.lines()
	case errors.As(err, &proof):
		return strings.Split(proof.Text, "\n")
	case errors.As(err, &usage):
		if usage.Usage == "" {
			return []string{usage.Text}
		}
		return []string{usage.Text, "usage: " + usage.Usage}
	case errors.As(err, &absent) && absent.Answer, errors.As(err, &parse):
		return []string{err.Error()}
	case !errors.As(err, &entry) && !isContext(err):
		return []string{"error: " + err.Error()}
	}
	return explainEntry(kverr.From(err), errors.As(err, &write))
}

func explainEntry(e *kverr.Error, write bool) []string {
	lines := []string{"error: " + what(e)}
	if e.Leader != nil {
		lines = append(lines, fmt.Sprintf("leader: %s at %s", e.Leader.Name, cmp.Or(e.Leader.Address, "-")))
	}
	if step := next(e, write); step != "" {
		lines = append(lines, step)
	}
	switch {
	case !write:
	case outcome(e) == notDone:
		lines = append(lines, "outcome: not done; nothing was changed")
	default:
		lines = append(lines, "outcome: unknown; it may or may not have been done, so look before you try again")
	}
	return lines
}

// next returns what to do now, "" for nothing. Who does not know what became of a write
// shall look first.
func next(e *kverr.Error, write bool) string {
	if write && e.Outcome == kverr.Unknown {
		return ""
	}
	return cmp.Or(advice(e), nextStep(e))
}

// notDone and unknown are the ends of a write that failed, inPart that of several.
const (
	notDone = "not done"
	unknown = "unknown"
	inPart  = "in part"
)

func outcome(e *kverr.Error) string {
	if e.Outcome == kverr.NotDone {
		return notDone
	}
	return unknown
}

// what returns what happened. The dictionary's texts for a call that ended early
// speak of writes, on which Explain has a line of its own.
func what(e *kverr.Error) string {
	switch {
	case errors.Is(e, kverr.ErrTimeout):
		return "no answer came in time; look at `members`"
	case errors.Is(e, kverr.ErrCanceled):
		return "canceled before an answer came"
	case errors.Is(e, kverr.ErrLostConnection):
		return "the connection broke before an answer came"
	case errors.Is(e, kverr.ErrShutdown):
		return "the member stopped before it answered"
	case errors.Is(e, kverr.ErrSessionUnknown):
		return "the store has forgotten this client, which was silent for too long"
	case isContext(e.Unwrap()): // it ended the wait for what the text tells
		return e.Text
	default:
		return e.Error()
	}
}

// advice returns what the particulars of an error tell, or the next step, where its
// text does not say it; "" for nothing.
func advice(e *kverr.Error) string {
	switch {
	case errors.Is(e, kverr.ErrConflict) || errors.Is(e, kverr.ErrCompacted):
		return aboutRevision(e)
	case errors.Is(e, kverr.ErrFutureRevision):
		return "`status` tells the newest revision of a member"
	case errors.Is(e, kverr.ErrLeaseNotFound):
		return "`lease list` shows the leases there are"
	case errors.Is(e, kverr.ErrQuota):
		return "`status` tells how much there is; `list PREFIX -count` and `delete PREFIX -prefix` help to make room"
	case errors.Is(e, kverr.ErrSessionUnknown) && e.Outcome == kverr.NotDone:
		return "give the command again: it begins a new session"
	case errors.Is(e, kverr.ErrResultTooLarge):
		return "-limit, -keys and -count make a list smaller"
	default:
		return ""
	}
}

// aboutRevision tells of the revision in an error, unless its text does.
func aboutRevision(e *kverr.Error) string {
	number := strconv.FormatUint(e.Revision, 10)
	told := slices.Contains(strings.FieldsFunc(e.Text, func(r rune) bool { return !unicode.IsDigit(r) }), number)
	switch {
	case told, e.Revision == 0 && strings.Contains(e.Text, "not there"):
		return ""
	case errors.Is(e, kverr.ErrConflict) && e.Revision == 0:
		return "the key is not there"
	case errors.Is(e, kverr.ErrConflict):
		return "the key is at revision " + number
	case e.Revision != 0:
		return "the history that is kept begins at revision " + number
	default:
		return ""
	}
}
