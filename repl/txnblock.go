package repl

import (
	"fmt"
	"slices"
	"strings"

	"kv/client"
	"kv/repl/failure"
	"kv/repl/syntax"
)

// txnBlock is a transaction while it is being written: conditions, then what is
// done if they hold, then `else` and what is done otherwise. Every change of it is
// checked, so that it is right at any time; what fails leaves it as it was.
type txnBlock struct {
	lines []txnLine
}

// txnLine is a line of a block; one that is neither condition nor operation is `else`.
type txnLine struct {
	text    string // as it can be read again
	compare *client.Compare
	op      *client.Op
}

// elseLine divides the two branches.
const elseLine = "else"

// parseTxnLine reads a line of a block; words are looked up in the table.
func parseTxnLine(table []Command, words []string) (txnLine, error) {
	c, n := lookup(table, words)
	if c == nil {
		return txnLine{}, failure.Usagef("a transaction wants if, put, get, delete, list or else here")
	}
	if c.Op == nil && !c.Line {
		return txnLine{}, failure.Usagef("%s has no place in a transaction; `commit` or `abort` ends it first", c.Name)
	}
	a, err := c.parseArgs(words[n:])
	if err != nil {
		return txnLine{}, err
	}
	line := txnLine{text: c.Name}
	for _, w := range words[n:] {
		line.text += " " + syntax.Quote(w)
	}
	switch {
	case c.Op != nil:
		op, err := c.txnOp(a)
		line.op = &op
		return line, err
	case c.Name == "if":
		compare, err := condition(c, a)
		line.compare = &compare
		return line, err
	default:
		return line, nil // else
	}
}

// txnOp makes an operation, or says which option stands in the way.
func (c *Command) txnOp(a Args) (client.Op, error) {
	for i := range c.Options {
		if o := &c.Options[i]; o.Alone && a.Has(o.Name) {
			text := fmt.Sprintf("%s -%s has no place in a transaction", c.Name, o.Name)
			if strings.HasPrefix(o.Name, "if-") {
				text += "; `if` sets its conditions"
			}
			return client.Op{}, failure.Usagef("%s", text)
		}
	}
	op := c.Op(a)
	if ofOneKey := op.Kind == client.KindPut || op.Kind == client.KindGet || (op.Kind == client.KindDelete && !a.many()); ofOneKey && op.Key == "" {
		return op, c.misuse("the key is empty")
	}
	return op, nil
}

// add takes a line: conditions come together at the beginning, all else comes last.
func (b *txnBlock) add(line txnLine) error {
	at := len(b.lines)
	if line.compare != nil {
		at = b.conditions()
	}
	return b.change(slices.Insert(slices.Clone(b.lines), at, line))
}

// drop removes line n, counted from 1.
func (b *txnBlock) drop(n uint64) error {
	if err := b.has(n); err != nil {
		return err
	}
	return b.change(slices.Delete(slices.Clone(b.lines), int(n-1), int(n)))
}

// edit puts a line in the place of line n. A condition stays among the conditions,
// and an operation in its branch.
func (b *txnBlock) edit(n uint64, line txnLine) error {
	if err := b.has(n); err != nil {
		return err
	}
	if b.lines[n-1].section() == line.section() {
		lines := slices.Clone(b.lines)
		lines[n-1] = line
		return b.change(lines)
	}
	without := txnBlock{slices.Delete(slices.Clone(b.lines), int(n-1), int(n))}
	if err := without.add(line); err != nil {
		return err
	}
	b.lines = without.lines
	return nil
}

func (b *txnBlock) has(n uint64) error {
	switch {
	case len(b.lines) == 0:
		return failure.Usagef("the transaction has no lines yet")
	case n > uint64(len(b.lines)):
		return failure.Usagef("there is no line %d; the last is %d, and `show` shows them", n, len(b.lines))
	}
	return nil
}

// section is 0 for conditions, 1 for operations, 2 for else.
func (l txnLine) section() int {
	switch {
	case l.compare != nil:
		return 0
	case l.op != nil:
		return 1
	default:
		return 2
	}
}

// conditions returns how many lines at the beginning are conditions.
func (b *txnBlock) conditions() int {
	for i, l := range b.lines {
		if l.compare == nil {
			return i
		}
	}
	return len(b.lines)
}

// change makes lines the block's if they are right.
func (b *txnBlock) change(lines []txnLine) error {
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
func checkBranch(lines []txnLine, begin, end int) error {
	for i := begin; i < end; i++ {
		for j := begin; j < i; j++ {
			if key, both := bothWrite(lines[j].op, lines[i].op); both {
				return failure.Usagef("lines %d and %d both write %s; a branch writes a key once", j+1, i+1, syntax.Quote(key))
			}
		}
	}
	return nil
}

// bothWrite returns a key that both operations write, if there is one.
func bothWrite(a, b *client.Op) (string, bool) {
	x, ok := writtenBy(a)
	y, ok2 := writtenBy(b)
	if !ok || !ok2 {
		return "", false
	}
	from := max(x.From, y.From)
	return from, x.Contains(from) && y.Contains(from)
}

// writtenBy returns the keys that an operation writes.
func writtenBy(op *client.Op) (client.Range, bool) {
	switch {
	case op == nil || (op.Kind != client.KindPut && op.Kind != client.KindDelete):
		return client.Range{}, false
	case op.Key != "":
		return client.Range{From: op.Key, To: op.Key + "\x00"}, true
	default:
		return op.Range, true
	}
}

// txn returns what the block says, or why it cannot be sent yet.
func (b *txnBlock) txn() (client.Txn, error) {
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
func (b *txnBlock) branch(then bool) []txnLine {
	var ops []txnLine
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
