//go:build unix

package repl

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAProgramBehindACommandHasTheTerminal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	reader := script(t, `[ -t 1 ] && echo "on a terminal: $(cat)"
		read answer </dev/tty && echo "answer $answer"
		stty raw -echo </dev/tty`)
	s := newShell(t, 80, "READER="+reader)
	s.wait(calm)
	s.press("record " + dir + "/r\r")
	s.press("put a 1\r")
	s.wait("OK  rev 1")
	s.press("get a | $READER\r")
	s.wait("\non a terminal: 1\n")
	s.press("yes\r")
	s.wait("\nanswer yes\n")
	s.press("get a\r") // the terminal is as it was, whatever the program left
	s.wait("> get a\n1\nrev 1")
	s.leave()
	got, err := os.ReadFile(filepath.Join(dir, "r"))
	if err != nil || !strings.Contains(string(got), "\nget a | $READER\nget a\n#   1\n") {
		t.Errorf("record %q, %v", got, err)
	}
}

func TestCtrlCEndsACommandAndWhatReadsIt(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80, "READER="+script(t, `trap "echo bye; exit" INT
		read line
		echo "one $line"
		while true; do sleep 0.01; done`))
	s.wait(calm)
	s.press("every 10ms echo tick | cat\r")
	s.wait("\ntick\ntick\n")
	s.stop("stopped after ")
	s.press("every 10ms echo tock | $READER\r")
	s.wait("one tock")
	s.stop("bye")
	s.press("put a 1\r")
	s.wait("OK  rev 1")
	s.leave()
}

func TestAReaderThatStopsEarlyEndsAnEndlessCommandQuietly(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("put a 1\r")
	s.wait("OK  rev 1")
	s.press("watch -from-rev 1 | head -1\r")
	s.wait("> watch -from-rev 1 | head -1\nPUT     1       a       1\n" + calm)
	s.leave()
}
