package txn

import (
	"strings"

	"kv/client"
	"kv/repl/failure"
	"kv/repl/shell"
)

// line is a line of a block; one that is neither condition nor operation is `else`.
type line struct {
	text    string // as it can be read again
	compare *client.Compare
	op      *client.Op
}

// elseLine divides the two branches.
const elseLine = "else"

// findLine reads a line of a block whose command is not known yet.
func findLine(table shell.Table, words []string) (line, error) {
	c, n := table.For(true).Lookup(words)
	if c == nil {
		return line{}, failure.Usagef("a transaction wants if, put, get, delete, list or else here")
	}
	return readLine(c, words[n:])
}

// readLine reads a line of a block: a command and the words after its name.
func readLine(c *shell.Command, words []string) (line, error) {
	if c.Op == nil && !c.Line {
		return line{}, failure.Usagef("%s has no place in a transaction; `commit` or `abort` ends it first", c.Name)
	}
	a, err := c.WithoutPlaces().Parse(words)
	if err != nil {
		return line{}, err
	}
	if o := a.Shown(); o != "" {
		return line{}, failure.Usagef("%s %s has no place in a transaction; `commit %s` says how its answer is printed", c.Name, o, o)
	}
	l := line{text: c.Name}
	for _, w := range words {
		l.text += " " + c.Quote(w)
	}
	switch {
	case c.Op != nil:
		op, err := operation(c, a)
		l.op = &op
		return l, err
	case c.Name == "if":
		compare, err := condition(c, a)
		l.compare = &compare
		return l, err
	default:
		return l, nil // else
	}
}

// operation makes an operation of a row, or says which option stands in the way.
func operation(c *shell.Command, a shell.Args) (client.Op, error) {
	for i := range c.Options {
		if o := &c.Options[i]; o.Alone && a.Has(o.Name) {
			text := "%s -%s has no place in a transaction"
			if strings.HasPrefix(o.Name, "if-") {
				text += "; `if` sets its conditions"
			}
			return client.Op{}, failure.Usagef(text, c.Name, o.Name)
		}
	}
	return c.Op(c, a)
}

// section is 0 for conditions, 1 for operations, 2 for else.
func (l line) section() int {
	switch {
	case l.compare != nil:
		return 0
	case l.op != nil:
		return 1
	default:
		return 2
	}
}
