package shell

import (
	"fmt"

	"kv/repl/failure"
)

// Block takes lines in that are to be carried out together: it is a transaction while
// it is being written.
type Block interface {
	// Take takes in the command of a line with the words after its name, or says what
	// is wrong with it.
	Take(c *Command, words []string) error
}

// openBlock is the block that a session is writing.
type openBlock struct {
	Block
	began string // where it began in a script, as the beginning of a message; "" elsewhere
	wrong int    // line of the script that failed since, 0 if none did
}

// OpenBlock opens a block: from now on lines go into it.
func (s *Session) OpenBlock(b Block) { s.open = &openBlock{Block: b, began: s.script.place()} }

// Block returns the open block, nil if there is none.
func (s *Session) Block() Block {
	if s.open == nil {
		return nil
	}
	return s.open.Block
}

// CloseBlock closes the open block.
func (s *Session) CloseBlock() { s.open = nil }

// Abort closes the open block with a word.
func (s *Session) Abort() {
	s.CloseBlock()
	if s.ForPeople() {
		fmt.Fprintln(s.Out, s.Ink.Warn.Sprint("the transaction is aborted; nothing was sent"))
	}
}

// Spoiled returns the line of the script that keeps the open block from being carried
// out, since it is missing in it; 0 if there is none.
func (s *Session) Spoiled() int { return s.open.wrong }

// spoil keeps a script from carrying out a block with a line missing.
func (b *openBlock) spoil(line int) {
	if b.wrong == 0 {
		b.wrong = line
	}
}

// unfinished is the error of a script that ends inside the block.
func (b *openBlock) unfinished() error {
	if b.began == "" {
		return &failure.UsageError{Text: "txn wants its lines in one argument here; nothing was sent", Usage: "txn 'if absent a; put a 1; else; get a'"}
	}
	return failure.Usagef("%sthe transaction that begins here is never committed; nothing was sent", b.began)
}

// Mode is what the prompt says about the session itself, "" for nothing.
func (s *Session) Mode() string {
	if s.open != nil {
		return "txn"
	}
	return ""
}
