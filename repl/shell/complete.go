package shell

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"kv/repl/syntax"
)

const (
	completeWait = 100 * time.Millisecond // the longest the Tab key takes
	namesFresh   = 2 * time.Second        // how long the member names are kept
)

// MostWords is how many words the Tab key shows at most.
const MostWords = 100

// Completion is what the word before the cursor may become.
type Completion struct {
	// Words are the candidates, sorted; Tails is what has to be typed to complete each.
	Words, Tails []string
	// Note is what is to be said about them, such as that nobody answers; it may be "".
	Note string
	// Fetch, if it is not nil, asks the cluster for the candidates. It takes 100 ms at
	// most, ends soon after ctx, and may be called on any goroutine.
	Fetch func(ctx context.Context) Completion
}

// Completer answers the Tab key. Complete and Hint are called while no command runs.
type Completer struct {
	s *Session

	mu       sync.Mutex
	members  []string  // guarded by mu
	membered time.Time // guarded by mu; when members was read
}

// NewCompleter makes the completer of a session.
func NewCompleter(s *Session) *Completer { return &Completer{s: s} }

// Complete returns what the word that before ends in may become.
func (c *Completer) Complete(before string) Completion {
	var l syntax.Lexer
	l.Feed(before)
	begun, part := l.Begun()
	w := c.here(&l, begun, part)
	part = part[len(w.lead):]
	if fresh, ok := c.known(w.kind); ok {
		w.words, w.kind = append(w.words, fresh...), nil
	}
	find := c.s.words[w.kind]
	if w.kind == KindFile {
		find = func(_ context.Context, part string) ([]string, error) { return fileWords(part), nil }
	}
	if w.kind == nil || find == nil {
		return w.completion(&l, part, w.words)
	}
	return Completion{Fetch: func(ctx context.Context) Completion {
		ctx, cancel := context.WithTimeout(ctx, completeWait)
		defer cancel()
		words, err := find(ctx, part)
		if err != nil {
			return Completion{Note: "no candidates: the cluster does not answer"}
		}
		c.keep(w.kind, words)
		return w.completion(&l, part, append(words, w.words...))
	}}
}

// here is what may stand where the text ends.
func (c *Completer) here(l *syntax.Lexer, begun []syntax.Word, part string) wanted {
	takes := c.s.takesOperators(begun)
	if _, tail := splitOperators(begun); !takes && (len(tail) > 0 || l.BegunOp() > 0) {
		return behindOperator(tail, part[:l.BegunOp()])
	}
	words, ok := c.s.variableWords(l, part)
	w := wanted{words: words}
	if !ok {
		w = c.wanted(syntax.Texts(begun), part)
	}
	w.operators = takes
	return w
}

// wanted are the words that may stand in one place of a line.
type wanted struct {
	words []string // all there are, or those beside the ones of kind
	kind  *Kind    // what they are, if they have to be found
	lead  string   // what stands before them in the same word: `-sort=`

	operators bool // a `|` among them is written as it is
}

// completion makes the answer of those words that begin with part.
func (w wanted) completion(l *syntax.Lexer, part string, words []string) Completion {
	var found Completion
	words = begin(words, part)
	for _, word := range words {
		tail, ok := l.Tail(w.lead + word)
		if w.operators && strings.HasPrefix(word, "|") {
			tail = strings.TrimPrefix(tail, `\`)
		}
		if ok {
			found.Words, found.Tails = append(found.Words, word), append(found.Tails, tail)
		}
	}
	if len(words) == MostWords {
		found.Note = "there may be more: type on"
	}
	return found
}

// wanted says what may stand after words, where part has been begun.
func (c *Completer) wanted(words []string, part string) wanted {
	if len(words) == 0 {
		return wanted{words: c.s.names()}
	}
	if syntax.Number(words[0]) { // `5 put a 1`
		return c.wanted(words[1:], part)
	}
	command, n := c.s.lookup(words)
	if command == nil {
		return wanted{words: c.seconds(words)}
	}
	given := words[n:]
	if command.Name == "help" {
		return wanted{words: c.commandNames(given, part)}
	}
	if at := command.inner(append(slices.Clip(given), part)); at <= len(given) {
		return c.wanted(given[at:], part)
	}
	next := command.next(given)
	if strings.HasPrefix(part, "-") && command.bearsOption(given) && len(begin(next, part)) == 0 { // it may be an arrow
		return c.ofOption(command, part)
	}
	if command.Next != nil {
		return wanted{words: next}
	}
	if command.isPlace(given, part) {
		return wanted{kind: KindMember, lead: "@", words: []string{"all"}}
	}
	w := c.ofKind(command.kindAfter(given))
	if n == 1 { // the command may be the first of a family, as `learn` is
		w.words = slices.Concat(w.words, c.seconds(words))
	}
	return w
}

// next are the words that may follow those given, if the row says so.
func (c *Command) next(given []string) []string {
	plain, open, _ := c.count(given)
	switch {
	case c.Next == nil:
		return nil
	case open == nil:
		return c.Next(plain)
	case open.Kind == nil:
		return nil
	default:
		return open.Kind.Words
	}
}

// ofOption is what an option that has been begun may become.
func (c *Completer) ofOption(command *Command, part string) wanted {
	name, _, joined := strings.Cut(part, "=")
	o := command.option(strings.TrimPrefix(name[1:], "-"))
	if !joined || o == nil || o.Value == "" {
		return wanted{words: command.optionNames(part)}
	}
	w := c.ofKind(o.Kind)
	w.lead = name + "="
	return w
}

// seconds returns the second words of the commands that begin with the only word.
func (c *Completer) seconds(words []string) []string {
	if len(words) != 1 {
		return nil
	}
	return c.s.table.Family(words[0])
}

// commandNames returns the words that go on with the name of a command.
func (c *Completer) commandNames(words []string, part string) []string {
	if len(words) > 0 {
		return c.seconds(words)
	}
	if strings.HasPrefix(part, "@") {
		return c.s.groupHandles()
	}
	return append(c.s.names(), topicNames()...)
}

// optionNames returns the options with as many dashes as part has.
func (c *Command) optionNames(part string) []string {
	dashes := "-"
	if strings.HasPrefix(part, "--") {
		dashes = "--"
	}
	all := c.allOptions()
	names := make([]string, len(all))
	for i, o := range all {
		names[i] = dashes + o.Name
	}
	return names
}

// kindAfter returns the kind of the word that follows words.
func (c *Command) kindAfter(words []string) *Kind {
	plain, open, _ := c.count(words)
	switch {
	case open != nil:
		return open.Kind
	case len(plain) < len(c.Args):
		return c.Args[len(plain)].Kind
	case len(c.Args) > 0 && c.Args[len(c.Args)-1].Many:
		return c.Args[len(c.Args)-1].Kind
	}
	return nil
}

// count returns the plain words among words, the option that still waits for its value, nil
// for none, and the options that were given.
func (c *Command) count(words []string) (plain []string, open *Option, options []string) {
	end := c.Raw
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch {
		case end || !c.isOption(w):
			plain, end = append(plain, w), end || c.Early
		case w == "--":
			end = true
		default:
			options = append(options, optionName(w))
			o := c.option(optionName(w))
			if o == nil || o.Value == "" || joined(w) {
				continue
			}
			if i++; i == len(words) {
				return plain, o, options
			}
		}
	}
	return plain, nil, options
}

// bearsOption reports whether a word after those that were given may be an option.
func (c *Command) bearsOption(given []string) bool {
	plain, _, _ := c.count(given)
	return !c.Raw && !slices.Contains(given, "--") && (!c.Early || len(plain) == 0)
}

// ofKind returns the words of a kind.
func (c *Completer) ofKind(kind *Kind) wanted {
	if kind != nil && kind.Words != nil {
		return wanted{words: kind.Words}
	}
	return wanted{kind: kind}
}

// known returns the names of the members if they were asked for lately: they seldom
// change.
func (c *Completer) known(kind *Kind) ([]string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.members, kind == KindMember && time.Since(c.membered) < namesFresh
}

func (c *Completer) keep(kind *Kind, words []string) {
	if kind != KindMember {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.members, c.membered = words, time.Now()
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
