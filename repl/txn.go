package repl

import (
	"context"
	"fmt"
	"slices"

	"kv/client"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/syntax"
)

func txnCommands() []Command {
	return append([]Command{
		{
			Name: "txn", Group: GroupTxn, Run: runTxn,
			Args:    []Arg{{Name: "BLOCK", Optional: true}},
			Summary: "do several things at once, if conditions hold",
			Help: "Alone it opens a block: `if` lines, then put, get, delete and list, and after\n" +
				"`else` what is done if a condition fails. Nothing is sent before `commit`, and\n" +
				"then all is done at one revision, or nothing. BLOCK is a whole block in quotes,\n" +
				"which is committed at once.\n" +
				"A condition that fails is no error. A script shows it as `succeeded`, a tab and\n" +
				"false, and then a line for each operation: PUT, GET, DELETE or LIST, a revision\n" +
				"(0 for a key that is not there), the key or FROM..TO, and what was found, with\n" +
				"tabs between them. LIST is followed by a line KEY for each key, a write with\n" +
				"-prev by PREV.\n",
			Example: "txn 'if absent a; put a 1; else; get a'",
		},
		ifCommand(),
		{
			Name: elseLine, Group: GroupTxn, InTxn: true, Line: true,
			Summary: "begin what is done if a condition fails",
			Help:    "Without it nothing is done then.\n",
			Example: "else",
		},
	}, blockCommands()...)
}

// blockCommands are those that deal with the block as a whole.
func blockCommands() []Command {
	line := Arg{Name: "N", Kind: KindPositive}
	return []Command{
		{
			Name: "show", Group: GroupTxn, InTxn: true, Run: runShow,
			Summary: "show the lines of the transaction",
			Help:    "The numbers are those for `drop` and `edit`.\n",
			Example: "show",
		},
		{
			Name: "drop", Group: GroupTxn, InTxn: true, Args: []Arg{line},
			Run:     func(_ context.Context, s *Session, a Args) error { return s.open.drop(a.Number("N")) },
			Summary: "remove a line of the transaction",
			Help:    "The lines after it move up.\n",
			Example: "drop 2",
		},
		{
			Name: "edit", Group: GroupTxn, InTxn: true, Raw: true, Run: runEdit,
			Args:    []Arg{line, {Name: "LINE", Kind: KindLine, Many: true}},
			Summary: "replace a line of the transaction",
			Help:    "A line that is wrong changes nothing.\n",
			Example: "edit 2 put a 1",
		},
		{
			Name: "commit", Group: GroupTxn, InTxn: true, Writes: true, Run: runCommit,
			Summary: "carry out the transaction",
			Help:    "At the prompt it stays open if it fails, so that it can be corrected.\n",
			Example: "commit",
		},
		{
			Name: "abort", Group: GroupTxn, InTxn: true,
			Run:     func(_ context.Context, s *Session, _ Args) error { s.abort(); return nil },
			Summary: "leave the transaction; nothing is sent",
			Help:    "Ctrl-D on an empty line and `exit` do the same.\n",
			Example: "abort",
		},
	}
}

// openTxn is the transaction that a session is writing.
type openTxn struct {
	txnBlock
	began int // line of the script where it began, 0 elsewhere
	wrong int // line of the script that failed since, 0 if none did
}

// spoil keeps a script from committing a block with a line missing.
func (o *openTxn) spoil(line int) {
	if o.wrong == 0 {
		o.wrong = line
	}
}

// unfinished is the error of a script that ends inside the transaction.
func (o *openTxn) unfinished() error {
	if o.began == 0 {
		return &failure.UsageError{Text: "txn wants its lines in one argument here; nothing was sent", Usage: "txn 'if absent a; put a 1; else; get a'"}
	}
	return failure.Usagef("line %d: the transaction that begins here is never committed; nothing was sent", o.began)
}

// collect takes a command into the open transaction.
func (s *Session) collect(c *Command, words []string) error {
	if c.Name == "txn" {
		return failure.Usagef("a transaction is open already; `commit` or `abort` ends it")
	}
	line, err := parseTxnLine(s.commands, words)
	if err != nil {
		return err
	}
	return s.open.add(line)
}

func runShow(_ context.Context, s *Session, _ Args) error {
	g := &out.Grid{}
	for i, l := range s.open.lines {
		text := out.Plain(l.text)
		if l.op == nil {
			text = out.Inked(l.text, s.Ink.Strong)
		}
		g.Add(out.Inked(fmt.Sprintf("%2d", i+1), s.Ink.Dim), text)
	}
	if g.Rows() == 0 {
		s.Note("the transaction has no lines yet")
		return nil
	}
	return s.Table(g)
}

func runEdit(_ context.Context, s *Session, a Args) error {
	line, err := parseTxnLine(s.commands, a.rest)
	if err != nil {
		return err
	}
	return s.open.edit(a.Number("N"), line)
}

// abort leaves the open transaction with a word.
func (s *Session) abort() {
	s.open = nil
	if s.Human {
		fmt.Fprintln(s.Out, s.Ink.Warn.Sprint("the transaction is aborted; nothing was sent"))
	}
}

// runTxn opens a block, or carries out the one that is its argument.
func runTxn(ctx context.Context, s *Session, a Args) error {
	if !a.Has("BLOCK") {
		s.open = &openTxn{began: s.line}
		if s.Human {
			s.Note("if, put, get, delete, list, else; then `commit`, or `abort`; `help txn` tells more")
		}
		return nil
	}
	block, err := readBlock(s.commands, a.Get("BLOCK"))
	if err != nil {
		return err
	}
	return failure.OfWrite(s.commit(ctx, block))
}

// readBlock reads a block as a whole; a `commit` at its end is welcome.
func readBlock(table []Command, text string) (*txnBlock, error) {
	statements, err := syntax.Parse(text)
	if err != nil {
		return nil, err
	}
	if n := len(statements); n > 0 && slices.Equal(statements[n-1].Words, []string{"commit"}) {
		statements = statements[:n-1]
	}
	var b txnBlock
	for _, st := range statements {
		line, err := parseTxnLine(table, st.Words)
		if err == nil {
			err = b.add(line)
		}
		if err != nil {
			return nil, err
		}
	}
	return &b, nil
}

func runCommit(ctx context.Context, s *Session, _ Args) error {
	if s.open.wrong != 0 {
		wrong := s.open.wrong
		s.open = nil
		return failure.Usagef("line %d of the transaction is wrong; nothing was sent", wrong)
	}
	err := s.commit(ctx, &s.open.txnBlock)
	if err == nil || !s.Human {
		s.open = nil
	}
	return err
}

// commit sends a block and shows what came of it.
func (s *Session) commit(ctx context.Context, b *txnBlock) error {
	t, err := b.txn()
	if err != nil {
		return err
	}
	r, err := s.store.Txn(ctx, t)
	if err != nil {
		return err
	}
	ops := b.branch(r.Succeeded)
	if len(ops) != len(r.Results) {
		return fmt.Errorf("the transaction had %d operations, and its answer has %d", len(ops), len(r.Results))
	}
	if !s.Human {
		return s.txnRecords(r, ops)
	}
	return s.txnTable(r, len(t.If), ops)
}

// keysOf returns what an operation is about: its key or its range.
func keysOf(op *client.Op) string {
	if op.Key != "" {
		return op.Key
	}
	return op.Range.From + ".." + op.Range.To
}
