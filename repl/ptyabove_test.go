//go:build unix

package repl

import (
	"os"
	"strings"
	"testing"
)

// shout lets lines appear above the prompt of a shell that listens.
func (s *terminal) shout(text string) {
	s.t.Helper()
	if err := os.WriteFile(s.history+".tmp", []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(s.history+".tmp", s.history+".shout"); err != nil {
		s.t.Fatal(err)
	}
}

func TestOutputAppearsAboveTheLine(t *testing.T) {
	t.Parallel()
	s := newShell(t, 40)
	s.wait(calm)
	s.press("listen\rput a 'some words that take two rows'\x02")
	s.waitCursor("t take two rows")
	s.shout("n2 leads, term 5\n")
	s.wait("listen\nn2 leads, term 5\n" + calm + " put a 'some words tha\nt take two rows'")
	s.waitCursor("t take two rows") // the cursor is where it was
	s.shout("two lines\n" + strings.Repeat("wide ", 12))
	s.wait("term 5\ntwo lines\nwide ")
	s.press("\x1b[3~\x7f'\r")
	s.wait("OK  rev 1")
	s.until("only one line", func(screen string) bool { return strings.Count(screen, "put a") == 1 })
	s.leave()
}

func TestOutputAppearsAboveAMenuAndASearch(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("listen\rlist -sort \t\t")
	s.waitCursor("list -sort create ")
	s.shout("n2 leads")
	s.wait("> listen\nn2 leads\n" + calm + " list -sort create\ncreate   key      mod      version")
	s.press("\t")
	s.waitCursor("list -sort key ")
	s.press("\x15\x12list")
	s.wait("> listen\nsearch: list_")
	s.shout("n3 leads")
	s.wait("n2 leads\nn3 leads\n" + calm + " listen\nsearch: list_")
	s.press("\x03")
	s.leave()
}

// What comes while a command runs waits for the next prompt.
func TestOutputWaitsForTheNextPrompt(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("listen\rget hang\r")
	s.wait("> get hang\n")
	s.shout("n2 leads")
	s.until("taken order", func(string) bool { _, err := os.Stat(s.history + ".shout"); return err != nil })
	s.stop("canceled before an answer came")
	s.wait("n2 leads\n" + calm)
	s.leave()
}
