package shell

import (
	"fmt"
	"io"
	"strings"

	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/syntax"
)

// manualWidth is how wide the text of a manual is.
const manualWidth = 78

// Manual explains a command of the operating system's shell as a manual does, on one
// screen; to programs, or if it is a family of commands, as `help` does.
func (s *Session) Manual(words []string) error {
	c, n := s.all.Lookup(words)
	switch {
	case c == nil: // everything, a family, a group, or a mistake
		return s.Help(words)
	case n < len(words):
		return failure.Usagef("%s is one word too many", syntax.Quote(words[n]))
	}
	if s.ForPrograms() {
		return s.One(c.record(), nil)
	}
	for i := range s.all { // a line of a transaction may have the name of a command
		if same := &s.all[i]; same.Name == c.Name {
			if _, err := io.WriteString(s.Out, out.Reflow(same.manual(s.Ink, s.all.relatives(same)), s.Width())); err != nil {
				return fmt.Errorf("write manual: %w", err)
			}
		}
	}
	return nil
}

// relatives are the other commands of a group.
func (t Table) relatives(c *Command) (names []string) {
	for i := range t {
		if t[i].Group == c.Group && t[i].Name != c.Name {
			names = append(names, t[i].Name)
		}
	}
	return names
}

func (c *Command) manual(ink out.Palette, relatives []string) string {
	var b strings.Builder
	section := func(title string, lines ...string) {
		b.WriteString(ink.Strong.Sprint(title) + "\n")
		for _, l := range lines {
			b.WriteString("  " + strings.TrimRight(l, "\n") + "\n")
		}
	}
	prefix := "kv "
	if c.Lab || c.InTxn || c.Group == GroupShell {
		prefix = "" // it makes sense in the shell only
	}
	name := c.Name
	if len(c.Aliases) > 0 {
		name += ", " + strings.Join(c.Aliases, ", ")
	}
	section("NAME", name+" - "+c.Summary)
	section("USAGE", wrap(prefix+c.Usage(), manualWidth, "      ")...)
	section("DESCRIPTION", c.description()...)
	if all := c.optionLines(); len(all) > 0 {
		section("OPTIONS", all...)
	}
	section("EXAMPLE", prefix+c.Example)
	section("SEE ALSO", wrap(strings.Join(relatives, ", "), manualWidth, "")...)
	return b.String()
}

// description is the help, and where the command makes sense.
func (c *Command) description() []string {
	lines := refill(c.Help, manualWidth)
	if c.Places {
		lines = append(lines, "@MEMBER at the end asks that member, @all asks each of them.")
	}
	switch {
	case c.Lab:
		lines = append(lines, "It works in a playground only: kv playground")
	case c.InTxn:
		lines = append(lines, "It is a line of a transaction; see txn.")
	case c.Writes:
		lines = append(lines, "Exit code: 0 done, 1 surely not done, 4 nobody knows, 5 no quorum.")
	}
	return lines
}

func (c *Command) optionLines() []string {
	width := 0
	for i := range c.Options {
		width = max(width, len(c.Options[i].usage()))
	}
	var lines []string
	for i := range c.Options {
		o := &c.Options[i]
		text := fmt.Sprintf("%-*s  %s", width, o.usage(), o.Help)
		lines = append(lines, wrap(text, manualWidth, strings.Repeat(" ", width+2))...)
	}
	if !c.Raw && !c.Line {
		lines = append(lines, "-o FORMAT, -hex  how the answer is printed; see: kv help format")
	}
	return lines
}

// wrap breaks a text at blanks into lines of at most width characters, as far as its
// words allow; all but the first begin with indent. What is in brackets stays together.
func wrap(text string, width int, indent string) []string {
	var lines []string
	line := ""
	for _, word := range pieces(text) {
		switch {
		case line == "" && len(lines) == 0:
			line = word
		case len([]rune(line))+1+len([]rune(word)) > width:
			lines = append(lines, line)
			line = indent + strings.TrimLeft(word, " ")
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

// pieces cuts a text at its blanks, but not inside of brackets.
func pieces(text string) (all []string) {
	depth, begin := 0, 0
	for i, r := range text {
		switch r {
		case '[':
			depth++
		case ']':
			depth--
		case ' ':
			if depth == 0 {
				all = append(all, text[begin:i])
				begin = i + 1
			}
		}
	}
	return append(all, text[begin:])
}
