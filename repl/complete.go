package repl

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"kv/repl/syntax"
)

const (
	completeWait = 100 * time.Millisecond // the longest the Tab key takes
	completeMost = 100                    // candidates; readline has no pager
	namesFresh   = 2 * time.Second        // how long the member names are kept
)

// completer answers the Tab key. Only readline's goroutine uses it.
type completer struct {
	s        *Session
	members  []string
	membered time.Time // when members was read
}

func newCompleter(s *Session) *completer { return &completer{s: s} }

// complete returns the tails of what the word that before ends in may become, and
// that word.
func (c *completer) complete(before string) (tails []string, word string) {
	var l syntax.Lexer
	l.Feed(before)
	words, part := l.Begun()
	words = c.candidates(words, part)
	for _, w := range words {
		if tail, ok := l.Tail(w); ok {
			tails = append(tails, tail)
		}
	}
	return tails, part
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
