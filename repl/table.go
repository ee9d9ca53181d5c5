package repl

import (
	"context"
	"slices"
	"strings"

	"kv/client"
)

// Group is the heading under which help lists a command.
type Group string

// The groups, in the order of the help.
const (
	GroupData       Group = "Data"
	GroupTxn        Group = "Transactions"
	GroupLease      Group = "Leases"
	GroupCluster    Group = "Cluster"
	GroupPlayground Group = "Playground"
	GroupShell      Group = "Shell"
)

var groups = []Group{GroupData, GroupTxn, GroupLease, GroupCluster, GroupPlayground, GroupShell}

// Arg is a positional argument. Optional ones come after the required ones.
type Arg struct {
	Name     string // in upper case, as the usage shows it
	Kind     Kind
	Optional bool
	Many     bool // it takes all the words that are left; only the last one may
}

// Option is a flag of a command.
type Option struct {
	Name  string // without its dash
	Value string // name of its value in upper case; "" for a switch
	Kind  Kind
	Alone bool // it has no place in a transaction
	Help  string
}

// Command is a row of the table. Parsing, usage, help, completion and the
// reference all come from it; nothing else lists commands.
type Command struct {
	// Name is one word, or two of which the first is common to a family.
	Name    string
	Aliases []string
	Group   Group
	Args    []Arg
	Options []Option
	// Summary is half a sentence for the list of commands.
	Summary string
	// Help is the rest of what there is to say, lines ended by newlines.
	Help string
	// Example is a line that works.
	Example string
	// Lab: the command needs a playground.
	Lab bool
	// Writes: it changes something, so an error must say what became of it.
	Writes bool
	// Endless: it runs until it is stopped, without a timeout.
	Endless bool
	// InTxn: it is a line of a transaction's block and nothing outside of one.
	InTxn bool
	// Line: it becomes part of the block and has no Run.
	Line bool
	// Raw: it has no options, and its words may begin with a dash.
	Raw bool
	// Check finds what is wrong with arguments that are right one by one; may be nil.
	Check func(c *Command, a Args) error
	// Confirm returns the question that a person has to answer with yes before Run,
	// "" for none; may be nil.
	Confirm func(ctx context.Context, s *Session, a Args) (string, error)
	// Op makes an operation of a transaction of it; nil if it cannot be one.
	Op func(a Args) client.Op
	// Run does it. It prints to the session and returns what went wrong.
	Run func(ctx context.Context, s *Session, a Args) error
}

// Usage returns the one line that says how the command is written.
func (c *Command) Usage() string {
	var b strings.Builder
	b.WriteString(c.Name)
	for _, a := range c.Args {
		b.WriteString(" " + a.usage())
	}
	for _, o := range c.Options {
		b.WriteString(" [" + o.usage() + "]")
	}
	return b.String()
}

func (a *Arg) usage() string {
	name := a.Name
	if a.Many {
		name += "…"
	}
	if a.Optional {
		return "[" + name + "]"
	}
	return name
}

func (o *Option) usage() string {
	if o.Value == "" {
		return "-" + o.Name
	}
	return "-" + o.Name + " " + o.Value
}

func (c *Command) option(name string) *Option {
	for i := range c.Options {
		if c.Options[i].Name == name {
			return &c.Options[i]
		}
	}
	return nil
}

// Commands returns the whole table. The caller owns the slice.
func Commands() []Command {
	return slices.Concat(dataCommands(), txnCommands(), leaseCommands(), clusterCommands(), playgroundCommands(), shellCommands())
}

// lookup finds the command that words begin with, by name or alias, and returns
// how many of them are its name.
func lookup(table []Command, words []string) (*Command, int) {
	for n := min(len(words), 2); n > 0; n-- {
		name := strings.Join(words[:n], " ")
		for i := range table {
			if table[i].Name == name || slices.Contains(table[i].Aliases, name) {
				return &table[i], n
			}
		}
	}
	return nil, 0
}

// family returns the second words of the commands whose first word is word.
func family(table []Command, word string) []string {
	var seconds []string
	for i := range table {
		if first, second, ok := strings.Cut(table[i].Name, " "); ok && first == word {
			seconds = append(seconds, second)
		}
	}
	return seconds
}

// fits reports whether the command may be given inside a transaction's block, or
// outside of one.
func (c *Command) fits(inTxn bool) bool {
	if inTxn {
		return c.InTxn || c.Op != nil || c.Group == GroupShell
	}
	return !c.InTxn
}

// readOptions are those of every command that reads keys.
func readOptions() []Option {
	return []Option{
		{Name: "stale", Alone: true, Help: "read at once from one member; the answer may be old"},
		{Name: "at", Value: "MEMBER", Kind: KindMember, Alone: true, Help: "ask this member, by name or HOST:PORT"},
	}
}

// revOption reads what was there before.
func revOption() Option {
	return Option{Name: "rev", Value: "REV", Kind: KindPositive, Alone: true, Help: "read what was there at this revision"}
}

// rangeOptions name keys without a common beginning.
func rangeOptions() []Option {
	return []Option{
		{Name: "from", Value: "KEY", Kind: KindKey, Help: "the keys from this one on"},
		{Name: "to", Value: "KEY", Kind: KindKey, Help: "the keys up to, but without, this one"},
	}
}

// OneShot returns the names of the commands that make sense as one command of the
// operating system's shell: all but those of a playground and of the shell itself.
func OneShot() []string {
	var names []string
	for _, c := range Commands() {
		if c.Group != GroupShell && !c.Lab && !c.InTxn {
			names = append(names, c.Name)
		}
	}
	return names
}
