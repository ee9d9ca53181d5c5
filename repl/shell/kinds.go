package shell

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kv/repl/syntax"
)

// Kind is what an argument names: it decides what it may be, and how the Tab key
// completes it. A room may have kinds of its own.
type Kind struct {
	// Read checks a word; nil takes any. Of numbers and, in nanoseconds, of durations
	// it returns the number. The complaint, "" if all is well, follows the argument's
	// name.
	Read func(word string) (n uint64, complaint string)
	// Words are all there are; nil if a Room has to find them, or nobody knows them.
	Words []string
}

// The kinds that several rooms use.
var (
	KindKey      = &Kind{}                                                                        // a key of the store
	KindMember   = &Kind{}                                                                        // a member of the cluster
	KindCommand  = &Kind{}                                                                        // the name of a command of this table
	KindVariable = &Kind{}                                                                        // a variable of the session
	KindFile     = &Kind{}                                                                        // a file
	KindLine     = &Kind{}                                                                        // a command with its words
	KindNumber   = &Kind{Read: func(word string) (uint64, string) { return readNumber(word, 0) }} // a whole number
	KindPositive = &Kind{Read: func(word string) (uint64, string) { return readNumber(word, 1) }} // a whole number from 1, such as a revision
	KindDuration = &Kind{Read: readDuration}                                                      // such as 30s
)

// OneOf is the kind of a choice.
func OneOf(words ...string) *Kind {
	return &Kind{Words: words, Read: func(word string) (uint64, string) {
		if slices.Contains(words, word) {
			return 0, ""
		}
		return 0, fmt.Sprintf("is one of %s, not %s", strings.Join(words, ", "), syntax.Quote(word))
	}}
}

// read is Read of a kind that may be nil.
func (k *Kind) read(word string) (n uint64, complaint string) {
	if k == nil || k.Read == nil {
		return 0, ""
	}
	return k.Read(word)
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
