package shell

import (
	"context"

	"kv/repl/failure"
	"kv/repl/syntax"
)

// Do executes a statement: it puts in the values of the variables, splits off what an
// operator begins, and executes the command that is left.
func (s *Session) Do(ctx context.Context, st syntax.Statement) error {
	began := s.now()
	err := s.recorded(st, func() error { return s.statement(ctx, st) })
	if s.last = failure.Code(err); failure.IsStopped(err) {
		s.last = failure.ExitOK
	}
	s.tellTime(began)
	return err
}

func (s *Session) statement(ctx context.Context, st syntax.Statement) error {
	words, err := s.expand(st.Words)
	if err == nil {
		var tail []syntax.Word
		if words, tail = s.splitOperators(words); len(tail) > 0 {
			err = s.redirect(ctx, words, tail, st.Text[tail[0].At:])
		} else {
			err = s.exec(ctx, words)
		}
	}
	return err
}

// Words returns the words of a statement that is a part of another command: with the
// values of its variables, and without operators.
func (s *Session) Words(st syntax.Statement) ([]string, error) {
	words, err := s.expand(st.Words)
	if err != nil {
		return nil, err
	}
	if _, tail := s.splitOperators(words); len(tail) > 0 {
		return nil, operatorError(tail[0])
	}
	return syntax.Texts(words), nil
}

// splitOperators returns the words of the command and those from the first operator on,
// if there is one and the command does not take operators as plain words.
func (s *Session) splitOperators(words []syntax.Word) (command, tail []syntax.Word) {
	if s.takesOperators(words) {
		return words, nil
	}
	for i, w := range words {
		if w.Op > 0 {
			return words[:i], words[i:]
		}
	}
	return words, nil
}

// mostNested is how deep commands may be nested that carry out others: nobody means
// more, and a stack has its end.
const mostNested = 50

// takesOperators reports whether the command that words begin with, or the one that it
// is given to carry out, takes operators as plain words.
func (s *Session) takesOperators(words []syntax.Word) bool {
	for depth := 0; len(words) > 0 && depth < mostNested; depth++ {
		c, n := s.lookup(syntax.Texts(words))
		if c == nil {
			return false
		}
		if c.Operators {
			return true
		}
		words = words[n:]
		words = words[c.inner(syntax.Texts(words)):]
	}
	return false
}

// inner returns where, among the words after its name, the command begins that the row
// is given to carry out; their number if there is none.
func (c *Command) inner(words []string) int {
	if !c.wraps() {
		return len(words)
	}
	place := 0
	for i := 0; i < len(words); i++ {
		switch w := words[i]; {
		case c.Raw || !c.isOption(w):
			if place == len(c.Args)-1 {
				return i
			}
			place++
		default:
			if o := c.option(optionName(w)); o != nil && o.Value != "" && !joined(w) {
				i++
			}
		}
	}
	return len(words)
}

// wraps reports whether the last argument is a command with its words.
func (c *Command) wraps() bool {
	last := len(c.Args) - 1
	return last >= 0 && c.Args[last].Many && c.Args[last].Kind == KindLine
}

// redirect is where `> FILE`, `>> FILE` and `| COMMAND` belong: command are the words to
// execute, tail those from the first operator on, and text what was written there.
func (s *Session) redirect(_ context.Context, _, tail []syntax.Word, _ string) error {
	return operatorError(tail[0])
}

// operatorError is for an operator where there can be none.
func operatorError(w syntax.Word) error {
	return failure.Usagef("%s is an operator, which has no place here; to mean the text, write %s", w.Text[:w.Op], syntax.Quote(w.Text))
}
