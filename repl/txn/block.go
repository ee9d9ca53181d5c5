package txn

import (
	"slices"

	"kv/client"
	"kv/repl/failure"
	"kv/repl/shell"
	"kv/repl/syntax"
)

// block is a transaction while it is being written: conditions, then what is
// done if they hold, then `else` and what is done otherwise. Every change of it is
// checked, so that it is right at any time; what fails leaves it as it was.
type block struct {
	lines []line
}

// Take implements shell.Block.
func (b *block) Take(c *shell.Command, words []string) error {
	if c.Name == "txn" {
		return failure.Usagef("a transaction is open already; `commit` or `abort` ends it")
	}
	l, err := readLine(c, words)
	if err != nil {
		return err
	}
	return b.add(l)
}

// readBlock reads a block as a whole; a `commit` at its end is welcome. read returns the
// words of its statements.
func readBlock(table shell.Table, text string, read func(syntax.Statement) ([]string, error)) (*block, error) {
	statements, err := syntax.Parse(text)
	if err != nil {
		return nil, err
	}
	if n := len(statements); n > 0 && slices.Equal(syntax.Texts(statements[n-1].Words), []string{"commit"}) {
		statements = statements[:n-1]
	}
	var b block
	for _, st := range statements {
		if err := b.read(table, st, read); err != nil {
			return nil, err
		}
	}
	return &b, nil
}

func (b *block) read(table shell.Table, st syntax.Statement, read func(syntax.Statement) ([]string, error)) error {
	words, err := read(st)
	if err != nil {
		return err
	}
	l, err := findLine(table, words)
	if err != nil {
		return err
	}
	return b.add(l)
}

// add takes a line: conditions come together at the beginning, all else comes last.
func (b *block) add(l line) error {
	at := len(b.lines)
	if l.compare != nil {
		at = b.conditions()
	}
	return b.change(slices.Insert(slices.Clone(b.lines), at, l))
}

// drop removes line n, counted from 1.
func (b *block) drop(n uint64) error {
	if err := b.has(n); err != nil {
		return err
	}
	return b.change(slices.Delete(slices.Clone(b.lines), int(n-1), int(n)))
}

// edit puts a line in the place of line n. A condition stays among the conditions,
// and an operation in its branch.
func (b *block) edit(n uint64, l line) error {
	if err := b.has(n); err != nil {
		return err
	}
	if b.lines[n-1].section() == l.section() {
		lines := slices.Clone(b.lines)
		lines[n-1] = l
		return b.change(lines)
	}
	without := block{slices.Delete(slices.Clone(b.lines), int(n-1), int(n))}
	if err := without.add(l); err != nil {
		return err
	}
	b.lines = without.lines
	return nil
}

func (b *block) has(n uint64) error {
	switch {
	case len(b.lines) == 0:
		return failure.Usagef("the transaction has no lines yet")
	case n > uint64(len(b.lines)):
		return failure.Usagef("there is no line %d; the last is %d, and `show` shows them", n, len(b.lines))
	}
	return nil
}

// conditions returns how many lines at the beginning are conditions.
func (b *block) conditions() int {
	for i, l := range b.lines {
		if l.compare == nil {
			return i
		}
	}
	return len(b.lines)
}

// change makes lines the block's if they are right.
func (b *block) change(lines []line) error {
	begin, elses := 0, 0
	for i, l := range lines {
		if l.section() != 2 {
			continue
		}
		if elses++; elses > 1 {
			return failure.Usagef("there is an `else` already")
		}
		if err := checkBranch(lines, begin, i); err != nil {
			return err
		}
		begin = i + 1
	}
	if err := checkBranch(lines, begin, len(lines)); err != nil {
		return err
	}
	b.lines = lines
	return nil
}

// checkBranch complains if two of the lines write the same key.
func checkBranch(lines []line, begin, end int) error {
	for i := begin; i < end; i++ {
		for j := begin; j < i; j++ {
			if key, both := bothWrite(lines[j].op, lines[i].op); both {
				return failure.Usagef("lines %d and %d both write %s; a branch writes a key once", j+1, i+1, syntax.Quote(key))
			}
		}
	}
	return nil
}

// txn returns what the block says, or why it cannot be sent yet.
func (b *block) txn() (client.Txn, error) {
	var t client.Txn
	branch, divided := &t.Then, 0
	for i, l := range b.lines {
		switch {
		case l.compare != nil:
			t.If = append(t.If, *l.compare)
		case l.op != nil:
			*branch = append(*branch, *l.op)
		default:
			branch, divided = &t.Else, i+1
		}
	}
	switch {
	case len(t.If)+len(t.Then)+len(t.Else) == 0:
		return t, failure.Usagef("the transaction is empty")
	case divided != 0 && len(t.If) == 0:
		return t, failure.Usagef("without an `if` the lines after `else` are never carried out; add one, or drop line %d", divided)
	}
	return t, nil
}

// branch returns the operations of one branch.
func (b *block) branch(then bool) []line {
	var ops []line
	in := true // in the first branch
	for _, l := range b.lines {
		if l.section() == 2 {
			in = false
		} else if l.op != nil && in == then {
			ops = append(ops, l)
		}
	}
	return ops
}
