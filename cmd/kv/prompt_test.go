//go:build unix

package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/creack/pty"
)

// person sits at a terminal on which kv runs.
type person struct {
	t      *testing.T
	master *os.File

	mu     sync.Mutex
	output strings.Builder // guarded by mu; all that came to the screen
}

// sitDown runs kv on a terminal; the test's end ends it.
func sitDown(t *testing.T, env []string, args ...string) *person {
	t.Helper()
	return sitAt(t, kvCommand(t, append([]string{"TERM=xterm", "NO_COLOR=1"}, env...), args...))
}

// sitAt is sitDown for any program.
func sitAt(t *testing.T, cmd *exec.Cmd) *person {
	t.Helper()
	master, slave, err := pty.Open()
	must(t, err)
	must(t, pty.Setsize(master, &pty.Winsize{Rows: 40, Cols: 200}))
	p := &person{t: t, master: master}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	must(t, cmd.Start())
	slave.Close()
	read := make(chan struct{})
	go func() {
		defer close(read)
		io.Copy(p, master) // ends with an error when the last writer is gone
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		master.Close()
		<-read
	})
	return p
}

// Write takes what comes to the screen.
func (p *person) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.Write(b)
}

// types presses keys.
func (p *person) types(keys string) {
	p.t.Helper()
	_, err := io.WriteString(p.master, keys)
	must(p.t, err)
}

var control = regexp.MustCompile("\x1b\\[[0-9;?]*[a-zA-Z]|\r|\b")

// mark returns the place on the screen's roll after which sees looks.
func (p *person) mark() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.Len()
}

// sees waits for a text, for which pattern stands, to come after a mark, and returns its
// first group.
func (p *person) sees(mark int, pattern string) (group string) {
	p.t.Helper()
	look := regexp.MustCompile(pattern)
	var screen string
	defer func() {
		if p.t.Failed() {
			p.t.Logf("the screen shows %q", screen)
		}
	}()
	waitFor(p.t, pattern, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		screen = control.ReplaceAllString(p.output.String()[mark:], "")
		found := look.FindStringSubmatch(screen)
		if len(found) > 1 {
			group = found[1]
		}
		return found != nil
	})
	return group
}

// With the whole cluster gone the prompt counts down to the next try, and comes back by
// itself.
func TestThePromptComesBack(t *testing.T) {
	t.Parallel()
	port, raft := fmt.Sprint(freePort(t)), fmt.Sprint(freePort(t))
	env := []string{"DATA_DIR=" + t.TempDir(), "KV_PORT=" + port, "RAFT_PORT=" + raft, "NODE_ID=n1"}
	start := func() func() {
		node := kvCommand(t, env, "node", "-bootstrap")
		must(t, node.Start())
		return func() { node.Process.Kill(); node.Wait() }
	}
	kill := start()
	p := sitDown(t, nil, "repl", "localhost:"+port, "-prompt", "<{member} {quorum}>")
	p.sees(0, `<n1 1/1>`)
	mark := p.mark()
	kill()
	p.sees(mark, `\(unreachable, next try in \d\.\d s\)> `)
	mark = p.mark()
	defer start()()
	p.sees(mark, `<n1 1/1>`)
}
