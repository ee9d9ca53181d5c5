package shell

import (
	"context"
	"slices"
	"strings"
	"time"

	"kv/repl/syntax"
)

const (
	completeWait = 100 * time.Millisecond // the longest the Tab key takes
	namesFresh   = 2 * time.Second        // how long the member names are kept
)

// MostWords is how many words the Tab key shows at most; readline has no pager.
const MostWords = 100

// Completer answers the Tab key. Only readline's goroutine uses it.
type Completer struct {
	s        *Session
	members  []string
	membered time.Time // when members was read
}

// NewCompleter makes the completer of a session.
func NewCompleter(s *Session) *Completer { return &Completer{s: s} }

// Complete returns the tails of what the word that before ends in may become, and
// that word.
func (c *Completer) Complete(before string) (tails []string, word string) {
	var l syntax.Lexer
	l.Feed(before)
	begun, part := l.Begun()
	words, ok := c.s.variableWords(&l, part)
	if !ok {
		words = c.candidates(syntax.Texts(begun), part)
	}
	for _, w := range words {
		tail, ok := l.Tail(w)
		if ok && c.s.takesOperators(begun) && strings.HasPrefix(w, "|") {
			tail = strings.TrimPrefix(tail, `\`)
		}
		if ok {
			tails = append(tails, tail)
		}
	}
	return tails, part
}

// candidates returns the words that may stand after words and begin with part.
func (c *Completer) candidates(words []string, part string) []string {
	if len(words) == 0 {
		return begin(c.s.names(), part)
	}
	if syntax.Number(words[0]) { // `5 put a 1`
		return c.candidates(words[1:], part)
	}
	command, n := c.s.lookup(words)
	if command == nil {
		return c.seconds(words, part)
	}
	given := words[n:]
	if command.Name == "help" {
		return c.commandNames(given, part)
	}
	if at := command.inner(append(slices.Clip(given), part)); at <= len(given) {
		return c.candidates(given[at:], part)
	}
	if command.Next != nil {
		return begin(command.Next(given), part)
	}
	if !command.Raw && strings.HasPrefix(part, "-") && !slices.Contains(given, "--") {
		return begin(command.optionNames(part), part)
	}
	if command.isPlace(given, part) {
		return places(c.memberNames(), part)
	}
	return c.ofKind(command.kindAfter(given), part)
}

// seconds returns the second words of the commands that begin with the only word.
func (c *Completer) seconds(words []string, part string) []string {
	if len(words) != 1 {
		return nil
	}
	return begin(c.s.table.Family(words[0]), part)
}

// commandNames returns the words that go on with the name of a command.
func (c *Completer) commandNames(words []string, part string) []string {
	if len(words) > 0 {
		return c.seconds(words, part)
	}
	if strings.HasPrefix(part, "@") {
		return begin(c.s.groupHandles(), part)
	}
	return begin(c.s.names(), part)
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
func (c *Command) kindAfter(words []string) *Kind {
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
	return nil
}

// ofKind returns the words of a kind.
func (c *Completer) ofKind(kind *Kind, part string) []string {
	switch {
	case kind == nil:
		return nil
	case kind == KindFile:
		return begin(fileWords(part), part)
	case kind == KindMember:
		return begin(c.memberNames(), part)
	case kind.Words != nil:
		return begin(kind.Words, part)
	}
	words, err := c.find(kind, part)
	if err != nil {
		return nil
	}
	return begin(words, part)
}

func (c *Completer) find(kind *Kind, part string) ([]string, error) {
	find := c.s.words[kind]
	if find == nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), completeWait)
	defer cancel()
	return find(ctx, part)
}

// memberNames are kept for a while: they seldom change.
func (c *Completer) memberNames() []string {
	if time.Since(c.membered) < namesFresh {
		return c.members
	}
	if names, err := c.find(KindMember, ""); err == nil {
		c.members, c.membered = names, time.Now()
	}
	return c.members
}

// begin returns, sorted, those of words that begin with part.
func begin(words []string, part string) []string {
	var found []string
	for _, w := range sorted(words) {
		if strings.HasPrefix(w, part) && len(found) < MostWords {
			found = append(found, w)
		}
	}
	return found
}
