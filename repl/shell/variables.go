package shell

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"kv/repl/failure"
	"kv/repl/syntax"
)

// Set gives a variable a value.
func (s *Session) Set(name, value string) error {
	if !syntax.Name(name) {
		return failure.Usagef("%s is no name for a variable: letters, digits and _ make one, and no digit begins it", syntax.Quote(name))
	}
	s.vars[name] = value
	return nil
}

// Unset forgets a variable.
func (s *Session) Unset(name string) error {
	if _, ok := s.vars[name]; !ok {
		return s.unset(name)
	}
	delete(s.vars, name)
	return nil
}

// Variables returns the names of the variables, sorted.
func (s *Session) Variables() []string { return slices.Sorted(maps.Keys(s.vars)) }

// Value returns the value of a variable: one that was set, an argument of the script,
// or ? for the exit code of the last command.
func (s *Session) Value(name string) (string, error) {
	if name == "?" {
		return strconv.Itoa(s.last), nil
	}
	if n, err := strconv.Atoi(name); err == nil {
		if n < 1 || n > len(s.script.args) {
			return "", failure.Usagef("there is no argument %d of this script; to mean the text, write '$%s'", n, name)
		}
		return s.script.args[n-1], nil
	}
	v, ok := s.vars[name]
	if !ok {
		return "", s.unset(name)
	}
	return v, nil
}

// unset is the error for a variable that has no value.
func (s *Session) unset(name string) error {
	text := "there is no variable %s; `set %s VALUE` makes one, and '$%s' is the text"
	if near := nearest(name, s.Variables()); near != "" {
		return failure.Usagef(text+"; did you mean $%s?", syntax.Quote(name), name, name, near)
	}
	return failure.Usagef(text, syntax.Quote(name), name, name)
}

// variableWords returns what a word that ends in the beginning of a variable may become;
// false if it does not end in one.
func (s *Session) variableWords(l *syntax.Lexer, part string) ([]string, bool) {
	name, ok := l.Variable()
	if !ok {
		return nil, false
	}
	before, end := strings.TrimSuffix(part, name), ""
	if strings.HasSuffix(before, "{") {
		end = "}"
	}
	var words []string
	for _, v := range s.Variables() {
		if strings.HasPrefix(v, name) {
			words = append(words, before+v+end)
		}
	}
	return words, true
}

// Expand puts the values of variables into words.
func (s *Session) Expand(words []syntax.Word) ([]syntax.Word, error) {
	expanded := make([]syntax.Word, len(words))
	for i, w := range words {
		var err error
		if expanded[i], err = w.Expand(s.Value); err != nil {
			return nil, err
		}
	}
	return expanded, nil
}
