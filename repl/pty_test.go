//go:build unix

package repl

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
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

// echoes has the terminal show what is typed while a command runs, as terminals do.
const echoes = "KV_REPL_ECHO=1"

// newShell starts a shell on a terminal of 40 rows, without a pager; env are further
// variables for it.
func newShell(t *testing.T, cols uint16, env ...string) *terminal {
	t.Helper()
	return openShell(t, filepath.Join(t.TempDir(), "history"), cols, env...)
}

func openShell(t *testing.T, history string, cols uint16, env ...string) *terminal {
	t.Helper()
	s := &terminal{t: t, history: history, exited: make(chan error, 1)}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), append([]string{"KV_REPL_SHELL=" + s.history, "TERM=xterm", "KV_PAGER="}, env...)...)
	s.tty = startOn(t, cmd, cols, slices.Contains(env, echoes))
	s.screen = vt10x.New(vt10x.WithWriter(s.tty), vt10x.WithSize(int(cols), 40))
	read := make(chan struct{})
	go func() {
		defer close(read)
		in := bufio.NewReader(s.tty)
		for s.screen.Parse(in) == nil {
		}
	}()
	go func() { s.exited <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = s.tty.Close()
		<-read
	})
	return s
}

// startOn starts a program on a terminal, and returns the side of the person. Between two
// prompts this terminal leaves all keys but Ctrl-C as they are, and shows none unless it
// echoes: a test may press a key before the prompt is back, and nothing depends on whether
// it was.
func startOn(t *testing.T, cmd *exec.Cmd, cols uint16, echo bool) *os.File {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	if err := pty.Setsize(master, &pty.Winsize{Rows: 40, Cols: cols}); err != nil {
		t.Fatal(err)
	}
	args := strings.Fields("eof undef erase undef kill undef werase undef rprnt undef lnext undef discard undef susp undef quit undef -ixon")
	if !echo {
		args = append(args, "-echo")
	}
	stty := exec.Command("stty", args...)
	stty.Stdin = tty
	if said, err := stty.CombinedOutput(); err != nil {
		t.Fatalf("stty: %v, %s", err, said)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return master
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
		screen := s.text()
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

// text is what the screen shows, without the blanks at the ends of lines.
func (s *terminal) text() string {
	lines := strings.Split(s.screen.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \x00")
	}
	return strings.Join(lines, "\n")
}

// behind returns the row of the cursor up to the cursor, and what of the row is grey.
func (s *terminal) behind() (before, grey string) {
	s.screen.Lock()
	defer s.screen.Unlock()
	at := s.screen.Cursor()
	cols, _ := s.screen.Size()
	for x := range cols {
		cell := s.screen.Cell(x, at.Y)
		if x < at.X {
			before += string(cell.Char)
		}
		if cell.FG == 8 {
			grey += string(cell.Char)
		}
	}
	return before, grey
}

// waitLast waits until the last line of the screen that is not empty is text.
func (s *terminal) waitLast(text string) {
	s.t.Helper()
	s.until("last line "+text, lastLine(text))
}

func lastLine(text string) func(screen string) bool {
	return func(screen string) bool {
		screen = strings.TrimRight(screen, "\n")
		return screen[strings.LastIndexByte(screen, '\n')+1:] == text
	}
}

// waitCursor waits until the cursor stands behind text, in its row.
func (s *terminal) waitCursor(text string) {
	s.t.Helper()
	s.until("cursor behind "+text, func(string) bool {
		before, _ := s.behind()
		return strings.HasSuffix(before, text) && (text != "" || before == "")
	})
}

// waitGrey waits until the grey text behind the cursor is this.
func (s *terminal) waitGrey(text string) {
	s.t.Helper()
	s.until("grey text "+text, func(string) bool {
		_, grey := s.behind()
		return grey == text
	})
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
	s.press("put b one.two\x1b[1;5D\x1b[1;5Dq\x1b[1;5C\x1b[3~_\r") // put b qone_two
	s.wait("OK  rev 2")
	s.press("get b\r")
	s.wait("\nqone_two\n")
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
	s.stop("canceled before an answer came")
	s.press("put a 2\r")
	s.wait("OK  rev 1")
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
