package repl

import (
	"context"
	"slices"

	"kv/client"
	"kv/repl/failure"
)

func dataCommands() []Command {
	return slices.Concat(writeCommands()[:1], readCommands(), writeCommands()[1:], listCommands(), historyCommands(), watchCommands())
}

func readCommands() []Command {
	return []Command{{
		Name: "get", Group: GroupData, Run: runGet, Op: getOp,
		Args:    []Arg{{Name: "KEY", Kind: KindKey}},
		Options: append([]Option{revOption()}, readOptions()...),
		Summary: "read a key",
		Help: "Without options the read is linearizable: it sees every write that was\n" +
			"answered before it. With -stale a member answers from what it has.\n" +
			"A key that is not there ends a script with exit code 3.\n",
		Example: "get greeting -stale -at n2",
	}}
}

func runGet(ctx context.Context, s *Session, a Args) error {
	read, err := s.readOptions(ctx, a)
	if err != nil {
		return err
	}
	r, err := s.store.Get(ctx, a.Get("KEY"), read)
	if err != nil {
		return err
	}
	s.stale(r.Header, r.Freshness)
	if r.KV == nil {
		return failure.ErrNotFound
	}
	s.value(r.KV, r.Header)
	return nil
}

func getOp(a Args) client.Op { return client.OpGet(a.Get("KEY")) }

// readOptions is Args.read with the member's name completed.
func (s *Session) readOptions(ctx context.Context, a Args) (Read, error) {
	r := a.read()
	if r.At == "" {
		return r, nil
	}
	name, err := s.member(ctx, r.At)
	r.At = name
	return r, err
}
