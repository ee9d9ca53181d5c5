package learn

import (
	"fmt"
	"slices"

	"kv/repl/expect"
	"kv/repl/shell"
	"kv/repl/syntax"
)

// progress is how far a lesson has come. It is pure: what was typed and what was seen goes
// in, and what there is to wait for comes out.
type progress struct {
	lesson *Lesson
	at     int  // the step
	did    bool // its command was given, and answered as it should be
}

// place says where it is.
func (p *progress) place() string { return fmt.Sprintf("learn %d/%d", p.at+1, len(p.lesson.Steps)) }

// step is the one that is to be done, nil after the last.
func (p *progress) step() *Step {
	if p.at == len(p.lesson.Steps) {
		return nil
	}
	return &p.lesson.Steps[p.at]
}

// typed notes a command that was given. expand puts the values of variables into words.
// It reports whether it is the one that the step waits for.
func (p *progress) typed(d shell.Done, expand expander) bool {
	s := p.step()
	if s == nil || s.Did == nil || !s.Did.metBy(d, expand) {
		return false
	}
	p.did = true
	return true
}

// waits reports whether the step still wants a command before the cluster matters.
func (p *progress) waits() bool {
	s := p.step()
	return s != nil && s.Did != nil && !p.did
}

// next moves on from a step that is done and returns it.
func (p *progress) next() *Step {
	s := p.step()
	p.at, p.did = p.at+1, false
	return s
}

// expander puts the values of variables into words.
type expander func([]syntax.Word) ([]syntax.Word, error)

// anyValue is an expander for when it is not known what variables hold.
func anyValue(words []syntax.Word) ([]syntax.Word, error) {
	expanded := make([]syntax.Word, len(words))
	for i, w := range words {
		var err error
		if expanded[i], err = w.Expand(func(string) (string, error) { return "1", nil }); err != nil {
			return nil, err
		}
	}
	return expanded, nil
}

// expectation reads the check with the values that variables have now.
func (c *Check) expectation(expand expander) (*expect.Expectation, error) {
	words, err := expand(c.Statement.Words)
	if err != nil {
		return nil, err
	}
	return expect.Read(words)
}

// metBy reports whether a command is the one that the check describes, and has ended so:
// it begins with the same word, and has all the others, in any order.
func (c *Check) metBy(d shell.Done, expand expander) bool {
	e, err := c.expectation(expand)
	if err != nil || len(d.Words) == 0 {
		return false
	}
	words := e.Command()
	if words[0] != d.Words[0] {
		return false
	}
	for _, w := range words[1:] {
		if !slices.Contains(d.Words[1:], w) {
			return false
		}
	}
	return e.MetBy(d.Reply) == nil
}

// endsHint reports whether a command is the last one of the step's hint.
func (s *Step) endsHint(words []string, session *shell.Session) bool {
	last, err := session.Expand(s.Hint[len(s.Hint)-1].Statement.Words)
	if err != nil {
		return false
	}
	canonical, err := session.Canonical(last)
	return err == nil && slices.Equal(words, canonical)
}
