package txn

import (
	"context"
	"fmt"

	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

// opened is the block that is open, as it is while a command with InTxn runs.
func opened(s *shell.Session) *block { return s.Block().(*block) }

func show(_ context.Context, s *shell.Session, _ shell.Args) error {
	lines := opened(s).lines
	if len(lines) == 0 {
		s.Note("the transaction has no lines yet")
	}
	all := out.View[numbered]{
		Record: func(l numbered) out.Record { return out.Record{out.Uint("line", l.n), out.Text("text", l.text)} },
		Cells: func(l numbered) []out.Cell {
			text := out.Plain(l.text)
			if l.op == nil {
				text = out.Inked(l.text, s.Ink.Strong)
			}
			return []out.Cell{out.Inked(fmt.Sprintf("%2d", l.n), s.Ink.Dim), text}
		}}.Begin(s.Printer)
	for i, l := range lines {
		if err := all.Add(numbered{i + 1, l}); err != nil {
			return err
		}
	}
	return all.End()
}

// numbered is a line with its number, by which `drop` and `edit` know it.
type numbered struct {
	n int
	line
}

func edit(_ context.Context, s *shell.Session, a shell.Args) error {
	line, err := findLine(s.Commands(), a.Rest())
	if err != nil {
		return err
	}
	return opened(s).edit(a.Number("N"), line)
}

// txn opens a block, or carries out the one that is its argument.
func (t rows) txn(ctx context.Context, s *shell.Session, a shell.Args) error {
	if !a.Has("BLOCK") {
		s.OpenBlock(&block{})
		if s.ForPeople() {
			s.Note("if, put, get, delete, list, else; then `commit`, or `abort`; `help txn` tells more")
		}
		return nil
	}
	b, err := readBlock(s.Commands(), a.Get("BLOCK"), s.Words)
	if err != nil {
		return err
	}
	return failure.OfWrite(t.send(ctx, s, b))
}

func (t rows) commit(ctx context.Context, s *shell.Session, _ shell.Args) error {
	if wrong := s.Spoiled(); wrong != 0 {
		s.CloseBlock()
		return failure.Usagef("line %d of the transaction is wrong; nothing was sent", wrong)
	}
	err := t.send(ctx, s, opened(s))
	if err == nil || !s.Human {
		s.CloseBlock()
	}
	return err
}

// send carries out a block and shows what came of it.
func (t rows) send(ctx context.Context, s *shell.Session, b *block) error {
	txn, err := b.txn()
	if err != nil {
		return err
	}
	r, err := t.store.Txn(ctx, txn)
	if err != nil {
		return err
	}
	ops := b.branch(r.Succeeded)
	if len(ops) != len(r.Results) {
		return fmt.Errorf("the transaction had %d operations, and its answer has %d", len(ops), len(r.Results))
	}
	return s.One(record(r, ops), func() error {
		if s.ForPeople() {
			return table(s, r, len(txn.If), ops)
		}
		return lines(s, r, ops)
	})
}
