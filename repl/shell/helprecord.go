package shell

import (
	"slices"
	"strings"

	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/syntax"
)

// helpRecords is Help for programs: the commands that the words mean are all, those of a
// group, a family, or one.
func (s *Session) helpRecords(words []string) error {
	first := strings.Join(words, " ")
	if i := slices.IndexFunc(topics, func(t topic) bool { return t.name == first }); i >= 0 {
		return s.One(out.Record{out.Text("topic", first), out.Text("help", topics[i].text)}, nil)
	}
	match := func(c *Command) bool { return first == "" || strings.HasPrefix(c.Name, first+" ") }
	switch {
	case len(words) == 1 && strings.HasPrefix(first, "@"):
		g, err := s.group(first)
		if err != nil {
			return err
		}
		match = func(c *Command) bool { return c.Group == g }
	case first != "" && len(s.table.Family(first)) == 0:
		c, n, err := s.find(words)
		switch {
		case err != nil:
			return err
		case n < len(words):
			return failure.Usagef("%s is one word too many", syntax.Quote(words[n]))
		}
		return s.One(c.record(), nil)
	}
	var all []out.Record
	for i := range s.table {
		if c := &s.table[i]; match(c) {
			all = append(all, c.record())
		}
	}
	return s.Many(all, nil)
}

// record is the command for programs.
func (c *Command) record() out.Record {
	options := out.Records("options", c.allOptions(), func(o Option) out.Record {
		return out.Record{out.Text("option", "-"+o.Name), out.Text("value", o.Value), out.Text("help", o.Help)}
	})
	return out.Record{out.Text("command", c.Name), out.Texts("aliases", c.Aliases), out.Text("group", string(c.Group)), out.Text("usage", c.Usage()),
		out.Text("summary", c.Summary), out.Text("help", c.Help), options, out.Bool("playground_only", c.Lab), out.Bool("in_transaction", c.InTxn),
		out.Bool("writes", c.Writes), out.Text("example", c.Example)}
}
