//go:build unix

package repl

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestAPagerShowsALongAnswer(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "seen")
	pager := script(t, `[ -t 1 ] && cat >`+file+`
		echo "paged; go on?"
		read answer </dev/tty`)
	s := newShell(t, 80, "KV_REPL_MANY=1", "KV_PAGER="+pager, colored)
	s.wait("3/3>")
	s.press("list -limit 20\r")
	s.wait("20 keys; there are more")
	s.press("list\r")
	s.wait("paged; go on?\n")
	s.press("yes\r")
	s.wait("3/3>")
	s.press("2 list\r") // of what goes on and on there are no pages
	s.until("second list", func(screen string) bool { return strings.Count(screen, "100 keys; ") == 1 })
	s.press("pager off\rpager\rlist\r")
	s.wait("\n100 keys; ")
	s.press("pager on\rlist > /dev/null\rpager\r")
	s.wait("\non  " + pager)
	s.leave()
	seen, err := os.ReadFile(file)
	if err != nil || strings.Count(string(seen), "user/") != 95 || !strings.Contains(string(seen), "\x1b[") || !strings.Contains(string(seen), "100 keys; ") {
		t.Errorf("the pager got %q, %v", seen, err)
	}
}

// To leave the pager ends the command and says nothing.
func TestToLeaveThePagerEndsTheCommand(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80, "KV_REPL_MANY=1", "KV_PAGER=head -2")
	s.wait(calm)
	s.press("list -limit 0\r")
	s.until("two lines and a prompt", func(screen string) bool {
		lines := strings.Split(strings.TrimSpace(screen), "\n")
		return len(lines) == 3 && strings.HasPrefix(lines[0], "KEY") && lines[2] == calm
	})
	s.press("get 0" + strings.Repeat("x", 40) + "\r")
	s.wait("version 1")
	s.leave()
}

func TestAPagerThatFailsOrIsNotThere(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80, "KV_REPL_MANY=1", "KV_PAGER=/nowhere/pager", "PAGER=sh -c 'exit 3'")
	s.wait(calm)
	s.press("list\r")
	s.wait("the pager `sh -c 'exit 3'`: exit code 3; $PAGER names another")
	s.leave()
	none := newShell(t, 80, "KV_REPL_MANY=1", "KV_PAGER=")
	none.wait(calm)
	none.press("list\r")
	none.wait("\n100 keys; ")
	none.leave()
}

func TestCtrlCInAPagerIsNoFailureOfIt(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80, "KV_REPL_MANY=1", "KV_PAGER="+script(t, "cat >/dev/null; echo waiting; sleep 1000"))
	s.wait(calm)
	s.press("list\r")
	s.wait("waiting\n")
	s.stopUntil("prompt", lastLine(calm)) // the first may come before there is a sleep to end
	if screen := s.text(); strings.Contains(screen, "the pager") {
		t.Errorf("it is told of:\n%s", screen)
	}
	s.leave()
}

func TestLessIsThePager(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("less"); err != nil {
		t.Skip(err)
	}
	s := newShell(t, 80, "KV_REPL_MANY=1", "KV_PAGER=less", "LESS=")
	s.wait(calm)
	s.press("list\r")
	s.waitLast(":")
	s.press("G")
	s.wait("100 keys; ")
	s.press("q")
	s.waitLast(calm)
	s.press("put a 1\r")
	s.wait("OK  rev ")
	s.leave()
}
