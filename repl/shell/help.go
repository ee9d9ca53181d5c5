package shell

import (
	"fmt"
	"strings"

	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/syntax"
)

// Help lists the commands, or explains the one that the words name.
func (s *Session) Help(words []string) error {
	if found, err := s.helpTopic(words); found {
		return err
	}
	if s.ForPrograms() {
		return s.helpRecords(words)
	}
	if len(words) == 0 {
		return s.helpAll()
	}
	if len(words) == 1 && strings.HasPrefix(words[0], "@") {
		return s.helpGroup(words[0])
	}
	first := strings.Join(words, " ")
	family := len(s.table.Family(first)) > 0
	c, n, err := s.find(words)
	switch {
	case family && (err != nil || c.Name != first):
		return s.helpFamily(first)
	case err != nil:
		return err
	case n < len(words):
		return failure.Usagef("%s is one word too many", syntax.Quote(words[n]))
	}
	fmt.Fprintf(s.Out, "%s\n%s", s.Ink.Strong.Sprint(out.Reflow(c.Usage(), s.Width())), out.Reflow(c.describe(), s.Width()))
	if family {
		return s.helpFamily(first)
	}
	return nil
}

// helpGrid lists the commands that match.
func (s *Session) helpGrid(match func(c *Command) bool) *out.Grid {
	g := &out.Grid{}
	for i := range s.table {
		if c := &s.table[i]; match(c) {
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
		if err := s.listGroup(group); err != nil {
			return err
		}
	}
	s.Note("`help COMMAND` tells more, `help @GROUP` lists one group, `help format` tells of -o and -hex,\n`help %s` of > and |.", topics[0].name)
	return nil
}

// short is the usage without options, which would push the summaries off a
// narrow screen.
func (c *Command) short() string {
	bare := Command{Name: c.Name, Args: c.Args, Form: c.Form}
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
	if c.Places {
		b.WriteString("  @MEMBER at the end asks that member, @all asks each of them.\n")
	}
	if len(c.Aliases) > 0 {
		fmt.Fprintf(&b, "  also: %s\n", strings.Join(c.Aliases, ", "))
	}
	fmt.Fprintf(&b, "  example: %s\n", c.Example)
	return b.String()
}

// Reference returns the table in Markdown, for the README.
func (t Table) Reference() string {
	var b strings.Builder
	b.WriteString("| command | what it does |\n|---|---|\n")
	for i := range t {
		fmt.Fprintf(&b, "| `%s` | %s |\n", strings.ReplaceAll(t[i].Usage(), "|", `\|`), t[i].reference())
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
