package shell

import (
	"fmt"
	"slices"
	"strings"

	"kv/repl/failure"
	"kv/repl/syntax"
)

// Parse matches the words after a command's name with its row. Options begin
// with one or two dashes and may stand anywhere before a `--`; their value is the
// next word or follows a `=`. A single dash is a plain word.
func (c *Command) Parse(words []string) (Args, error) {
	a := Args{values: make(map[string]string), numbers: make(map[string]uint64)}
	plain, free, err := c.splitOptions(a, words)
	if err == nil {
		plain, a.place = c.cutPlace(plain, free)
		a.rest, err = c.place(a, plain)
	}
	if err == nil && c.Check != nil {
		err = c.Check(c, a)
	}
	return a, err
}

// splitOptions reads the options and returns the other words, and how many of them stand
// before a `--`.
func (c *Command) splitOptions(a Args, words []string) (plain []string, free int, err error) {
	if c.Raw {
		return words, len(words), nil
	}
	for i := 0; i < len(words); i++ {
		w := words[i]
		if w == "--" {
			return append(plain, words[i+1:]...), len(plain), nil
		}
		if !c.isOption(w) {
			if plain = append(plain, w); c.Early || c.wraps() && len(plain) == len(c.Args) {
				return append(plain, words[i+1:]...), len(plain), nil
			}
			continue
		}
		used, err := c.parseOption(a, w, words[i+1:])
		if err != nil {
			return nil, 0, err
		}
		i += used
	}
	return plain, len(plain), nil
}

// isOption reports whether a word that stands before `--` is an option. An arrow is none.
func (c *Command) isOption(word string) bool {
	return len(word) >= 2 && word[0] == '-' && word[1] != '>'
}

// optionName is the name in an option, and joined whether its value is, too.
func optionName(word string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(word[1:], "-"), "=")
	return name
}

func joined(word string) bool { return strings.Contains(word, "=") }

// parseOption reads one option and returns how many of the words after it it took.
func (c *Command) parseOption(a Args, word string, rest []string) (int, error) {
	name, value, joined := strings.Cut(strings.TrimPrefix(word[1:], "-"), "=")
	o := c.option(name)
	switch {
	case o == nil:
		return 0, c.unknownOption(name)
	case o.Value == "" && joined:
		return 0, c.Misuse("-%s takes no value", name)
	case o.Value == "":
		a.values[c.keyOf(o, "")] = ""
		return 0, nil
	case joined:
		return 0, c.setOption(a, o, value)
	case len(rest) == 0:
		return 0, c.Misuse("-%s wants a value: -%s %s", name, name, o.Value)
	}
	return 1, c.setOption(a, o, rest[0])
}

func (c *Command) setOption(a Args, o *Option, value string) error {
	return c.set(a, c.keyOf(o, value), "-"+o.Name, o.Kind, value)
}

// set keeps a value that its kind accepts. Shown is its name in complaints.
func (c *Command) set(a Args, name, shown string, kind *Kind, value string) error {
	n, complaint := kind.read(value)
	if complaint != "" {
		return c.Misuse("%s %s", shown, complaint)
	}
	a.values[name], a.numbers[name] = value, n
	return nil
}

// place gives the plain words the names of the row, and returns those that the
// last name takes together.
func (c *Command) place(a Args, plain []string) (rest []string, err error) {
	for i, arg := range c.Args {
		switch {
		case i >= len(plain):
			if !arg.Optional && !c.replaced(a, arg.Name) {
				return nil, c.Misuse("%s wants %s %s", c.Name, article(arg.Name), arg.Name)
			}
		case arg.Many:
			a.values[arg.Name] = strings.Join(plain[i:], " ")
			return plain[i:], nil
		default:
			if err := c.set(a, arg.Name, arg.Name, arg.Kind, plain[i]); err != nil {
				return nil, err
			}
		}
	}
	if len(plain) > len(c.Args) {
		extra := syntax.Quote(plain[len(c.Args)])
		if len(c.Args) == 0 {
			return nil, c.Misuse("%s takes no arguments, but there is %s", c.Name, extra)
		}
		return nil, c.Misuse("%s is one word too many; a word with blanks needs quotes", extra)
	}
	return nil, nil
}

// replaced reports whether an option was given instead of an argument.
func (c *Command) replaced(a Args, arg string) bool {
	return slices.ContainsFunc(c.Options, func(o Option) bool { return o.Instead == arg && a.Has(o.Name) })
}

// Exclude complains if more than one of the options and arguments was given.
func (c *Command) Exclude(a Args, names ...string) error {
	first := ""
	for _, name := range names {
		switch {
		case !a.Has(name):
		case first == "":
			first = name
		default:
			return c.Misuse("%s and %s exclude each other", c.shown(first), c.shown(name))
		}
	}
	return nil
}

// shown is an option's name with its dash, or an argument's as it is.
func (c *Command) shown(name string) string {
	if c.option(name) != nil {
		return "-" + name
	}
	return name
}

func (c *Command) unknownOption(name string) error {
	all := c.allOptions()
	names := make([]string, len(all))
	for i, o := range all {
		names[i] = o.Name
	}
	if near := nearest(name, names); near != "" {
		return c.Misuse("%s has no option -%s; did you mean -%s?", c.Name, name, near)
	}
	return c.Misuse("%s has no option -%s; a word that begins with a dash goes after --", c.Name, name)
}

// Misuse returns the error for arguments that the command cannot take.
func (c *Command) Misuse(format string, args ...any) error {
	return &failure.UsageError{Text: fmt.Sprintf(format, args...), Usage: c.Usage()}
}

func article(name string) string {
	if strings.ContainsRune("AEIOU", rune(name[0])) {
		return "an"
	}
	return "a"
}
