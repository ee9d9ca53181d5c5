package repl

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/syntax"
)

func shellCommands() []Command {
	return []Command{
		{
			Name: "help", Group: GroupShell, Run: runHelp,
			Args:    []Arg{{Name: "COMMAND", Kind: KindCommand, Optional: true, Many: true}},
			Summary: "list the commands, or explain one",
			Help:    "Commands are separated by newlines or `;`. A `#` begins a comment.\n",
			Example: "help get",
		},
		{
			Name: "exit", Aliases: []string{"quit"}, Group: GroupShell,
			Run:     runExit,
			Summary: "leave the shell",
			Help:    "Ctrl-D on an empty line does the same. In a transaction both abort it first.\n",
			Example: "exit",
		},
	}
}

func runHelp(_ context.Context, s *Session, a Args) error {
	if !a.Has("COMMAND") {
		return s.helpAll()
	}
	if seconds := family(s.commands, a.Get("COMMAND")); len(seconds) > 0 {
		return s.helpFamily(a.Get("COMMAND"))
	}
	c, rest, err := s.find(a.rest)
	switch {
	case err != nil:
		return err
	case len(rest) > 0:
		return failure.Usagef("%s is one word too many", syntax.Quote(rest[0]))
	}
	fmt.Fprintf(s.Out, "%s\n%s", s.Ink.Strong.Sprint(c.Usage()), c.describe())
	return nil
}

// errExit: the session shall end.
var errExit = errors.New("exit")

// runExit leaves the shell or, for a person in the middle of a transaction, that.
func runExit(_ context.Context, s *Session, _ Args) error {
	if s.open != nil && s.Human {
		s.abort()
		return nil
	}
	return errExit
}

// helpGrid lists the commands that match.
func (s *Session) helpGrid(match func(c *Command) bool) *out.Grid {
	g := &out.Grid{}
	for i := range s.commands {
		if c := &s.commands[i]; match(c) {
			g.Add(out.Plain(" "), out.Inked(c.short(), s.Ink.Key), out.Plain(c.Summary))
		}
	}
	return g
}

// helpFamily lists the commands that begin with one word.
func (s *Session) helpFamily(first string) error {
	err := s.Table(s.helpGrid(func(c *Command) bool { return strings.HasPrefix(c.Name, first+" ") }))
	if err != nil {
		return err
	}
	s.Note("`help %s COMMAND` tells more.", first)
	return nil
}

func (s *Session) helpAll() error {
	for _, group := range groups {
		g := s.helpGrid(func(c *Command) bool { return c.Group == group })
		if g.Rows() == 0 {
			continue
		}
		fmt.Fprintln(s.Out, s.Ink.Strong.Sprint(group))
		if err := s.Table(g); err != nil {
			return err
		}
	}
	s.Note("`help COMMAND` tells more.")
	return nil
}

// short is the usage without options, which would push the summaries off a
// narrow screen.
func (c *Command) short() string {
	bare := Command{Name: c.Name, Args: c.Args}
	return bare.Usage()
}

// describe is everything about a command but its usage, in lines.
func (c *Command) describe() string {
	var b strings.Builder
	fmt.Fprintf(&b, "  %s\n", c.Summary)
	for l := range strings.Lines(c.Help) {
		b.WriteString("  " + l)
	}
	width := 0
	for i := range c.Options {
		width = max(width, len(c.Options[i].usage()))
	}
	for i := range c.Options {
		o := &c.Options[i]
		fmt.Fprintf(&b, "  %-*s  %s\n", width, o.usage(), o.Help)
	}
	if len(c.Aliases) > 0 {
		fmt.Fprintf(&b, "  also: %s\n", strings.Join(c.Aliases, ", "))
	}
	fmt.Fprintf(&b, "  example: %s\n", c.Example)
	return b.String()
}

// Reference returns the table of commands in Markdown, for the README.
func Reference() string {
	var b strings.Builder
	b.WriteString("| command | what it does |\n|---|---|\n")
	table := Commands()
	for _, group := range groups {
		for i := range table {
			if c := &table[i]; c.Group == group {
				fmt.Fprintf(&b, "| `%s` | %s |\n", c.Usage(), c.reference())
			}
		}
	}
	return b.String()
}

func (c *Command) reference() string {
	text := c.Summary
	if len(c.Aliases) > 0 {
		text += " (also `" + strings.Join(c.Aliases, "`, `") + "`)"
	}
	if c.Lab {
		text += "; playground only"
	}
	if c.InTxn {
		text += "; in a transaction only"
	}
	return text
}
