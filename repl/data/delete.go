package data

import (
	"context"
	"fmt"

	"kv/client"
	"kv/repl/out"
	"kv/repl/shell"
)

func (d rows) deleteRow() shell.Command {
	return shell.Command{
		Name: "delete", Aliases: []string{"del"}, Group: shell.GroupData, Writes: true,
		Run: d.delete, Op: deleteOp, Check: checkDelete, Confirm: d.confirmDelete,
		Args: []shell.Arg{{Name: "KEY", Kind: shell.KindKey, Optional: true}},
		Options: append(append([]shell.Option{{Name: "prefix", Help: "remove all keys that begin with KEY"}}, shell.RangeOptions()...),
			ifRevOption(), prevOption(), viaOption(),
			shell.Option{Name: "y", Alone: true, Help: "do not ask before several keys are removed"}),
		Summary: "remove a key, or many",
		Help: "To remove a key that is not there is no error. Many keys go at once and at\n" +
			"one revision; at the prompt they are counted first, and you are asked.\n",
		Example: "delete user/ -prefix",
	}
}

func checkDelete(c *shell.Command, a shell.Args) error {
	if !shell.Many(a) {
		if !a.Has("KEY") {
			return c.Misuse("delete wants a KEY, or -from and -to")
		}
		return nil
	}
	if a.Has("prefix") && !a.Has("KEY") {
		return c.Misuse("-prefix wants a KEY, with which the keys begin; '' means all keys")
	}
	for _, name := range []string{"if-rev", "prev", "at"} {
		if a.Has(name) {
			return c.Misuse("-%s is for one key", name)
		}
	}
	return shell.CheckRange(c, a, "KEY")
}

func (d rows) confirmDelete(ctx context.Context, s *shell.Session, a shell.Args) (string, error) {
	if !shell.Many(a) || a.Has("y") {
		return "", nil
	}
	keys := shell.KeysOf(a, "KEY")
	if err := d.showSome(ctx, s, keys); err != nil {
		return "", err
	}
	l, err := d.store.List(ctx, "", Read{CountOnly: true, Within: &keys})
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
	return fmt.Sprintf("delete %s %s?", out.Count(n, "key"), shell.RangeText(keys)), nil
}

// showSome names the first of the keys that are to go, and where they can still be found.
func (d rows) showSome(ctx context.Context, s *shell.Session, keys client.Range) error {
	const most = 5
	l, err := d.store.List(ctx, "", Read{KeysOnly: true, Limit: most + 1, Within: &keys})
	if err != nil {
		return err
	}
	var first []string
	for kv, err := range l.All {
		if err != nil {
			return err
		}
		first = append(first, kv.Key)
	}
	if len(first) == 0 {
		return nil
	}
	s.Note("%s  (until history is compacted: `get KEY -rev %d`, `revert KEY %d`)", shell.SomeKeys(first[:min(len(first), most)], len(first) > most), l.Revision, l.Revision)
	return nil
}

func (d rows) delete(ctx context.Context, s *shell.Session, a shell.Args) error {
	r, err := d.deleted(ctx, s, a)
	if err != nil {
		return err
	}
	words, fields := fmt.Sprintf("%d deleted", r.Deleted), out.Record{out.Uint("deleted", r.Deleted)}
	if !a.Has("prev") {
		s.OK(r.Header, words, fields...)
		return nil
	}
	s.OK(r.Header, words, append(fields, out.Object("prev", shell.KeyRecord(r.Prev)))...)
	return prev(s, a.Get("KEY"), r.Prev)
}

func (d rows) deleted(ctx context.Context, s *shell.Session, a shell.Args) (client.DeleteResult, error) {
	if shell.Many(a) {
		return d.store.DeleteRange(ctx, shell.KeysOf(a, "KEY"))
	}
	w, err := writeAt(ctx, s, a)
	if err != nil {
		return client.DeleteResult{}, err
	}
	return d.store.Delete(ctx, a.Get("KEY"), w)
}

func deleteOp(c *shell.Command, a shell.Args) (client.Op, error) {
	if shell.Many(a) {
		return client.OpDeleteRange(shell.KeysOf(a, "KEY")), nil
	}
	return ofOneKey(c, client.Op{Kind: client.KindDelete, Key: a.Get("KEY"), Prev: a.Has("prev")})
}
