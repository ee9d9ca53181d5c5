package data

import (
	"context"

	"kv/client"
	"kv/repl/failure"
	"kv/repl/shell"
)

func (d rows) getRow() shell.Command {
	return shell.Command{
		Name: "get", Group: shell.GroupData, Run: d.get, Op: getOp, Places: true,
		Args:    []shell.Arg{{Name: "KEY", Kind: shell.KindKey}},
		Options: append([]shell.Option{shell.RevOption()}, shell.ReadOptions()...),
		Summary: "read a key",
		Help: "Without options the read is linearizable: it sees every write that was\n" +
			"answered before it. With -stale a member answers from what it has.\n" +
			"With @all each member tells what it has: do they agree?\n" +
			"A key that is not there ends a script with exit code 3.\n",
		Example: "get greeting -stale -at n2",
	}
}

func (d rows) get(ctx context.Context, s *shell.Session, a shell.Args) error {
	if a.Everywhere() {
		return d.getEach(ctx, s, a)
	}
	read, err := readOf(ctx, s, a)
	if err != nil {
		return err
	}
	r, err := d.store.Get(ctx, a.Get("KEY"), read)
	if err != nil {
		return err
	}
	stale(s, r.Header, r.Freshness)
	if r.KV == nil {
		return failure.ErrNotFound
	}
	return value(s, r.KV, r.Header, r.Freshness)
}

func getOp(c *shell.Command, a shell.Args) (client.Op, error) {
	return ofOneKey(c, client.OpGet(a.Get("KEY")))
}
