package data

import (
	"context"
	"fmt"
	"strconv"

	"kv/client"
	"kv/repl/out"
	"kv/repl/shell"
)

func (d rows) putRow() shell.Command {
	return shell.Command{
		Name: "put", Group: shell.GroupData, Writes: true, Run: d.put, Op: putOp, Check: checkPut, Prepare: d.editValue,
		Args: []shell.Arg{{Name: "KEY", Kind: shell.KindKey}, {Name: "VALUE"}},
		Options: []shell.Option{ifRevOption(),
			{Name: "if-absent", Alone: true, Help: "only if the key is not there"}, prevOption(),
			{Name: "lease", Value: "ID", Kind: kindLease, Help: "let the key live as long as this lease"},
			viaOption(),
			{Name: "ttl", Value: "TIME", Kind: shell.KindDuration, Help: "let the key live for so long, such as 30s"},
			{Name: "e", Instead: "VALUE", Alone: true, Help: "edit the value it has, in $EDITOR"},
		},
		Summary: "set a key",
		Help: "The answer comes once a majority of the voters has the write on disk.\n" +
			"A value with blanks goes into quotes; \"a\\nb\" and \"\\xff\" write other bytes.\n" +
			"With -e nothing is sent if the value stays as it is, is empty, or was changed\n" +
			"by another meanwhile; the value is not kept in the history.\n" +
			"A value that begins with a dash goes after --. A key that lives by a lease\n" +
			"loses it when it is put without -lease.\n",
		Example: "put greeting 'hello world'",
	}
}

func checkPut(c *shell.Command, a shell.Args) error {
	if err := c.Exclude(a, "VALUE", "e"); err != nil {
		return err
	}
	if err := c.Exclude(a, "if-rev", "if-absent"); err != nil {
		return err
	}
	return c.Exclude(a, "lease", "ttl")
}

func (d rows) put(ctx context.Context, s *shell.Session, a shell.Args) error {
	key := a.Get("KEY")
	w, err := writeAt(ctx, s, a)
	if err != nil {
		return err
	}
	r, err := d.store.Put(ctx, key, []byte(a.Get("VALUE")), w)
	d.keepDraft(s, a, err)
	if err != nil {
		return err
	}
	s.Bare(strconv.FormatUint(r.Revision, 10))
	words, fields := "", out.Record{out.Key("key", key)}
	if r.Lease != 0 {
		words, fields = fmt.Sprintf("lease %d", r.Lease), append(fields, out.Uint("lease", r.Lease))
	}
	if !w.Prev {
		s.OK(r.Header, words, fields...)
		return nil
	}
	s.OK(r.Header, words, append(fields, out.Object("prev", shell.KeyRecord(r.Prev)))...)
	return prev(s, key, r.Prev)
}

func putOp(c *shell.Command, a shell.Args) (client.Op, error) {
	w := writeOf(a)
	return ofOneKey(c, client.Op{Kind: client.KindPut, Key: a.Get("KEY"), Value: []byte(a.Get("VALUE")), Prev: w.Prev, Lease: w.Lease, TTL: w.TTL})
}

// ofOneKey returns an operation unless its key is empty.
func ofOneKey(c *shell.Command, op client.Op) (client.Op, error) {
	if op.Key == "" {
		return op, c.Misuse("the key is empty")
	}
	return op, nil
}
