//go:build unix

package repl

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHistoryIsPrivate(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state", "kv", "history")
	s := openShell(t, file, 80)
	s.wait(calm)
	s.press("login me -password hush\r")
	s.press(" put space 1\r")
	s.press("logn me -password=hush\r")
	s.press("put x 1; login me -password hush\r")
	s.press("login me\r")
	s.press("get gone   \rget gone\r")
	s.until("two answers", func(screen string) bool { return strings.Count(screen, "(not found)") == 2 })
	s.leave()
	if got, err := os.ReadFile(file); err != nil || string(got) != "login me\nget gone\n" {
		t.Errorf("history %q, %v", got, err)
	}
	for name, want := range map[string]os.FileMode{"": 0o600, ".lock": 0o600, "/..": 0o700 | os.ModeDir} {
		if info, err := os.Stat(filepath.Clean(file + name)); err != nil || info.Mode() != want {
			t.Errorf("%s%s: %v, %v, want %v", file, name, info.Mode(), err, want)
		}
	}
}

func TestHistoryOutlivesTheShell(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("put a 'one\rtwo'\r")
	s.wait("OK  rev 1")
	s.press("get a\r")
	s.wait("rev 1  version 1")
	s.leave()
	s = openShell(t, s.history, 80)
	s.wait(calm)
	s.press("\x1b[A")
	s.waitCursor("get a")
	s.press("\x1b[A")
	s.wait(calm + " put a 'one\n...> two'")
	s.press("\x1b[B")
	s.waitCursor(calm + " get a")
	s.press("\x1b[A\r")
	s.wait("OK  rev 1")
	s.leave()
}

func TestTwoShellsShareAHistory(t *testing.T) {
	t.Parallel()
	one := newShell(t, 80)
	two := openShell(t, one.history, 80)
	one.wait(calm)
	two.wait(calm)
	one.press("put from/one 1\r")
	one.wait("OK  rev 1")
	two.press("put from/two 2\r")
	two.wait("OK  rev 1")
	two.press("put from/two 3\r")
	two.wait("OK  rev 2")
	two.press("\x1b[A\x1b[A\x1b[A")
	two.waitCursor("put from/one 1")
	two.press("\x03")
	one.press("\x12from/two") // a line that has begun knows what came since
	one.wait("put from/two 3\nsearch: from/two_")
	one.press("\x07get from/one\r")
	one.wait("rev 1  version 1")
	two.waitLast(calm)
	two.press("\x1b[A")
	two.waitCursor("get from/one")
	one.leave()
	two.press("\x03")
	two.leave()
	if got, err := os.ReadFile(one.history); err != nil || string(got) != "put from/one 1\nput from/two 2\nput from/two 3\nget from/one\n" {
		t.Errorf("history %q, %v", got, err)
	}
}

// Up goes through the lines that begin as the one that was typed.
func TestUpFindsWhatBeginsTheSame(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("put a 1\rput b 2\rget a\r")
	s.wait("rev 1  version 1")
	s.press("put\x1b[A")
	s.waitCursor("put b 2")
	s.press("\x1b[A")
	s.waitCursor("put a 1")
	s.press("\x1b[A\x1b[B\x1b[B")
	s.waitCursor(calm + " put")
	s.press("\x15\x1b[A")
	s.waitCursor("get a")
	s.press("\x03")
	s.leave()
}

func TestCtrlRSearches(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("put Apple 1\rput banana 2\rget banana\r")
	s.wait("rev 2  version 1")
	s.press("half\x12an")
	s.wait("get banana\nsearch: an_")
	s.waitCursor("get b")
	s.press("\x12")
	s.wait("put banana 2\nsearch: an_")
	s.press("\x12")
	s.wait("put banana 2\nnothing older or newer has: an")
	s.press("\x13")
	s.wait("get banana\nsearch: an_")
	s.press("\x7f\x7fapp")
	s.wait("put Apple 1\nsearch: app_")
	s.press("\x07") // Ctrl-G gives back what was typed
	s.waitLast(calm + " half")
	s.press("\x15\x12APP")
	s.wait("nothing older or newer has: APP") // capitals count if there are any
	s.press("\x1b")
	s.waitLast(calm)
	s.press("\x12Appl\x05")
	s.waitCursor("put Apple 1") // another key ends the search
	s.press("\x151\x15\x12ban\x12\r")
	s.wait("OK  rev 3") // Enter runs what was found
	s.leave()
}
