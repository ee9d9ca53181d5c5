package shell

import (
	"math"
	"strconv"
	"time"

	"kv/repl/syntax"
)

// Args are the arguments of one command, checked against its row.
type Args struct {
	values  map[string]string
	numbers map[string]uint64
	rest    []string      // the words of the argument that takes all that are left
	inner   []syntax.Word // the same, with what their quotes said
	place   string        // with its @
}

// Get returns the value of an argument or option, "" if it was not given.
func (a Args) Get(name string) string { return a.values[name] }

// Has reports whether an argument or option was given.
func (a Args) Has(name string) bool {
	_, ok := a.values[name]
	return ok
}

// Set gives an argument or option a value that was not typed, and SetNumber one with a
// number; for Prepare.
func (a Args) Set(name, value string) { a.values[name] = value }

// SetNumber is Set for a number.
func (a Args) SetNumber(name string, n uint64) {
	a.values[name], a.numbers[name] = strconv.FormatUint(n, 10), n
}

// Number returns the value of a numeric argument or option, 0 if it was not given.
func (a Args) Number(name string) uint64 { return a.numbers[name] }

// Int returns the value of a numeric option, or def if it was not given.
func (a Args) Int(name string, def int) int {
	if n, ok := a.numbers[name]; ok {
		return int(min(n, math.MaxInt))
	}
	return def
}

// Duration returns the value of a duration, 0 if it was not given.
func (a Args) Duration(name string) time.Duration { return time.Duration(a.numbers[name]) }

// Rest returns the words of the argument that takes all that are left.
func (a Args) Rest() []string { return a.rest }

// Inner returns Rest with what was quoted: for the rows that carry out a command.
func (a Args) Inner() []syntax.Word { return a.inner }
