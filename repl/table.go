package repl

import (
	"context"
	"slices"
	"strings"
)

// Group is the heading under which help lists a command.
type Group string

// The groups, in the order of the help.
const (
	GroupData       Group = "Data"
	GroupCluster    Group = "Cluster"
	GroupPlayground Group = "Playground"
	GroupShell      Group = "Shell"
)

var groups = []Group{GroupData, GroupCluster, GroupPlayground, GroupShell}

// Kind is what an argument names: it decides how the Tab key completes it.
type Kind uint8

// The kinds of argument.
const (
	KindText    Kind = iota // anything: no completion
	KindKey                 // a key of the store
	KindMember              // a member of the cluster
	KindNode                // a node of the playground
	KindCommand             // a command of this table
)

// Arg is a positional argument. Optional ones come after the required ones.
type Arg struct {
	Name     string // in upper case, as the usage shows it
	Kind     Kind
	Optional bool
}

// Option is a flag of a command.
type Option struct {
	Name   string // without its dash
	Value  string // name of its value in upper case; "" for a switch
	Kind   Kind
	Number bool // the value is a whole number >= 0
	Help   string
}

// Command is a row of the table. Parsing, usage, help, completion and the
// reference all come from it; nothing else lists commands.
type Command struct {
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
	// Run does it. It prints to the session and returns what went wrong.
	Run func(ctx context.Context, s *Session, a Args) error
}

// Usage returns the one line that says how the command is written.
func (c *Command) Usage() string {
	var b strings.Builder
	b.WriteString(c.Name)
	for _, a := range c.Args {
		if a.Optional {
			b.WriteString(" [" + a.Name + "]")
		} else {
			b.WriteString(" " + a.Name)
		}
	}
	for _, o := range c.Options {
		b.WriteString(" [" + o.usage() + "]")
	}
	return b.String()
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
	return slices.Concat(dataCommands(), clusterCommands(), playgroundCommands(), shellCommands())
}

// lookup finds a command by name or alias.
func lookup(table []Command, name string) *Command {
	for i := range table {
		if table[i].Name == name || slices.Contains(table[i].Aliases, name) {
			return &table[i]
		}
	}
	return nil
}

// readOptions are those of every command that reads keys.
func readOptions() []Option {
	return []Option{
		{Name: "stale", Help: "read at once from one member; the answer may be old"},
		{Name: "at", Value: "MEMBER", Kind: KindMember, Help: "ask this member, by name or HOST:PORT"},
	}
}

// OneShot returns the names of the commands that make sense as one command of the
// operating system's shell: all but those of a playground and of the shell itself.
func OneShot() []string {
	var names []string
	for _, c := range Commands() {
		if c.Group != GroupShell && !c.Lab {
			names = append(names, c.Name)
		}
	}
	return names
}
