package shell

import (
	"context"

	"kv/repl/failure"
	"kv/repl/syntax"
)

// Do executes a statement: it puts in the values of the variables, splits off what an
// operator begins, and executes the command that is left. In a block that is being written
// a wrong one is a line that is missing.
func (s *Session) Do(ctx context.Context, st syntax.Statement) error {
	began := s.now()
	err := s.recorded(st, func() error { return s.followed(ctx, st) })
	if s.last = failure.Code(err); failure.IsStopped(err) {
		s.last = failure.ExitOK
	}
	if err != nil && s.open != nil {
		s.open.spoil(s.script.line)
	}
	s.tellTime(began)
	return err
}

// statement executes a statement, what an operator begins included.
func (s *Session) statement(ctx context.Context, st syntax.Statement) error {
	written, tail := splitOperators(st.Words)
	words, err := s.Expand(written)
	if err == nil && len(tail) > 0 && !s.takesOperators(words) {
		return s.redirect(ctx, words, tail, st.Text)
	}
	if err == nil {
		tail, err = s.Expand(tail)
	}
	if err != nil {
		return err
	}
	return s.exec(ctx, append(words, tail...))
}

// Words returns the words of a statement that is a part of another command: with the
// values of its variables, and without operators.
func (s *Session) Words(st syntax.Statement) ([]string, error) {
	words, err := s.Expand(st.Words)
	if err != nil {
		return nil, err
	}
	if _, tail := splitOperators(words); len(tail) > 0 && !s.takesOperators(words) {
		return nil, operatorError(tail[0])
	}
	return syntax.Texts(words), nil
}

// splitOperators returns the words before the first that may be an operator, and the
// others.
func splitOperators(words []syntax.Word) (before, tail []syntax.Word) {
	for i, w := range words {
		if w.Op > 0 {
			return words[:i:i], words[i:]
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
	for _, c := range s.chain(words) {
		if c.Operators {
			return true
		}
	}
	return false
}

// chain returns the row that words begin with, the one that it is given to carry out, and
// so on, as far as they are known.
func (s *Session) chain(words []syntax.Word) []*Command {
	var rows []*Command
	for len(words) > 0 && len(rows) < mostNested {
		c, n := s.lookup(syntax.Texts(words))
		if c == nil {
			break
		}
		rows = append(rows, c)
		words = words[n:]
		words = words[c.inner(syntax.Texts(words)):]
	}
	return rows
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
		case c.Raw || c.Early && place > 0 || !c.isOption(w):
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

// operatorError is for an operator where there can be none.
func operatorError(w syntax.Word) error {
	return failure.Usagef("%s is an operator, which has no place here; to mean the text, write %s", w.Text[:w.Op], syntax.Quote(w.Text))
}
