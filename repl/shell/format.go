package shell

import (
	"strings"

	"kv/repl/failure"
	"kv/repl/out"
)

// commonOptions are those of every row that has options at all: they say how the answer is
// printed. A row may have an -o of its own, which names a file: the name of a format is
// the format there, too, and ./json the file.
var commonOptions = []Option{
	{Name: "o", Value: "FORMAT", Kind: KindFormat, Help: "print the answer as " + strings.Join(out.Formats(), ", ")},
	{Name: "hex", Help: "show keys and values in hexadecimal"},
}

// KindFormat is a format of answers.
var KindFormat = OneOf(out.Formats()...)

// KindOutput is a format or a file, for rows that have an -o of their own.
var KindOutput = &Kind{Words: out.Formats()}

// formatKey and hexKey are where the common options are kept among the arguments.
const (
	formatKey = "-o"
	hexKey    = "-hex"
)

// option returns the option of a name, that of the row before one that all rows have.
func (c *Command) option(name string) *Option {
	for i := range c.Options {
		if c.Options[i].Name == name {
			return &c.Options[i]
		}
	}
	return c.commonOption(name)
}

func (c *Command) commonOption(name string) *Option {
	for i := range commonOptions {
		if commonOptions[i].Name == name && !c.Raw {
			return &commonOptions[i]
		}
	}
	return nil
}

// allOptions are the options of the row and those of every row.
func (c *Command) allOptions() []Option {
	all := c.Options[:len(c.Options):len(c.Options)]
	for i := range commonOptions {
		if o := &commonOptions[i]; c.option(o.Name) == o {
			all = append(all, *o)
		}
	}
	return all
}

// keyOf is where the value of an option is kept among the arguments.
func (c *Command) keyOf(o *Option, value string) string {
	if o == c.commonOption(o.Name) || o.Name == formatKey[1:] && out.IsFormat(value) {
		return "-" + o.Name
	}
	return o.Name
}

// Shown returns which of the common options was given, with its dash; "" for none.
func (a Args) Shown() string {
	for _, key := range []string{formatKey, hexKey} {
		if a.Has(key) {
			return key
		}
	}
	return ""
}

// shownError is an error of a command that was given a format of its own.
type shownError struct {
	error
	format out.Format
}

func (e *shownError) Unwrap() error { return e.error }

// shown marks an error as one of a command with these arguments.
func shown(err error, a Args) error {
	if err == nil || !a.Has(formatKey) {
		return err
	}
	return &shownError{err, out.Format(a.Get(formatKey))}
}

// faultRecord is an error for programs, with what is known of it. Place is where it
// happened, "" at the prompt.
func faultRecord(place string, err error) out.Record {
	d := failure.Describe(err)
	r := out.Record{out.Text("error", d.Error)}
	for _, f := range []struct{ name, text string }{{"reason", d.Reason}, {"at", strings.TrimSuffix(place, ": ")}, {"note", d.Note}, {"outcome", d.Outcome}, {"next", d.Next}} {
		if f.text != "" {
			r = append(r, out.Text(f.name, f.text))
		}
	}
	return append(r, out.Uint("exit_code", d.Code))
}
