//go:build unix

package repl

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
)

// terminal is this test's program as a shell on a pseudo-terminal, and its screen.
type terminal struct {
	t       *testing.T
	tty     *os.File
	screen  vt10x.Terminal
	history string
	exited  chan error
}

const calm = "playground n1 3/3>"

func newShell(t *testing.T, cols uint16) *terminal {
	t.Helper()
	s := &terminal{t: t, history: filepath.Join(t.TempDir(), "history"), exited: make(chan error, 1)}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "KV_REPL_SHELL="+s.history, "TERM=xterm")
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: cols})
	if err != nil {
		t.Fatal(err)
	}
	s.tty = tty
	s.screen = vt10x.New(vt10x.WithWriter(tty), vt10x.WithSize(int(cols), 40))
	read := make(chan struct{})
	go func() {
		defer close(read)
		in := bufio.NewReader(tty)
		for s.screen.Parse(in) == nil {
		}
	}()
	go func() { s.exited <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = tty.Close()
		<-read
	})
	return s
}

func (s *terminal) press(keys string) {
	s.t.Helper()
	if _, err := s.tty.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// wait waits until the screen shows text.
func (s *terminal) wait(text string) {
	s.t.Helper()
	s.until("text "+text, func(screen string) bool { return strings.Contains(screen, text) })
}

// until waits for a condition of the screen, whose lines have no blanks at their ends.
func (s *terminal) until(what string, ok func(screen string) bool) {
	s.t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		lines := strings.Split(s.screen.String(), "\n")
		for i := range lines {
			lines[i] = strings.TrimRight(lines[i], " \x00")
		}
		screen := strings.Join(lines, "\n")
		if ok(screen) {
			return
		}
		select {
		case <-deadline.C:
			s.t.Fatalf("no %s on the screen:\n%s", what, strings.TrimRight(screen, "\n"))
		case <-tick.C:
		}
	}
}

func (s *terminal) leave() {
	s.t.Helper()
	s.press("\x04")
	select {
	case err := <-s.exited:
		if err != nil {
			s.t.Errorf("the shell ended with %v", err)
		}
	case <-time.After(20 * time.Second):
		s.t.Error("the shell goes on after Ctrl-D")
	}
}

func TestShellAnswersAndLeavesOnCtrlD(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("put a 1\r")
	s.wait("OK  rev 1")
	s.press(" get a\r")
	s.wait("rev 1  version 1")
	s.leave()
	got, err := os.ReadFile(s.history)
	if err != nil || string(got) != "put a 1\n" {
		t.Errorf("history %q, %v", got, err)
	}
	if info, err := os.Stat(s.history); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("history file: %v, %v", info.Mode(), err)
	}
}

func TestKeysThatReadlineDoesNotKnow(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("\x1b[3~\x1a")                // Delete and Ctrl-Z on an empty line do nothing
	s.press("a two\x1b[1~put \x1b[4~X\r") // Home, End
	s.wait("OK  rev 1")
	s.press("get a\r")
	s.wait("\ntwoX\n")
	s.press("put b one.two\x1b[1;5D\x1b[1;5Dq\x1b[1;5C\x1b[3~_\r") // put b qone._wo
	s.wait("OK  rev 2")
	s.press("get b\r")
	s.wait("\nqone._wo\n")
	s.leave()
}

func TestCtrlCClearsTheLineAndCancelsACommand(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("put a 1\x03")
	s.wait("put a 1^C")
	s.press("get hang\r")
	s.wait("> get hang\n")
	// The signal counts once the terminal is out of raw mode: press until it does.
	s.until("canceled command", func(screen string) bool {
		if strings.Contains(screen, "canceled before an answer came") {
			return true
		}
		s.press("\x03")
		return false
	})
	s.press("put a 2\r")
	s.wait("OK  rev 1")
	s.leave()
}

func TestPasteIsOneText(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("\x1b[200~put a 1\rput b 2\rget b\x1b[201~")
	s.wait("put a 1⏎put b 2⏎get b")
	s.until("absence of answers", func(screen string) bool { return !strings.Contains(screen, "OK") })
	s.press("\r")
	s.wait("\n2\nrev 2")
	s.leave()
}

func TestLongKeysInANarrowTerminal(t *testing.T) {
	t.Parallel()
	s := newShell(t, 20)
	s.wait("3/3>")
	s.press("get \t\t")
	s.wait("0xxxxxxx")
	s.press("\x1b[B\x1b[B\x1b[A\t\t\x1b[C\x01\x05\x07")
	s.press("\x15put a 1\r")
	s.wait("OK  rev 1")
	s.leave()
}

func TestTabCompletes(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("mem\t\r")
	s.wait("NAME  ROLE")
	s.press("get 1\t-st\t-at n\t3\r")
	s.wait("get 1" + strings.Repeat("x", 40) + " -stale -at n3")
	s.wait("may be old")
	s.leave()
}

func TestThePromptFollowsTheClusterWhileOneTypes(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("put greeting hello")
	s.wait(calm + " put greeting hello")
	if err := os.WriteFile(s.history+".down", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.wait("playground NO QUORUM 1/3> put greeting hello")
	s.until("only one prompt", func(screen string) bool { return !strings.Contains(screen, calm) })
	s.press("!\r")
	s.wait("OK  rev 1")
	s.leave()
}

func TestAQuoteGoesOnInTheNextLine(t *testing.T) {
	t.Parallel()
	s := newShell(t, 80)
	s.wait(calm)
	s.press("put a 'one\r")
	s.wait("...>")
	s.press("two'\r")
	s.wait("OK  rev 1")
	s.press("get a\r")
	s.wait("\none\ntwo\n")
	s.leave()
}
