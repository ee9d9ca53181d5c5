package expect

import (
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"

	"kv/repl/failure"
	"kv/repl/shell"
	"kv/repl/syntax"
)

// operator compares what was found with what was expected.
type operator struct {
	name  string
	words int // that it must have after it
	// check finds what is wrong with the word after it; may be nil.
	check func(want string) error
	holds func(want string, r shell.Reply) (bool, error)
}

// operators by their names.
var operators = func() map[string]*operator {
	all := []*operator{
		{name: "==", words: 1, holds: answered(func(want string, r shell.Reply) bool { return r.Value == want })},
		{name: "!=", words: 1, holds: answered(func(want string, r shell.Reply) bool { return r.Value != want })},
		{name: "<", words: 1, check: isNumber, holds: ordered(func(c int) bool { return c < 0 })},
		{name: "<=", words: 1, check: isNumber, holds: ordered(func(c int) bool { return c <= 0 })},
		{name: ">", words: 1, check: isNumber, holds: ordered(func(c int) bool { return c > 0 })},
		{name: ">=", words: 1, check: isNumber, holds: ordered(func(c int) bool { return c >= 0 })},
		{name: "contains", words: 1, holds: answered(func(want string, r shell.Reply) bool { return strings.Contains(r.Text, want) })},
		{name: "matches", words: 1, check: isPattern, holds: answered(matches)},
		{name: "succeeds", holds: func(_ string, r shell.Reply) (bool, error) { return r.Err == nil, nil }},
		{name: "fails", check: isFailure, holds: func(want string, r shell.Reply) (bool, error) {
			return r.Err != nil && (want == "" || failure.Has(r.Err, want)), nil
		}},
	}
	byName := make(map[string]*operator, len(all))
	for _, o := range all {
		byName[o.name] = o
	}
	return byName
}()

// answered makes a comparison of one of answers: what failed has none.
func answered(compare func(want string, r shell.Reply) bool) func(string, shell.Reply) (bool, error) {
	return func(want string, r shell.Reply) (bool, error) { return r.Err == nil && compare(want, r), nil }
}

func matches(want string, r shell.Reply) bool {
	return regexp.MustCompile("(?m)" + want).MatchString(r.Text)
}

func isPattern(want string) error {
	if _, err := regexp.Compile(want); err != nil {
		return failure.Usagef("matches wants a regular expression: %v", err)
	}
	return nil
}

// commonFailures are the names that are wanted most.
const commonFailures = "not-found, no-quorum, no-leader, conflict, timeout, unreachable, unknown and usage"

func isFailure(name string) error {
	if slices.Contains(failure.Names(), name) {
		return nil
	}
	return failure.Usagef("no error is called %s; among the names are %s", syntax.Quote(name), commonFailures)
}

// ordered makes a comparison of numbers.
func ordered(is func(c int) bool) func(string, shell.Reply) (bool, error) {
	return func(want string, r shell.Reply) (bool, error) {
		if r.Err != nil {
			return false, nil
		}
		x, y := readNumber(r.Value), readNumber(want)
		return x.n != nil && x.time == y.time && is(x.n.Cmp(y.n)), nil
	}
}

func isNumber(want string) error {
	if readNumber(want).n == nil {
		return failure.Usagef("<, <=, > and >= compare numbers and times such as 300ms, not %s", syntax.Quote(want))
	}
	return nil
}

// number is a number or a time, in nanoseconds; n is nil for neither.
type number struct {
	n    *big.Rat
	time bool
}

var decimal = regexp.MustCompile(`^[+-]?[0-9]{1,40}(\.[0-9]{1,40})?$`)

func readNumber(text string) number {
	text = strings.TrimSpace(text)
	if decimal.MatchString(text) {
		n, _ := new(big.Rat).SetString(text)
		return number{n: n}
	}
	d, err := time.ParseDuration(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		return number{}
	}
	return number{n: new(big.Rat).SetInt64(int64(d)), time: true}
}

// operand returns what the words after an operator say to compare with.
func (o *operator) operand(words []syntax.Word) (string, error) {
	n, after := o.words, o.name
	if o.name == "fails" && len(words) > 0 && words[0].Keyword("with") {
		n, after, words = 1, "fails with", words[1:]
	}
	switch {
	case len(words) > n:
		return "", failure.Usagef("%s is one word too many after %s; a text with blanks needs quotes", syntax.Quote(words[n].Text), after)
	case n == 0:
		return "", nil
	case len(words) == 0 && after != o.name:
		return "", failure.Usagef("fails with wants the name of an error, such as %s", commonFailures)
	case len(words) == 0:
		return "", failure.Usagef("expect wants something to compare with after %s", after)
	case o.check != nil:
		return words[0].Text, o.check(words[0].Text)
	default:
		return words[0].Text, nil
	}
}
