//go:build unix

package main

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/creack/pty"
)

// onTerminal runs a command with a terminal of 40 rows for its output, and returns what
// arrives there.
func onTerminal(t *testing.T, env []string, args ...string) string {
	t.Helper()
	return onRows(t, 40, env, args...)
}

func onRows(t *testing.T, rows uint16, env []string, args ...string) string {
	t.Helper()
	master, slave, err := pty.Open()
	must(t, err)
	defer master.Close()
	must(t, pty.Setsize(slave, &pty.Winsize{Rows: rows, Cols: 100}))
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

// What one command answers comes page by page if it is longer than the screen, and to a
// person only.
func TestOneCommandHasAPager(t *testing.T) {
	t.Parallel()
	addr := newPlayground(t).Addresses()[0]
	env := []string{"KV_ADDR=" + addr, "KV_PAGER=sed 's/^/paged: /'"}
	kv(t, env, "repl", "-c", "put a 1; put b 2; put c 3; put d 4").expect(t, 0)
	for name, c := range map[string]struct {
		rows uint16
		env  []string
		args []string
		want string // the begin of a row
	}{
		"a long list":     {4, env, []string{"list"}, "paged: a"},
		"in JSON, too":    {4, env, []string{"list", "-o", "json"}, `paged: {"key":"a"`},
		"a short one":     {9, env, []string{"list"}, "a\t"},
		"events":          {4, env, []string{"events"}, "paged: TIME"},
		"a manual":        {4, env, []string{"help", "put"}, "paged: NAME"},
		"all there is":    {4, env, []string{"help"}, "paged: kv is a"},
		"a subcommand":    {4, env, []string{"help", "repl"}, "paged: Usage: kv repl"},
		"contexts":        {1, env, []string{"context", "list"}, "paged: "},
		"nobody wants it": {4, append(env, "KV_PAGER="), []string{"list"}, "a\t"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := append(slices.Clip(c.env), "XDG_CONFIG_HOME="+t.TempDir())
			kv(t, env, "context", "add", "here", addr).expect(t, 0)
			screen := control.ReplaceAllString(onRows(t, c.rows, env, c.args...), "")
			if !strings.Contains("\n"+screen, "\n"+c.want) {
				t.Errorf("the screen shows %q", screen)
			}
		})
	}
	if r := kv(t, env, "list"); strings.Contains(r.out, "paged") {
		t.Errorf("what is no terminal gets %q", r.out)
	}
}

// To leave the pager is no failure, and its failure is told of.
func TestThePagerOfOneCommandIsLeft(t *testing.T) {
	t.Parallel()
	addr := newPlayground(t).Addresses()[0]
	env := []string{"KV_ADDR=" + addr}
	kv(t, env, "repl", "-c", "repeat 200 put a 1; put b 2; put c 3").expect(t, 0)
	if screen := onRows(t, 2, append(env, "KV_PAGER=head -1"), "history", "a", "-limit", "0"); strings.Contains(screen, "rror") {
		t.Errorf("the screen shows %q", screen)
	}
	if screen := onRows(t, 2, append(env, "KV_PAGER=cat >/dev/null; exit 3"), "list"); !strings.Contains(screen, "exit code 3; $PAGER names another") {
		t.Errorf("the screen shows %q", screen)
	}
}
