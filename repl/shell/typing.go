package shell

import (
	"slices"
	"strings"
	"sync/atomic"

	"kv/repl/syntax"
)

// Typing is what a person sees while they type. Safe for concurrent use.
type Typing struct {
	// Hints shows the arguments that are missing, Ghost the rest of a line typed before.
	Hints, Ghost atomic.Bool
}

// Unfinished reports whether a text ends within quotes or after a backslash, so that
// it goes on in the next line.
func Unfinished(text string) bool {
	var l syntax.Lexer
	l.Feed(text)
	return l.Open()
}

// Secret reports whether a text holds a secret and is to be kept nowhere: the command,
// an option or an argument is marked as one. What is not understood counts by its
// options alone.
func (s *Session) Secret(text string) bool {
	var l syntax.Lexer
	statements := l.Feed(text + "\n")
	words, part := l.Begun()
	if s.secretWords(append(syntax.Texts(words), part)) {
		return true
	}
	return slices.ContainsFunc(statements, func(st syntax.Statement) bool { return s.secretWords(syntax.Texts(st.Words)) })
}

func (s *Session) secretWords(words []string) bool {
	for i := range s.all {
		for _, o := range s.all[i].Options {
			if o.Secret && hasOption(words, o.Name) {
				return true
			}
		}
	}
	c, n := s.lookup(words)
	if c == nil {
		c, n = s.all.Lookup(words)
	}
	if c == nil {
		return false
	}
	given := words[n:]
	if at := c.inner(given); at < len(given) {
		return c.Secret || s.secretWords(given[at:])
	}
	plain, _, _ := c.count(given)
	for i := range min(len(plain), len(c.Args)) {
		if c.Args[i].Secret {
			return true
		}
	}
	return c.Secret
}

func hasOption(words []string, name string) bool {
	for _, w := range words {
		given, _, _ := strings.Cut(w, "=")
		if given == "-"+name || given == "--"+name {
			return true
		}
	}
	return false
}
