package linear

import (
	"fmt"
	"strconv"
)

// Describe says what an operation was asked to do.
func Describe(o *Op) string {
	if o.Txn == nil {
		return describe(o)
	}
	text := "txn: " + describe(o)
	if o.Compared && o.Kind == Get {
		text += fmt.Sprintf(" -if-rev %d", o.Expect)
	}
	return text
}

func describe(o *Op) string {
	key := strconv.Quote(o.Key)
	switch o.Kind {
	case Put:
		return fmt.Sprintf("put %s %s", key, strconv.Quote(o.Value))
	case CAS:
		return fmt.Sprintf("put %s %s -if-rev %d", key, strconv.Quote(o.Value), o.Expect)
	case Get:
		if o.Stale {
			return "get " + key + " -stale"
		}
	}
	return string(o.Kind) + " " + key
}

// Answer says what came of it.
func Answer(o *Op) string {
	switch {
	case o.Unknown:
		return "unknown"
	case o.Declined && o.Absent:
		return "declined; (not found)"
	case o.Declined:
		return fmt.Sprintf("declined; %s, revision %d", strconv.Quote(o.Value), o.Revision)
	case o.Kind == Get && o.Absent:
		return "(not found)"
	case o.Kind == Get:
		return fmt.Sprintf("%s, revision %d", strconv.Quote(o.Value), o.Revision)
	case o.Refused && o.Revision == 0:
		return "refused: not there"
	case o.Refused:
		return fmt.Sprintf("refused: at revision %d", o.Revision)
	case o.Kind == Delete && o.Absent:
		return "was not there"
	}
	return fmt.Sprintf("done, revision %d", o.Revision)
}

// String shows a state in porcupine's picture.
func (s state) String() string {
	switch {
	case !s.known:
		return "(anything)"
	case s.absent:
		return "(absent)"
	case s.dark:
		return fmt.Sprintf("(some value) @%d", s.revision)
	case s.revision == 0:
		return strconv.Quote(s.value) + " @?"
	}
	return fmt.Sprintf("%s @%d", strconv.Quote(s.value), s.revision)
}
