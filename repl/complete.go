package repl

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"kv/repl/syntax"
)

const (
	completeWait = 100 * time.Millisecond // the longest the Tab key takes
	completeMost = 100                    // candidates; readline has no pager
	namesFresh   = 2 * time.Second        // how long the member names are kept
)

// completer answers the Tab key. Only readline's goroutine uses it.
type completer struct {
	s       *Session
	columns func() int // of the terminal

	off      func() bool // no command is being typed
	menuOpen func() bool // whether readline's menu may be open
	openMenu func()      // told before it opens

	members  []string
	membered time.Time // when members was read
}

func newCompleter(s *Session) *completer { return &completer{s: s} }

// Do implements readline.AutoCompleter: the tails of what the word before the
// cursor may become, and how many characters of it the menu repeats before each.
func (c *completer) Do(line []rune, pos int) ([][]rune, int) {
	if c.off != nil && c.off() {
		return nil, 0
	}
	var l syntax.Lexer
	l.Feed(unmark(string(line[:pos])))
	before, part := l.Begun()
	words := c.candidates(before, part)
	tails := make([]string, 0, len(words))
	for _, w := range words {
		if tail, ok := l.Tail(w); ok {
			tails = append(tails, tail)
		}
	}
	return c.menuOf(tails, part)
}

// candidates returns the words that may stand after words and begin with part.
func (c *completer) candidates(words []string, part string) []string {
	if len(words) == 0 {
		return begin(c.s.names(), part)
	}
	command, n := lookup(c.s.commands, words)
	if command == nil {
		return c.seconds(words, part)
	}
	given := words[n:]
	if command.Name == "help" {
		return c.commandNames(given, part)
	}
	if last := len(command.Args) - 1; last >= 0 && command.Args[last].Kind == KindLine && len(given) >= last {
		return c.candidates(given[last:], part)
	}
	if !command.Raw && strings.HasPrefix(part, "-") && !slices.Contains(given, "--") {
		return begin(command.optionNames(part), part)
	}
	return c.ofKind(command.kindAfter(given), part)
}

// seconds returns the second words of the commands that begin with the only word.
func (c *completer) seconds(words []string, part string) []string {
	if len(words) != 1 {
		return nil
	}
	return begin(family(c.s.commands, words[0]), part)
}

// commandNames returns the words that go on with the name of a command.
func (c *completer) commandNames(words []string, part string) []string {
	if len(words) > 0 {
		return c.seconds(words, part)
	}
	return begin(c.s.names(), part)
}

// leaseIDs asks for the leases there are.
func (c *completer) leaseIDs() []string {
	ctx, cancel := context.WithTimeout(context.Background(), completeWait)
	defer cancel()
	leases, err := c.s.store.Leases(ctx)
	if err != nil {
		return nil
	}
	ids := make([]string, len(leases))
	for i, l := range leases {
		ids[i] = strconv.FormatUint(uint64(l.ID), 10)
	}
	return ids
}

// optionNames returns the options with as many dashes as part has.
func (c *Command) optionNames(part string) []string {
	dashes := "-"
	if strings.HasPrefix(part, "--") {
		dashes = "--"
	}
	names := make([]string, len(c.Options))
	for i, o := range c.Options {
		names[i] = dashes + o.Name
	}
	return names
}

// kindAfter returns the kind of the word that follows words.
func (c *Command) kindAfter(words []string) Kind {
	place, end := 0, false
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch {
		case end || len(w) < 2 || w[0] != '-':
			place++
		case w == "--":
			end = true
		default:
			o := c.option(strings.TrimPrefix(w[1:], "-"))
			if o == nil || o.Value == "" {
				continue
			}
			if i++; i == len(words) {
				return o.Kind
			}
		}
	}
	if place < len(c.Args) {
		return c.Args[place].Kind
	}
	return KindText
}

func (c *completer) ofKind(kind Kind, part string) []string {
	switch kind {
	case KindNode:
		if c.s.lab == nil {
			return nil
		}
		return begin(c.s.lab.Names(), part)
	case KindMember:
		return begin(c.memberNames(), part)
	case KindKey:
		return c.keys(part)
	case KindLease:
		return begin(c.leaseIDs(), part)
	default:
		return begin(choices[kind], part)
	}
}

func (c *completer) memberNames() []string {
	if time.Since(c.membered) < namesFresh {
		return c.members
	}
	ctx, cancel := context.WithTimeout(context.Background(), completeWait)
	defer cancel()
	if m, err := c.s.store.Members(ctx); err == nil {
		c.members, c.membered = memberNames(m), time.Now()
	}
	return c.members
}

// keys asks any member for the keys it has: for a completion that is good enough,
// and works without a quorum.
func (c *completer) keys(part string) []string {
	ctx, cancel := context.WithTimeout(context.Background(), completeWait)
	defer cancel()
	l, err := c.s.store.List(ctx, part, Read{Stale: true, KeysOnly: true, Limit: completeMost})
	if err != nil {
		return nil
	}
	var keys []string
	for kv, err := range l.All {
		if err != nil || len(keys) == completeMost {
			break
		}
		keys = append(keys, kv.Key)
	}
	return begin(keys, part)
}

// begin returns, sorted, those of words that begin with part.
func begin(words []string, part string) []string {
	var found []string
	for _, w := range sorted(words) {
		if strings.HasPrefix(w, part) && len(found) < completeMost {
			found = append(found, w)
		}
	}
	return found
}

// menuOf makes readline's answer of the tails. A single tail, or what all have in
// common, is typed for the person; else a menu opens. readline divides by zero if
// a candidate is wider than the terminal, and pads by a negative number if what it
// repeats is wider than it has characters: in the menu a tail is cut to what fits,
// which is still a right beginning, and only a plain word is repeated.
func (c *completer) menuOf(tails []string, part string) ([][]rune, int) {
	if len(tails) == 0 {
		return nil, 0
	}
	if !c.menuOpen() && (len(tails) == 1 || shareBeginning(tails)) {
		return runesOf(tails), 0
	}
	c.openMenu()
	repeat, room := utf8.RuneCountInString(part), c.columns()-2
	if repeat != len(part) || repeat > room/2 {
		repeat = 0
	}
	if room-repeat < 1 {
		return nil, 0
	}
	for i, t := range tails {
		tails[i] = cut(t, room-repeat)
	}
	return runesOf(slices.Compact(tails)), repeat
}

// shareBeginning reports whether all words begin with the same character.
func shareBeginning(words []string) bool {
	first, _ := utf8.DecodeRuneInString(words[0])
	for _, w := range words {
		if r, _ := utf8.DecodeRuneInString(w); r != first {
			return false
		}
	}
	return true
}

// cut returns the beginning of text that surely fits into width cells: a
// character that is not ASCII counts as two.
func cut(text string, width int) string {
	used := 0
	for i, r := range text {
		if used++; r >= utf8.RuneSelf {
			used++
		}
		if used > width {
			return text[:i]
		}
	}
	return text
}

func runesOf(words []string) [][]rune {
	rs := make([][]rune, len(words))
	for i, w := range words {
		rs[i] = []rune(w)
	}
	return rs
}
