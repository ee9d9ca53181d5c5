//go:build unix

package repl

import (
	"strings"
	"testing"

	"github.com/creack/pty"
)

// resize gives the terminal another size, as a person does with the mouse.
func (s *terminal) resize(cols, rows uint16) {
	s.t.Helper()
	s.screen.Resize(int(cols), int(rows))
	if err := pty.Setsize(s.tty, &pty.Winsize{Rows: rows, Cols: cols}); err != nil {
		s.t.Fatal(err)
	}
}

// What is typed on the left is the line on the right.
func TestEditingKeys(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	for keys, want := range map[string]string{
		"one two-three\x17X":                "one X",
		"one two-three\x1b\x7fX":            "one two-X",
		"one two\x1b[1;5D\x15X":             "Xtwo",
		"one two\x01\x0bX\x19":              "Xone two",
		"one two\x01\x1bdX":                 "X two",
		"one two\x01\x1b[3;5~X":             "X two",
		"one two\x01\x1b[3~\x1b[3~X":        "Xe two",
		"one\x1b[D\x1b[D\x08X":              "Xne",
		"ab\x14c":                           "bac",
		"a\x14\x14b":                        "ab", // readline would panic
		"a b\x17\x19\x19":                   "a bb",
		"one\x1b[1;5D\x1b[1;5D\x1b[1;5CX":   "oneX",
		"\x1b[3~\x1a\x7f\x17\x15\x0b\x1bdx": "x", // nothing to delete
		"one\x1bq":                          "oneq",
		"one\x02\x02\x04X":                  "oXe",
		"one\x1b[99;5X\x1bOHX":              "Xone",
	} {
		s.press("\x1b[1~\x0b" + keys)
		s.waitLast(calm + " " + want)
	}
	s.press("\x01\x0b")
	s.leave()
}

// Esc alone is known by what does not follow it.
func TestEscEndsASearch(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("put a 1\x12b")
	s.wait("nothing older or newer has: b")
	s.press("\x1b")
	s.until("end of the search", func(screen string) bool { return !strings.Contains(screen, "nothing") })
	s.waitCursor("put a 1")
	s.press("\r")
	s.wait("OK  rev 1")
	s.leave()
}

// A line that is wider than the terminal is edited in its rows.
func TestLongLinesInANarrowTerminal(t *testing.T) {
	t.Parallel()
	s := newShell(t, 24)
	s.wait(calm)
	s.press("put a 0123456789abcdefghijklmnopqrstuvwxyz")
	s.wait(calm + " put a\n 0123456789abcdefghijklm\nnopqrstuvwxyz")
	s.press("\x01")
	s.waitCursor(calm + " ")
	s.press("\x1b[1;5C\x1b[1;5C\x1b[1;5C")
	s.waitCursor("nopqrstuvwxyz")
	s.press(strings.Repeat("\x1b[D", 13))
	s.waitCursor("")
	s.press(strings.Repeat("\x7f", 24))
	s.wait(calm + " put a\nnopqrstuvwxyz")
	s.press(" \r")
	s.wait("OK  rev 1")
	s.press("list a -keys\r")
	s.wait("1 key")
	s.leave()
}

func TestALineThatFillsItsRowExactly(t *testing.T) {
	t.Parallel()
	s := newShell(t, 30)
	s.wait(calm)
	s.press("put a 0123")
	s.waitLast(calm + " put a 0123") // no hint: there is no room
	s.press("4")
	s.waitCursor("")
	s.press("5\x7f")
	s.waitCursor("")
	s.press("\x7f")
	s.waitCursor("put a 0123")
	s.press("4\r")
	s.wait("OK  rev 1")
	s.leave()
}

func TestResizeWhileOneTypes(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("put key 'some words that take more than half a row'")
	s.waitCursor("half a row'")
	s.resize(40, 40)
	s.wait(calm + " put key 'some words t\nhat take more than half a row'")
	s.press("\x7fs'")
	s.wait("hat take more than half a rows'")
	s.resize(100, 30)
	s.waitCursor("than half a rows'")
	s.press("\r")
	s.wait("OK  rev 1")
	s.press("get key\r")
	s.wait("\nsome words that take more than half a rows\n")
	s.leave()
}

func TestCtrlLClearsTheScreen(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("nonsense\x0c")
	s.until("clear screen", func(screen string) bool {
		return strings.TrimRight(screen, "\n") == calm+" nonsense"
	})
	s.press("\x03")
	s.leave()
}

// Output that does not end its last line stays, and the prompt begins the next one.
func TestThePromptBeginsARow(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80, "EDITOR="+script(t, `printf 'half a line' >/dev/tty`))
	s.wait(calm)
	s.press("get a\x18\x05")
	s.wait("\nhalf a line\n" + calm + " get a")
	s.press("\x03")
	s.leave()
}

func TestWideCharacters(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("put 日本 'größer 🚀'\x02\x02\x7f-\r")
	s.wait("OK  rev 1")
	s.press("get 日\t\r")
	s.wait("\ngrößer-🚀\n")
	s.leave()
}

// What is typed while a command runs is there when it has ended.
func TestTypeAhead(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("get hang\r")
	s.wait("> get hang\n")
	s.press("put a 1\rput b 2")
	s.order("go")
	s.wait("OK  rev 1")
	s.waitCursor("put b 2")
	s.press("\x15")
	s.leave()
}
