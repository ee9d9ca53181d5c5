//go:build unix

package main

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/creack/pty"
)

// onTerminal runs a command with a terminal for its output, and returns what
// arrives there.
func onTerminal(t *testing.T, env []string, args ...string) string {
	t.Helper()
	master, slave, err := pty.Open()
	must(t, err)
	defer master.Close()
	must(t, pty.Setsize(slave, &pty.Winsize{Rows: 40, Cols: 100}))
	cmd := kvCommand(t, append([]string{"TERM=xterm"}, env...), args...)
	cmd.Stdout, cmd.Stderr = slave, slave
	must(t, cmd.Start())
	slave.Close()
	var screen bytes.Buffer
	io.Copy(&screen, master) // ends with an error when the last writer is gone
	if err := cmd.Wait(); err != nil {
		t.Errorf("kv %q: %v\n%s", args, err, screen.String())
	}
	return screen.String()
}

func TestColorIsForTerminals(t *testing.T) {
	t.Parallel()
	addr := newPlayground(t).Addresses()[0]
	for name, c := range map[string]struct {
		env, args []string
		color     bool
	}{
		"a terminal": {nil, nil, true},
		"NO_COLOR":   {[]string{"NO_COLOR=1"}, nil, false},
		"never":      {nil, []string{"-color", "never"}, false},
		"always":     {[]string{"NO_COLOR=1"}, []string{"-color", "always"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			screen := onTerminal(t, c.env, append([]string{"repl", addr, "-c", "put a 1"}, c.args...)...)
			if !strings.Contains(screen, "OK") || strings.Contains(screen, "\x1b[") != c.color {
				t.Errorf("the screen shows %q", screen)
			}
		})
	}
}

// One command that is executed again and again draws in its place, as in a shell.
func TestEveryOfOneCommandDrawsInPlace(t *testing.T) {
	t.Parallel()
	addr := newPlayground(t).Addresses()[0]
	screen := onTerminal(t, nil, "every", "-n", "3", "1ms", "leader", "-addr", addr)
	if strings.Count(screen, "\x1b[2A\x1b[?7l") != 2 || !strings.Contains(screen, "every 1ms, time 3") {
		t.Errorf("the screen shows %q", screen)
	}
}
