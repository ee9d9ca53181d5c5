package shell

import (
	"context"
	"strings"

	"kv/client"
	"kv/repl/syntax"
)

// Arg is a positional argument. Optional ones come after the required ones.
type Arg struct {
	Name     string // in upper case, as the usage shows it
	Kind     *Kind  // nil for any word
	Optional bool
	Many     bool // it takes all the words that are left; only the last one may
	Secret   bool // a line with it is kept nowhere
}

// Option is a flag of a command.
type Option struct {
	Name  string // without its dash
	Value string // name of its value in upper case; "" for a switch
	Kind  *Kind  // of its value
	Alone bool   // it has no place in a transaction
	// Instead names the argument that is not wanted where it is given; "" for none.
	Instead string
	Help    string
	// Secret: its value is one, so that a line with it is kept nowhere.
	Secret bool
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
	// Form stands for the arguments in the usage, where they cannot say it; "" lets them.
	Form string
	// Summary is half a sentence for the list of commands.
	Summary string
	// Help is the rest of what there is to say, lines ended by newlines.
	Help string
	// Example is a line that works.
	Example string
	// Lab: the command needs a playground.
	Lab bool
	// Writes: it changes something, in the store or elsewhere, so an error must say what
	// became of it.
	Writes bool
	// Endless: it runs until it is stopped, or takes as long as it takes, without a timeout.
	Endless bool
	// Ends reports whether an Endless one has an end with these arguments, so that its
	// answer may be shown page by page; nil for never.
	Ends func(a Args) bool
	// InTxn: it is a line of a transaction's block and nothing outside of one.
	InTxn bool
	// Line: it becomes part of the block and has no Run.
	Line bool
	// Places: it takes @MEMBER or @all as its last word; see Session.Asked. Together: with
	// @all it compares the members, and fails unless they agree.
	Places, Together bool
	// Raw: it has no options, and its words may begin with a dash.
	Raw bool
	// Early: its options stand before its first word, and the others may begin with a dash.
	Early bool
	// Operators: its words may be `|`, `>` and `>>`, which mean something else to the
	// others.
	Operators bool
	// Captures: what the command prints that it carries out becomes something else, so
	// that an operator behind it is about that one.
	Captures bool
	// Next returns the words that may follow those given, for the Tab key; nil where the
	// kinds of Args tell.
	Next func(given []string) []string
	// Secret: its arguments are secrets, so that a line with it is kept nowhere.
	Secret bool
	// Check finds what is wrong with arguments that are right one by one; may be nil.
	Check func(c *Command, a Args) error
	// Confirm returns the question that a person has to answer with yes before Run,
	// "" for none; may be nil.
	Confirm func(ctx context.Context, s *Session, a Args) (string, error)
	// Prepare completes the arguments by what takes a person's time, such as an editor,
	// after Check, before Confirm and without a deadline. False ends the command: it has
	// said why. May be nil.
	Prepare func(ctx context.Context, s *Session, a Args) (bool, error)
	// Op makes an operation of a transaction of it, or says what is wrong with the
	// arguments for that; nil if it cannot be one.
	Op func(c *Command, a Args) (client.Op, error)
	// Run does it. It prints to the session and returns what went wrong.
	Run func(ctx context.Context, s *Session, a Args) error
}

// Usage returns the one line that says how the command is written.
func (c *Command) Usage() string {
	var args, options strings.Builder
	for _, a := range c.Args {
		args.WriteString(" " + a.usage())
	}
	for _, o := range c.Options {
		options.WriteString(" [" + o.usage() + "]")
	}
	form := args.String()
	if c.Form != "" {
		form = " " + c.Form
	}
	if c.wraps() { // what stands behind belongs to the other command
		return c.Name + options.String() + form
	}
	usage := c.Name + form + options.String()
	if c.Places {
		usage += " [@MEMBER]"
	}
	return usage
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

// Quote returns word in the form in which it is written as an argument of the command.
func (c *Command) Quote(word string) string {
	if !c.Operators || word == "" || (word[0] != '>' && word[0] != '|') {
		return syntax.Quote(word)
	}
	if len(word) == 1 {
		return word
	}
	return word[:1] + syntax.Quote(word[1:])
}

// fits reports whether the command may be given inside a transaction's block, or
// outside of one.
func (c *Command) fits(inTxn bool) bool {
	if inTxn {
		return c.InTxn || c.Op != nil || c.Group == GroupShell
	}
	return !c.InTxn
}
