package faults

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"kv/client"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
	"kv/repl/syntax"
)

// cutAt splits words at a sign, which may also be glued to its neighbors.
func cutAt(words []string, sign string) []string {
	text := strings.Join(words, "\x00")
	text = strings.ReplaceAll(text, sign, "\x00"+sign+"\x00")
	return slices.DeleteFunc(strings.Split(text, "\x00"), func(w string) bool { return w == "" })
}

// wire reads FROM -> TO, FROM TO or all, and returns the words after it.
func (l rows) wire(kind string, words []string) (f Fault, rest []string, err error) {
	f.Kind = kind
	words = cutAt(words, "->")
	if len(words) > 0 && words[0] == "all" {
		return f, words[1:], nil
	}
	f.OneWay = len(words) > 1 && words[1] == "->"
	if f.OneWay {
		words = slices.Delete(slices.Clone(words), 1, 2)
	}
	if len(words) < 2 {
		return f, nil, misuse(kind, "%s wants two nodes: n1 -> n2 for one direction, n1 n2 for both, or all", kind)
	}
	if f.From, err = l.name(words[0]); err == nil {
		f.To, err = l.name(words[1])
	}
	if err == nil && f.From == f.To {
		err = misuse(kind, "there is no wire from %s to itself", f.From)
	}
	return f, words[2:], err
}

// misuse is the error for words that a command cannot take.
func misuse(name, format string, args ...any) error {
	for _, c := range Room(nil).Commands {
		if c.Name == name {
			return c.Misuse(format, args...)
		}
	}
	return failure.Usagef(format, args...)
}

// none complains of words that are too many.
func none(kind string, rest []string) error {
	if len(rest) > 0 {
		return misuse(kind, "%s is one word too many", syntax.Quote(rest[0]))
	}
	return nil
}

func (l rows) cut(_ context.Context, s *shell.Session, a shell.Args) error {
	f, rest, err := l.wire("cut", a.Rest())
	if err == nil {
		err = none("cut", rest)
	}
	if err != nil {
		return err
	}
	return l.broken(s, f)
}

func (l rows) delay(_ context.Context, s *shell.Session, a shell.Args) error {
	f, rest, err := l.wire("delay", a.Rest())
	if err == nil {
		f.Mean, f.Jitter, err = readDelay(strings.Join(rest, ""))
	}
	if err != nil {
		return err
	}
	return l.broken(s, f)
}

// readDelay reads 50ms, 50ms±20ms or 50ms+-20ms.
func readDelay(text string) (mean, jitter time.Duration, err error) {
	wrong := misuse("delay", "delay wants a time such as 50ms or 50ms±20ms at its end%s", not(text))
	for _, sign := range []string{"+/-", "+-"} {
		text = strings.Replace(text, sign, "±", 1)
	}
	one, two, varies := strings.Cut(text, "±")
	if mean, err = time.ParseDuration(one); err != nil || mean < 0 {
		return 0, 0, wrong
	}
	if varies {
		if jitter, err = time.ParseDuration(two); err != nil || jitter < 0 {
			return 0, 0, wrong
		}
	}
	if mean == 0 && jitter == 0 {
		return 0, 0, misuse("delay", "a delay of 0 is none; `heal` mends a wire")
	}
	return mean, jitter, nil
}

// not says what stands there instead, if anything does.
func not(text string) string {
	if text == "" {
		return ""
	}
	return ", not " + syntax.Quote(text)
}

func (l rows) drop(_ context.Context, s *shell.Session, a shell.Args) error {
	f, rest, err := l.wire("drop", a.Rest())
	if err == nil {
		f.Percent, err = readPercent(strings.Join(rest, ""))
	}
	if err != nil {
		return err
	}
	return l.broken(s, f)
}

func readPercent(text string) (float64, error) {
	p, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
	switch {
	case err != nil || !(p >= 0 && p <= 100):
		return 0, misuse("drop", "drop wants a share from 0%% to 100%% at its end, such as 30%%%s", not(text))
	case p == 0:
		return 0, misuse("drop", "to lose 0%% is to lose nothing; `heal` mends a wire")
	}
	return p, nil
}

func (l rows) partition(ctx context.Context, s *shell.Session, a shell.Args) error {
	groups, err := l.groups(a)
	if err != nil {
		return err
	}
	return s.Inflict(ctx, l.division(groups), func() error { return l.broken(s, Fault{Kind: "partition", Groups: groups}) })
}

// groups reads the groups of a partition.
func (l rows) groups(a shell.Args) (groups [][]string, err error) {
	if len(a.Rest()) == 0 {
		return nil, misuse("partition", "partition wants groups of nodes with a | between them; nodes not named are a group of their own")
	}
	var group []string
	words := append(cutAt(a.Rest(), "|"), "|")
	for i, w := range words {
		if w != "|" {
			name, err := l.name(w)
			if err != nil {
				return nil, err
			}
			if slices.Contains(slices.Concat(append(groups, group)...), name) {
				return nil, misuse("partition", "%s is named twice", name)
			}
			group = append(group, name)
			continue
		}
		if len(group) == 0 && (i < len(words)-1 || len(groups) == 0) {
			return nil, misuse("partition", "there is no node on one side of a |")
		}
		if len(group) > 0 {
			groups, group = append(groups, group), nil
		}
	}
	if len(groups) == 1 && len(groups[0]) == len(l.lab.Names()) {
		return nil, misuse("partition", "all nodes are in one group; put a | between those that shall not hear each other")
	}
	return groups, nil
}

func (l rows) heal(_ context.Context, s *shell.Session, a shell.Args) error {
	return l.mend(s, "heal", "healed", a.Rest(), l.lab.Mend)
}

// mend does something to the wires that the words name: all, those of a node, or those
// between two.
func (l rows) mend(s *shell.Session, command, done string, words []string, do func(from, to string) bool) error {
	what, did := "all", false
	switch words = cutAt(words, "->"); {
	case len(words) == 0 || len(words) == 1 && words[0] == "all":
		did = do("", "")
	case len(words) == 1:
		name, err := l.name(words[0])
		if err != nil {
			return err
		}
		what, did = name, do(name, "")
	default:
		f, rest, err := l.wire(command, words)
		if err == nil {
			err = none(command, rest)
		}
		if err != nil {
			return err
		}
		what, did = f.wires(), do(f.From, f.To)
		if !f.OneWay {
			did = do(f.To, f.From) || did
		}
	}
	if !did {
		s.Note("nothing was to be %s; `faults` lists what is broken", done)
		return nil
	}
	s.OK(client.Header{}, what+" "+done, out.Text("wires", what), out.Text("done", done))
	return nil
}
