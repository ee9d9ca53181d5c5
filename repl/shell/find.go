package shell

import (
	"context"
	"slices"
	"strings"
	"time"

	"kv/repl/failure"
	"kv/repl/syntax"
)

// RepeatName is the name of the command that `5 put a 1` is short for.
const RepeatName = "repeat"

// lookup is Lookup in the table of the session, with a number in the place of a name.
func (s *Session) lookup(words []string) (*Command, int) {
	if len(words) > 1 && syntax.Number(words[0]) {
		if c, _ := s.table.Lookup([]string{RepeatName}); c != nil {
			return c, 0
		}
	}
	return s.table.For(s.open != nil).Lookup(words)
}

// find returns the row that the words begin with, and how many of them are its name.
func (s *Session) find(words []string) (*Command, int, error) {
	if len(words) == 0 {
		return nil, 0, failure.Usagef("there is no command; `help` lists them")
	}
	c, n := s.lookup(words)
	if c == nil {
		return nil, 0, s.unknown(words)
	}
	return c, n, nil
}

// unknown returns the error for words that begin with no command of the session.
func (s *Session) unknown(words []string) error {
	if c, _ := s.all.Lookup(words); c != nil {
		return failure.Usagef("%s works in a playground only; start one with `kv playground`", c.Name)
	}
	first, name, near, help := words[0], syntax.Quote(words[0]), "", "help"
	if syntax.Number(first) && len(words) == 1 {
		return failure.Usagef("%s wants a command after it, which is repeated: %s put a 1", first, first)
	}
	if seconds := s.table.Family(first); len(seconds) == 0 {
		near = nearest(strings.ToLower(first), s.names())
	} else if len(words) == 1 {
		return failure.Usagef("%s wants one of %s after it; `help %s` explains them", first, strings.Join(seconds, ", "), first)
	} else {
		name, help = first+" "+syntax.Quote(words[1]), "help "+first
		if near = nearest(strings.ToLower(words[1]), seconds); near != "" {
			near = first + " " + near
		}
	}
	if near != "" {
		return failure.Usagef("there is no command %s; did you mean %s?", name, near)
	}
	return failure.Usagef("there is no command %s; `%s` lists them", name, help)
}

// names returns the first words of the commands that may be given now, each once
// and without aliases.
func (s *Session) names() []string {
	var names []string
	for i := range s.table {
		first, _, _ := strings.Cut(s.table[i].Name, " ")
		if s.table[i].fits(s.open != nil) && !slices.Contains(names, first) {
			names = append(names, first)
		}
	}
	return names
}

// nameWait bounds the look at the member table that completes a name.
const nameWait = time.Second

// Member completes the beginning of a member's name. Without an answer from the
// cluster, and for addresses, the word stays what it is.
func (s *Session) Member(ctx context.Context, word string) (string, error) {
	find := s.words[KindMember]
	if word == "" || strings.Contains(word, ":") || find == nil {
		return word, nil
	}
	ctx, cancel := context.WithTimeout(ctx, nameWait)
	defer cancel()
	names, err := find(ctx, word)
	if err != nil {
		return word, nil
	}
	return Resolve(word, names)
}
