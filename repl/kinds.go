package repl

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kv/repl/syntax"
)

// Kind is what an argument names: it decides what it may be, and how the Tab key
// completes it.
type Kind uint8

// The kinds of argument.
const (
	KindText     Kind = iota // anything
	KindKey                  // a key of the store
	KindMember               // a member of the cluster
	KindNode                 // a node of the playground
	KindCommand              // the name of a command of this table
	KindLine                 // a line of a transaction
	KindField                // what a condition looks at
	KindRelation             // how it compares
	KindOrder                // what a list is sorted by
	KindNumber               // a whole number
	KindPositive             // a whole number from 1, such as a revision
	KindLease                // the id of a lease: a whole number from 1
	KindDuration             // such as 30s
)

// choices are what a word of some kinds has to be.
var choices = map[Kind][]string{
	KindField:    {"value", "mod", "version", "create", "lease", "absent", "present"},
	KindRelation: {"=", "!=", "<", "<=", ">", ">="},
	KindOrder:    {"key", "create", "mod", "version"},
}

// read checks a word of the kind. Of numbers and, in nanoseconds, of durations it
// returns the number. The complaint, "" if all is well, follows the argument's name.
func (k Kind) read(word string) (n uint64, complaint string) {
	switch k {
	case KindNumber:
		return readNumber(word, 0)
	case KindPositive, KindLease:
		return readNumber(word, 1)
	case KindDuration:
		return readDuration(word)
	}
	all := choices[k]
	switch {
	case all == nil || slices.Contains(all, word):
		return 0, ""
	case k == KindField:
		return 0, fmt.Sprintf("is one of %s, not %s; as in `if value a = 1`", strings.Join(all, ", "), syntax.Quote(word))
	default:
		return 0, fmt.Sprintf("is one of %s, not %s", strings.Join(all, ", "), syntax.Quote(word))
	}
}

func readNumber(word string, least uint64) (uint64, string) {
	n, err := strconv.ParseUint(word, 10, 64)
	switch {
	case err != nil:
		return 0, "wants a whole number, not " + syntax.Quote(word)
	case n < least:
		return 0, fmt.Sprintf("wants a whole number from %d, not %s", least, syntax.Quote(word))
	}
	return n, ""
}

func readDuration(word string) (uint64, string) {
	d, err := time.ParseDuration(word)
	switch {
	case plainNumber(word):
		return 0, fmt.Sprintf("wants a unit: %ss or %sm", word, word)
	case err != nil:
		return 0, "wants a duration such as 30s, 5m or 1h30m, not " + syntax.Quote(word)
	case d <= 0:
		return 0, "wants a duration above 0, not " + syntax.Quote(word)
	}
	return uint64(d), ""
}

func plainNumber(word string) bool {
	_, err := strconv.ParseUint(word, 10, 32)
	return err == nil
}
