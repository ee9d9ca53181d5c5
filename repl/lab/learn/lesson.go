package learn

import (
	"kv/repl/failure"
	"kv/repl/shell"
	"kv/repl/syntax"
)

// Lesson is a few steps on a playground, from which one learns something.
type Lesson struct {
	Name, Title, Goal string
	// Nodes is how many the playground has: n1, n2 and so on.
	Nodes int
	// Setup are the commands that come before the first step, Cleanup those after the
	// last one.
	Setup, Cleanup []Command
	Steps          []Step
	// Why is what to remember, and Paper where to read on.
	Why, Paper string
}

// Step is one thing to do.
type Step struct {
	// Task says in words what to do, Done what has happened then.
	Task, Done string
	// Hint are the commands that do it.
	Hint []Command
	// Did is what a command that was given has to begin with, and its answer to be like;
	// nil if the state of the cluster alone decides.
	Did *Check
	// Checks are what has to be so of the cluster.
	Checks []Check
}

// Command is a line of a lesson that is a command of the shell.
type Command struct {
	Text      string
	Statement syntax.Statement
	Line      int // of the file
}

// Check is what follows `expect`: a command, and what it is to answer.
type Check struct{ Command }

// understood returns an error if a line of the lesson is no command of the session.
func (l *Lesson) understood(file string, s *shell.Session) error {
	for _, c := range l.commands() {
		if _, err := s.Canonical(c.words); err != nil {
			return failure.Usagef("%s:%d: %v", file, c.line, err)
		}
	}
	return nil
}

// asked is a command that a lesson has executed or checks.
type asked struct {
	words []syntax.Word
	line  int
}

// commands returns all commands of the lesson. The parser has read them, so there are no
// errors.
func (l *Lesson) commands() []asked {
	var all []asked
	add := func(commands ...Command) {
		for _, c := range commands {
			words, _ := anyValue(c.Statement.Words)
			all = append(all, asked{words, c.Line})
		}
	}
	check := func(c *Check) {
		if e, err := c.expectation(anyValue); err == nil && len(e.Command()) > 0 {
			all = append(all, asked{syntax.Plain(e.Command()...), c.Line})
		}
	}
	add(l.Setup...)
	add(l.Cleanup...)
	for _, s := range l.Steps {
		add(s.Hint...)
		if s.Did != nil {
			check(s.Did)
		}
		for i := range s.Checks {
			check(&s.Checks[i])
		}
	}
	return all
}
