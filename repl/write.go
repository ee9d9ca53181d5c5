package repl

import (
	"context"
	"fmt"

	"kv/client"
	"kv/repl/out"
	"kv/repl/syntax"
)

func writeCommands() []Command {
	ifRev := Option{Name: "if-rev", Value: "REV", Kind: KindNumber, Alone: true, Help: "only if the key's last change was at this revision, 0: if it is not there"}
	prev := Option{Name: "prev", Help: "show the key as it was before"}
	return []Command{
		{
			Name: "put", Group: GroupData, Writes: true, Run: runPut, Op: putOp, Check: checkPut,
			Args: []Arg{{Name: "KEY", Kind: KindKey}, {Name: "VALUE"}},
			Options: []Option{ifRev,
				{Name: "if-absent", Alone: true, Help: "only if the key is not there"}, prev,
				{Name: "lease", Value: "ID", Kind: KindLease, Help: "let the key live as long as this lease"},
				{Name: "ttl", Value: "TIME", Kind: KindDuration, Help: "let the key live for so long, such as 30s"},
			},
			Summary: "set a key",
			Help: "The answer comes once a majority of the voters has the write on disk.\n" +
				"A value with blanks goes into quotes; \"a\\nb\" and \"\\xff\" write other bytes.\n" +
				"A value that begins with a dash goes after --. A key that lives by a lease\n" +
				"loses it when it is put without -lease.\n",
			Example: "put greeting 'hello world'",
		},
		{
			Name: "delete", Aliases: []string{"del"}, Group: GroupData, Writes: true,
			Run: runDelete, Op: deleteOp, Check: checkDelete, Confirm: confirmDelete,
			Args: []Arg{{Name: "KEY", Kind: KindKey, Optional: true}},
			Options: append(append([]Option{{Name: "prefix", Help: "remove all keys that begin with KEY"}}, rangeOptions()...),
				ifRev, prev,
				Option{Name: "y", Alone: true, Help: "do not ask before several keys are removed"}),
			Summary: "remove a key, or many",
			Help: "To remove a key that is not there is no error. Many keys go at once and at\n" +
				"one revision; at the prompt they are counted first, and you are asked.\n",
			Example: "delete user/ -prefix",
		},
	}
}

func checkPut(c *Command, a Args) error {
	if err := c.exclude(a, "if-rev", "if-absent"); err != nil {
		return err
	}
	return c.exclude(a, "lease", "ttl")
}

// write gathers the options of a write.
func (a Args) write() Write {
	w := Write{Prev: a.Has("prev"), Lease: client.LeaseID(a.Number("lease")), TTL: a.Duration("ttl")}
	if a.Has("if-rev") || a.Has("if-absent") {
		rev := a.Number("if-rev")
		w.IfRevision = &rev
	}
	return w
}

func runPut(ctx context.Context, s *Session, a Args) error {
	key, w := a.Get("KEY"), a.write()
	r, err := s.store.Put(ctx, key, []byte(a.Get("VALUE")), w)
	if err != nil {
		return err
	}
	if r.Lease != 0 {
		s.ok(r.Header, fmt.Sprintf("lease %d", r.Lease))
	} else {
		s.ok(r.Header)
	}
	if w.Prev {
		s.prev(key, r.Prev)
	}
	return nil
}

func putOp(a Args) client.Op {
	w := a.write()
	return client.Op{Kind: client.KindPut, Key: a.Get("KEY"), Value: []byte(a.Get("VALUE")), Prev: w.Prev, Lease: w.Lease, TTL: w.TTL}
}

// many reports whether the options name a range of keys.
func (a Args) many() bool { return a.Has("prefix") || a.Has("from") || a.Has("to") }

// keys returns the range that name, an argument with the beginning of keys, or -from
// and -to give.
func (a Args) keys(name string) client.Range {
	if a.Has("from") || a.Has("to") {
		return client.Range{From: a.Get("from"), To: a.Get("to")}
	}
	return client.Prefix(a.Get(name))
}

// checkRange complains about -from and -to that do not fit together, or do not fit
// the argument called name.
func checkRange(c *Command, a Args, name string) error {
	for _, end := range []string{"from", "to"} {
		if err := c.exclude(a, name, end); err != nil {
			return err
		}
	}
	if from, to := a.Get("from"), a.Get("to"); to != "" && to <= from {
		return c.misuse("no key lies from %s to %s", syntax.Quote(from), syntax.Quote(to))
	}
	return nil
}

func checkDelete(c *Command, a Args) error {
	if !a.many() {
		if !a.Has("KEY") {
			return c.misuse("delete wants a KEY, or -from and -to")
		}
		return nil
	}
	if a.Has("prefix") && !a.Has("KEY") {
		return c.misuse("-prefix wants a KEY, with which the keys begin; '' means all keys")
	}
	for _, name := range []string{"if-rev", "prev"} {
		if a.Has(name) {
			return c.misuse("-%s is for one key", name)
		}
	}
	return checkRange(c, a, "KEY")
}

func confirmDelete(ctx context.Context, s *Session, a Args) (string, error) {
	if !a.many() || a.Has("y") {
		return "", nil
	}
	keys := a.keys("KEY")
	l, err := s.store.List(ctx, "", Read{CountOnly: true, Within: &keys})
	if err != nil {
		return "", err
	}
	for _, err := range l.All {
		if err != nil {
			return "", err
		}
	}
	n := l.Count()
	if n == 0 {
		return "", nil
	}
	if keys == (client.Range{}) {
		return fmt.Sprintf("delete everything, %s?", out.Count(n, "key")), nil
	}
	return fmt.Sprintf("delete %s %s?", out.Count(n, "key"), rangeText(keys)), nil
}

func runDelete(ctx context.Context, s *Session, a Args) error {
	var (
		r   client.DeleteResult
		err error
	)
	if a.many() {
		r, err = s.store.DeleteRange(ctx, a.keys("KEY"))
	} else {
		r, err = s.store.Delete(ctx, a.Get("KEY"), a.write())
	}
	if err != nil {
		return err
	}
	s.ok(r.Header, fmt.Sprintf("%d deleted", r.Deleted))
	if a.Has("prev") {
		s.prev(a.Get("KEY"), r.Prev)
	}
	return nil
}

func deleteOp(a Args) client.Op {
	op := client.Op{Kind: client.KindDelete, Key: a.Get("KEY"), Prev: a.Has("prev")}
	if a.many() {
		op.Key, op.Range = "", a.keys("KEY")
	}
	return op
}
