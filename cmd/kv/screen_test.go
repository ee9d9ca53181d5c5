//go:build unix

package main

import (
	"bufio"
	"os"
	"reflect"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
	xterm "golang.org/x/term"
)

// screen is a terminal that a command of kv runs on.
type screen struct {
	t       *testing.T
	tty     *os.File
	term    vt10x.Terminal
	process *os.Process
	ended   chan struct{}
}

func openScreen(t *testing.T, args ...string) *screen {
	t.Helper()
	cmd := kvCommand(t, []string{"TERM=xterm", "XDG_STATE_HOME=" + t.TempDir()}, args...)
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	must(t, err)
	s := &screen{t, tty, vt10x.New(vt10x.WithWriter(tty), vt10x.WithSize(120, 40)), cmd.Process, make(chan struct{})}
	read := make(chan struct{})
	go func() {
		defer close(read)
		for in := bufio.NewReader(tty); s.term.Parse(in) == nil; {
		}
	}()
	go func() {
		defer close(s.ended)
		cmd.Wait()
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-s.ended
		tty.Close()
		<-read
	})
	return s
}

func (s *screen) press(keys string) {
	s.t.Helper()
	_, err := s.tty.WriteString(keys)
	must(s.t, err)
}

// wait waits until a row of the screen matches, and returns what its group matched there
// last.
func (s *screen) wait(pattern string) string {
	s.t.Helper()
	want := regexp.MustCompile("(?m)" + pattern)
	deadline := time.Now().Add(time.Minute)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		shown := regexp.MustCompile(`[ \x00]+\n`).ReplaceAllString(s.term.String()+"\n", "\n")
		if all := want.FindAllStringSubmatch(shown, -1); len(all) > 0 {
			return all[len(all)-1][1]
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("no %s on the screen:\n%s", pattern, strings.TrimRight(shown, "\n"))
		}
	}
	return ""
}

// A leader dies while a line is typed: the prompt says so around it, and the line does
// what it was meant to do, as does one that is given in the midst of the election. What
// comes back is told of, too, though nothing is typed.
func TestFailoverUnderThePrompt(t *testing.T) {
	t.Parallel()
	s := openScreen(t, "playground", "-color", "never")
	leader := s.wait(`^playground (n\d)\b.* 3/3.*> *$`)
	s.press("put color blue\r")
	s.wait(`^(OK)  rev 1 `)
	s.press("kill " + leader + "; put greeting hello\rput color 'after the fail-over'")
	s.wait(`^(OK)  rev 2 `)
	next := s.wait(`^playground (n\d)\b.* 2/3.*> put color 'after the fail-over'`)
	if next == leader {
		t.Errorf("%s leads although it was killed", next)
	}
	s.press("\r")
	s.wait(`^(OK)  rev 3 `)
	s.press("get co\t\r")
	s.wait(`^(after the fail-over)$`)
	s.press("start " + leader + "\r")
	s.wait(`^playground (n\d)\b.* 3/3.*> *$`)
	s.press("exit\r")
	<-s.ended
}

// A step of a lesson gets done while something else is typed: that stays as it is, and so
// does the place in the lesson that the prompt shows.
func TestALessonUnderThePrompt(t *testing.T) {
	t.Parallel()
	s := openScreen(t, "playground", "-color", "never", "-norc")
	s.wait(`^playground (n1)\b.* 3/3.*> *$`)
	s.press("learn election\r")
	s.wait(`^\[learn 1/4\] playground (n1)\b.*> *$`)
	s.press("leader\r")
	s.wait(`^\[learn 2/4\] playground (n1)\b.*> *$`)
	s.press("kill n1\rput color 'while the others elect'")
	s.wait(`^(done)  Another leads`)
	s.wait(`^\[learn 3/4\] playground n[23]\b.*> put color ('while the others elect')`)
	s.press("\rlearn skip\r")
	s.wait(`^OK  (rev 1) `)
	s.wait(`^\[learn (4/4)\] playground n[23]\b.*> *$`)
	// The shell may be left in the middle of a lesson. n1 is not started again here: it has
	// a well-known port, which another playground may have taken.
	s.press("exit\r")
	<-s.ended
}

// A shell that is told to end in the middle of a line gives the terminal back as it was.
func TestTheTerminalIsGivenBack(t *testing.T) {
	t.Parallel()
	addr := newPlayground(t).Addresses()[0]
	s := openScreen(t, "repl", addr, "-color", "never")
	before := s.state() // its beginning takes longer than this
	s.wait(`^playground (n\d)\b.* 3/3.*> *$`)
	s.press("put a")
	s.wait(`> (put a)`)
	if reflect.DeepEqual(s.state(), before) {
		t.Error("the terminal is not raw while a line is typed")
	}
	must(t, s.process.Signal(syscall.SIGTERM))
	<-s.ended
	if !reflect.DeepEqual(s.state(), before) {
		t.Error("the terminal is not as it was")
	}
}

func (s *screen) state() *xterm.State {
	s.t.Helper()
	state, err := xterm.GetState(int(s.tty.Fd()))
	must(s.t, err)
	return state
}
