package shell

import (
	"slices"
	"strings"

	"kv/repl/syntax"
)

// Hint returns what may follow a line that is being typed: the arguments that are
// missing, as the usage writes them, with a space before them if one is missing, too.
// It is "" where nothing is missing, or nobody knows.
func (c *Completer) Hint(line string) string {
	if !c.s.Typing.Hints.Load() {
		return ""
	}
	var l syntax.Lexer
	l.Feed(line)
	begun, part := l.Begun()
	words := syntax.Texts(begun)
	_, tail := splitOperators(begun)
	if l.Open() || l.Err() != nil || len(words) == 0 && part == "" {
		return ""
	}
	if part != "" {
		words = append(words, part)
	}
	hint := ""
	if c.s.takesOperators(begun) || len(tail) == 0 && l.BegunOp() == 0 {
		hint = c.s.missing(words, part)
	} else {
		hint = missingTarget(tail, part, l.BegunOp())
	}
	if hint == "" || strings.HasSuffix(line, " ") {
		return hint
	}
	return " " + hint
}

// missing is what follows words, the last of which is part unless that is empty.
func (s *Session) missing(words []string, part string) string {
	command, n := s.lookup(words)
	switch {
	case len(words) == 0:
		return ""
	case command == nil && len(words) == 1:
		return strings.Join(s.table.Family(words[0]), "|")
	case command == nil || !command.fits(s.open != nil):
		return ""
	}
	given := words[n:]
	if at := command.inner(given); at < len(given) {
		return s.missing(given[at:], part)
	}
	if part == words[len(words)-1] && part != "" && part[0] == '-' && len(given) > 0 && command.bearsOption(given[:len(given)-1]) {
		if o := command.option(strings.TrimPrefix(part[1:], "-")); o != nil {
			return o.Value
		}
		return ""
	}
	return command.rest(given, s.open != nil)
}

// rest is what of the usage has not been given yet.
func (c *Command) rest(given []string, inTxn bool) string {
	plain, open, options := c.count(given)
	place := len(plain)
	var parts []string
	if open != nil {
		parts = append(parts, open.Value)
	}
	instead := func(arg string) bool {
		return slices.ContainsFunc(c.Options, func(o Option) bool { return o.Instead == arg && slices.Contains(options, o.Name) })
	}
	if place == 0 && c.Form != "" {
		parts, place = append(parts, c.Form), len(c.Args)
	}
	for i := place; i < len(c.Args); i++ {
		if instead(c.Args[i].Name) {
			continue
		}
		parts = append(parts, c.Args[i].usage())
	}
	for i := range c.Options {
		if o := &c.Options[i]; !slices.Contains(options, o.Name) && !(inTxn && o.Alone) {
			parts = append(parts, "["+o.usage()+"]")
		}
	}
	if c.Places && !inTxn && !slices.ContainsFunc(given, func(w string) bool { return strings.HasPrefix(w, "@") }) {
		parts = append(parts, "[@MEMBER]")
	}
	return strings.Join(parts, " ")
}
