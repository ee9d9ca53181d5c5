package shell

import (
	"context"
	"strings"
)

// Suggestion is a word that may stand in a place of a command, with what there is to say
// about it, "" for nothing.
type Suggestion struct{ Word, About string }

// Suggest returns the words that may follow words and begin with part, for the completion
// of the operating system's shell: the commands are those that make sense there. Words of
// the cluster are asked for under ctx; without an answer there are none.
func (s *Session) Suggest(ctx context.Context, words []string, part string) []Suggestion {
	if len(words) == 0 {
		return s.firstWords(part)
	}
	command, n := s.table.Lookup(words)
	if command == nil {
		return s.secondWords(words, part)
	}
	given := words[n:]
	switch {
	case strings.HasPrefix(part, "-") && command.bearsOption(given):
		return command.suggestOptions(part)
	case command.isPlace(given, part):
		names, _ := s.MemberNames(ctx) // without them there still is @all
		return bare(places(names, part))
	}
	return bare(begin(s.wordsOf(ctx, command.kindAfter(given), part), part))
}

// firstWords are the first words of the commands of the operating system's shell.
func (s *Session) firstWords(part string) (found []Suggestion) {
	for _, name := range s.table.OneShot() {
		first, _, family := strings.Cut(name, " ")
		seen := len(found) > 0 && found[len(found)-1].Word == first
		if !strings.HasPrefix(first, part) || seen {
			continue
		}
		c, _ := s.table.Lookup([]string{name})
		about := ""
		if !family && c != nil {
			about = c.Summary
		}
		found = append(found, Suggestion{first, about})
	}
	return found
}

// secondWords are those of a family of commands.
func (s *Session) secondWords(words []string, part string) (found []Suggestion) {
	if len(words) != 1 {
		return nil
	}
	for _, second := range begin(s.table.Family(words[0]), part) {
		if c, _ := s.table.Lookup([]string{words[0], second}); c != nil {
			found = append(found, Suggestion{second, c.Summary})
		}
	}
	return found
}

func (c *Command) suggestOptions(part string) (found []Suggestion) {
	about := c.allOptions()
	for i, name := range c.optionNames(part) {
		if strings.HasPrefix(name, part) {
			found = append(found, Suggestion{name, about[i].Help})
		}
	}
	return found
}

// wordsOf are the words of a kind.
func (s *Session) wordsOf(ctx context.Context, kind *Kind, part string) []string {
	switch {
	case kind == nil:
		return nil
	case kind.Words != nil:
		return kind.Words
	case kind == KindFile:
		return fileWords(part)
	case s.words[kind] == nil:
		return nil
	}
	words, err := s.words[kind](ctx, part)
	if err != nil {
		return nil
	}
	return words
}

func bare(words []string) []Suggestion {
	found := make([]Suggestion, len(words))
	for i, w := range words {
		found[i].Word = w
	}
	return found
}
