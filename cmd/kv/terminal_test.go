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
