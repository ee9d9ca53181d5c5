package sink

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestRowsOfATerminal(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"": 0, "one": 0, "one\n": 1, "one\ntwo": 1,
		"1234567890": 0, "1234567890\n": 1, "12345678901": 1, strings.Repeat("x", 25): 2,
		"123456789世": 1, "世世世世世": 0, "世世世世世!": 1,
		"\x1b[31m1234567890\x1b[0m": 0, "1234567890\r1234567890": 0,
		"\t\t\t": 0, "1234567\t12": 0, "1234567\t123": 1, "\xff\xfe": 0,
	} {
		for piece := 1; piece <= 3; piece++ {
			r := rows{width: 10}
			for rest := []byte(text); len(rest) > 0; rest = rest[min(piece, len(rest)):] {
				r.add(rest[:min(piece, len(rest))])
			}
			if r.row != want {
				t.Errorf("%q in pieces of %d: %d rows, want %d", text, piece, r.row, want)
			}
		}
	}
	r := rows{}
	if r.add(bytes.Repeat([]byte("x"), 1000)); r.row != 0 {
		t.Errorf("a line without an end has %d rows", r.row)
	}
}

// lines writes lines with their numbers, until an error.
func lines(w io.Writer, n int) error {
	for i := range n {
		if _, err := fmt.Fprintf(w, "line %d\n", i+1); err != nil {
			return err
		}
	}
	return nil
}

func numbered(n int) string {
	var b strings.Builder
	_ = lines(&b, n) // a builder takes all
	return b.String()
}

func TestAnAnswerThatFitsNeedsNoPager(t *testing.T) {
	t.Parallel()
	var screen bytes.Buffer
	p := NewPages(&screen, 80, 6, func() *Program { t.Error("a pager was started"); return nil })
	if err := lines(p, 5); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil || screen.String() != numbered(5) {
		t.Errorf("the screen has %q, %v", screen.String(), err)
	}
}

// The rows that were shown are wiped, and the pager gets all from the beginning.
func TestALongAnswerGoesToThePager(t *testing.T) {
	t.Parallel()
	var screen, paged bytes.Buffer
	p := NewPages(&screen, 80, 6, func() *Program { return start(t, Command{Text: "cat", Out: &paged}) })
	if err := lines(p, 5); err != nil {
		t.Fatal(err)
	}
	if screen.String() != numbered(5) {
		t.Errorf("before it was too long the screen had %q", screen.String())
	}
	screen.Reset()
	if _, err := io.WriteString(p, "line 6\nline 7\n"); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil || paged.String() != numbered(7) {
		t.Errorf("the pager has %q, %v", paged.String(), err)
	}
	if want := "\r\x1b[K" + strings.Repeat("\x1b[A\x1b[K", 5); screen.String() != want {
		t.Errorf("the screen was wiped by %q, want %q", screen.String(), want)
	}
}

func TestWithoutAPagerAllIsShown(t *testing.T) {
	t.Parallel()
	var screen bytes.Buffer
	starts := 0
	p := NewPages(&screen, 80, 6, func() *Program { starts++; return nil })
	if err := lines(p, 100); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil || screen.String() != numbered(100) || starts != 1 {
		t.Errorf("%d starts; the screen has %q, %v", starts, screen.String(), err)
	}
}

func TestToLeaveThePagerEndsTheAnswer(t *testing.T) {
	t.Parallel()
	p := NewPages(io.Discard, 80, 6, func() *Program { return start(t, Command{Text: "read line"}) })
	if err := lines(p, 1<<20); !errors.Is(err, ErrGone) {
		t.Errorf("a million lines for somebody who has left: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
