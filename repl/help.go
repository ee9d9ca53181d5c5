package repl

import (
	"context"
	"fmt"
	"strings"
)

func shellCommands() []Command {
	return []Command{
		{
			Name: "help", Group: GroupShell, Run: runHelp,
			Args:    []Arg{{Name: "COMMAND", Kind: KindCommand, Optional: true}},
			Summary: "list the commands, or explain one",
			Help:    "Commands are separated by newlines or `;`. A `#` begins a comment.\n",
			Example: "help get",
		},
		{
			Name: "exit", Aliases: []string{"quit"}, Group: GroupShell,
			Run:     func(context.Context, *Session, Args) error { return errExit },
			Summary: "leave the shell",
			Help:    "Ctrl-D on an empty line does the same.\n",
			Example: "exit",
		},
	}
}

func runHelp(_ context.Context, s *Session, a Args) error {
	if !a.Has("COMMAND") {
		return s.helpAll()
	}
	c, err := s.find([]string{a.Get("COMMAND")})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s\n%s", s.ink.strong.Sprint(c.Usage()), c.describe())
	return nil
}

func (s *Session) helpAll() error {
	for _, group := range groups {
		g := &grid{}
		for i := range s.commands {
			if c := &s.commands[i]; c.Group == group {
				g.add(plain(" "), cell{c.short(), s.ink.key}, plain(c.Summary))
			}
		}
		if len(g.rows) == 0 {
			continue
		}
		fmt.Fprintln(s.out, s.ink.strong.Sprint(group))
		if err := s.print(g); err != nil {
			return err
		}
	}
	fmt.Fprintln(s.out, s.ink.dim.Sprint("`help COMMAND` tells more."))
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
	for i := range c.Options {
		o := &c.Options[i]
		fmt.Fprintf(&b, "  %-12s  %s\n", o.usage(), o.Help)
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
	return text
}
