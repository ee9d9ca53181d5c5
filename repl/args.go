package repl

import (
	"fmt"
	"strconv"
	"strings"
)

// Args are the arguments of one command, checked against its row.
type Args struct {
	values  map[string]string
	numbers map[string]int
}

// Get returns the value of an argument or option, "" if it was not given.
func (a Args) Get(name string) string { return a.values[name] }

// Has reports whether an argument or option was given.
func (a Args) Has(name string) bool {
	_, ok := a.values[name]
	return ok
}

// Int returns the value of a numeric option, or def if it was not given.
func (a Args) Int(name string, def int) int {
	if n, ok := a.numbers[name]; ok {
		return n
	}
	return def
}

// read gathers the options of a read.
func (a Args) read() Read {
	return Read{Stale: a.Has("stale"), At: a.Get("at")}
}

// usageError says that a line was not understood, and how to write it.
type usageError struct {
	text  string
	usage string // "" if no command was found
}

func (e *usageError) Error() string { return e.text }

// parseArgs matches the words after a command's name with its row. Options begin
// with one or two dashes and may stand anywhere before a `--`; their value is the
// next word or follows a `=`. A single dash is a plain word.
func (c *Command) parseArgs(words []string) (Args, error) {
	a := Args{values: make(map[string]string), numbers: make(map[string]int)}
	var plain []string
	for i := 0; i < len(words); i++ {
		w := words[i]
		if w == "--" {
			plain = append(plain, words[i+1:]...)
			break
		}
		if len(w) < 2 || w[0] != '-' {
			plain = append(plain, w)
			continue
		}
		used, err := c.parseOption(a, w, words[i+1:])
		if err != nil {
			return a, err
		}
		i += used
	}
	return a, c.place(a, plain)
}

// parseOption reads one option and returns how many of the words after it it took.
func (c *Command) parseOption(a Args, word string, rest []string) (int, error) {
	name, value, joined := strings.Cut(strings.TrimPrefix(word[1:], "-"), "=")
	o := c.option(name)
	switch {
	case o == nil:
		return 0, c.unknownOption(name)
	case o.Value == "" && joined:
		return 0, c.misuse("-%s takes no value", name)
	case o.Value == "":
		a.values[name] = ""
		return 0, nil
	case joined:
		return 0, c.setOption(a, o, value)
	case len(rest) == 0:
		return 0, c.misuse("-%s wants a value: -%s %s", name, name, o.Value)
	}
	return 1, c.setOption(a, o, rest[0])
}

func (c *Command) setOption(a Args, o *Option, value string) error {
	a.values[o.Name] = value
	if !o.Number {
		return nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		return c.misuse("-%s wants a whole number, not %s", o.Name, Quote(value))
	}
	a.numbers[o.Name] = n
	return nil
}

// place gives the plain words the names of the row.
func (c *Command) place(a Args, plain []string) error {
	for i, arg := range c.Args {
		switch {
		case i < len(plain):
			a.values[arg.Name] = plain[i]
		case !arg.Optional:
			return c.misuse("%s wants %s %s", c.Name, article(arg.Name), arg.Name)
		}
	}
	if len(plain) > len(c.Args) {
		extra := Quote(plain[len(c.Args)])
		if len(c.Args) == 0 {
			return c.misuse("%s takes no arguments, but there is %s", c.Name, extra)
		}
		return c.misuse("%s is one word too many; a word with blanks needs quotes", extra)
	}
	return nil
}

func (c *Command) unknownOption(name string) error {
	names := make([]string, len(c.Options))
	for i, o := range c.Options {
		names[i] = o.Name
	}
	if near := nearest(name, names); near != "" {
		return c.misuse("%s has no option -%s; did you mean -%s?", c.Name, name, near)
	}
	return c.misuse("%s has no option -%s; a word that begins with a dash goes after --", c.Name, name)
}

func (c *Command) misuse(format string, args ...any) error {
	return &usageError{text: fmt.Sprintf(format, args...), usage: c.Usage()}
}

func article(name string) string {
	if strings.ContainsRune("AEIOU", rune(name[0])) {
		return "an"
	}
	return "a"
}
