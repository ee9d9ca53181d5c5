package shell

import (
	"context"
	"slices"
	"strings"

	"kv/repl/syntax"
)

// A command whose row says so takes a place after its arguments: @NAME asks that member,
// @all asks each of them. After a `--` a word with an @ is an argument like any other.

// everyPlace is the place that stands for all members.
const everyPlace = "@all"

// cutPlace takes the place off the plain words of a command, of which free stand before
// a `--`, unless it is needed as an argument.
func (c *Command) cutPlace(plain []string, free int) (rest []string, place string) {
	last := len(plain) - 1
	if !c.Places || last < c.required() || last >= free || len(plain[last]) < 2 || plain[last][0] != '@' {
		return plain, ""
	}
	return plain[:last], plain[last]
}

// plainPlace is the row for words of which the last plain one may be quoted, and is no
// place then.
func (c *Command) plainPlace(words []syntax.Word) *Command {
	if last := c.lastPlain(words); !c.Places || last < 0 || !words[last].Fixed {
		return c
	}
	return c.WithoutPlaces()
}

// lastPlain returns where the last word is that is neither an option nor the value of one,
// before a `--`; -1 if there is none.
func (c *Command) lastPlain(words []syntax.Word) int {
	last := -1
	for i := 0; i < len(words) && words[i].Text != "--"; i++ {
		if w := words[i].Text; !c.isOption(w) {
			last = i
		} else if o := c.option(optionName(w)); o != nil && o.Value != "" && !joined(w) {
			i++
		}
	}
	return last
}

// WithoutPlaces is the row for words of which none is a place, as in a transaction.
func (c *Command) WithoutPlaces() *Command {
	plain := *c
	plain.Places = false
	return &plain
}

// required is how many arguments there must be.
func (c *Command) required() int {
	n := 0
	for _, a := range c.Args {
		if !a.Optional {
			n++
		}
	}
	return n
}

// Place returns the place that was given, such as @n2 or @all; "" for none.
func (a Args) Place() string { return a.place }

// Everywhere reports whether each member is to be asked.
func (a Args) Everywhere() bool { return a.place == everyPlace }

// Asked returns the names of the members that a command is to ask: the one of its
// place, whose name is completed, all of them for @all, and nil without a place.
func (s *Session) Asked(ctx context.Context, a Args) ([]string, error) {
	switch {
	case a.place == "":
		return nil, nil
	case a.Everywhere():
		return s.MemberNames(ctx)
	}
	name, err := s.Member(ctx, a.place[1:])
	if err != nil {
		return nil, err
	}
	return []string{name}, nil
}

// MemberNames returns the names of all members, sorted.
func (s *Session) MemberNames(ctx context.Context) ([]string, error) {
	find := s.words[KindMember]
	if find == nil {
		return nil, nil
	}
	names, err := find(ctx, "")
	if err != nil {
		return nil, err
	}
	return sorted(names), nil
}

// places are the words with an @ that may become part.
func places(names []string, part string) []string {
	words := []string{everyPlace}
	for _, name := range names {
		words = append(words, "@"+name)
	}
	return begin(words, part)
}

// isPlace reports whether a word that is being typed after words may be a place.
func (c *Command) isPlace(words []string, part string) bool {
	return c.Places && len(words) >= c.required() && strings.HasPrefix(part, "@") && !slices.Contains(words, "--")
}
