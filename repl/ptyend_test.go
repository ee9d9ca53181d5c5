//go:build unix

package repl

import (
	"os"
	"testing"
	"time"
)

// A terminal that is gone ends the shell, and does not run the half typed line.
func TestAHangUpRunsNothing(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("put a 1\r")
	s.wait("OK  rev 1")
	s.press("put a -e")
	s.wait("> put a -e")
	if err := s.tty.Close(); err != nil {
		t.Fatal(err)
	}
	s.order("down") // the emulator notices with the next output
	select {
	case <-s.exited:
	case <-time.After(20 * time.Second):
		t.Error("the shell goes on without its terminal")
	}
	if got, err := os.ReadFile(s.history); err != nil || string(got) != "put a 1\n" {
		t.Errorf("history %q, %v", got, err)
	}
}
