package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kv/client"
	"kv/node/playground"
	"kv/repl"
)

// newPlayground starts three nodes in this process.
func newPlayground(t *testing.T) *playground.Cluster {
	t.Helper()
	c, err := playground.Open(testContext(t), playground.Config{Dir: t.TempDir(), FreePorts: true})
	must(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

// call runs a command of kv in this process.
func call(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(testContext(t), args, streams{strings.NewReader(stdin), &out, &errs})
	return result{code, out.String(), errs.String()}
}

func TestScripts(t *testing.T) {
	t.Parallel()
	addr := strings.Join(newPlayground(t).Addresses(), ",")
	file := filepath.Join(t.TempDir(), "script")
	must(t, os.WriteFile(file, []byte("# a script\nput file/a 'two words'\nget file/a\n"), 0o600))
	greet, rc := filepath.Join(t.TempDir(), "greet.kv"), filepath.Join(t.TempDir(), "rc")
	must(t, os.WriteFile(greet, []byte("set who 1\necho hello $1 and $2\n"), 0o600))
	must(t, os.WriteFile(rc, []byte("set user ann\n"), 0o600))
	for name, c := range map[string]struct {
		stdin string
		args  []string
		code  int
		out   string   // the end of the output
		want  []string // in the output or the errors
	}{
		"several statements":  {"", []string{"-c", "put c/a 1; put c/b 2; list c/"}, 0, "c/a\t1\nc/b\t2\n", []string{"OK  rev "}},
		"a pipe":              {"put p/a 1\nget p/a\nexit\nget nope\n", nil, 0, "1\n", nil},
		"a file":              {"", []string{"-f", file}, 0, "two words\n", nil},
		"no such file":        {"", []string{"-f", file + "x"}, 2, "", []string{file + "x"}},
		"a file's arguments":  {"", []string{"-f", greet, "--", "-x y", "2"}, 0, "hello -x y and 2\n", nil},
		"commands twice":      {"", []string{"-c", "set a 1", "-c", "echo $a"}, 0, "1\n", nil},
		"a start-up file":     {"", []string{"-rc", rc, "-c", "echo $user"}, 0, "ann\n", nil},
		"no start-up file":    {"", []string{"-rc", rc + "x", "-c", "echo $user"}, 2, "", []string{rc + "x: no such file"}},
		"arguments of nobody": {"", []string{"-c", "leader", "--", "x"}, 2, "", []string{"-f FILE names"}},
		"-rc and -norc":       {"", []string{"-rc", rc, "-norc"}, 2, "", []string{"exclude each other"}},
		"a file's failure":    {"", []string{"-f", greet}, 2, "", []string{greet + ":2: there is no argument 1"}},
		"a missing key":       {"get nope\nput m/a 1\n", nil, 3, "", []string{"line 1: (not found)"}},
		"keep going":          {"get nope\nput g/a 1\nget g/a\n", []string{"-k"}, 3, "1\n", []string{"line 1: (not found)"}},
		"an open quote":       {"put q/a 1\nput q/b 'x\n", nil, 2, "", []string{"line 2"}},
		"an unknown command":  {"gte a\n", nil, 2, "", []string{"line 1", "did you mean get?"}},
		"a failure":           {"", []string{"-c", "join localhost:1"}, 1, "", []string{"no kv node answers at localhost:1"}},
		"an unknown member":   {"", []string{"-c", "remove n9"}, 3, "", []string{"n9"}},
		"a playground's":      {"", []string{"-c", "kill n1"}, 2, "", []string{"kv playground"}},
		"both -c and -f":      {"", []string{"-c", "leader", "-f", file}, 2, "", []string{"-c and -f"}},
		"no such color":       {"", []string{"-color", "pink"}, 2, "", []string{"auto, always or never"}},
		"colors":              {"", []string{"-color=always", "-c", "put k/a 1"}, 0, "", []string{"\x1b[32mOK"}},
		"no colors":           {"", []string{"--color", "never", "-c", "put k/b 1"}, 0, "", []string{"OK  rev"}},
		"a stale read's note": {"", []string{"-c", "put s/a 1; get s/a -stale"}, 0, "", []string{"may be old"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := call(t, c.stdin, append([]string{"repl", addr}, c.args...)...)
			r.expect(t, c.code, c.want...)
			if !strings.HasSuffix(r.out, c.out) {
				t.Errorf("the output is %q, want the end %q", r.out, c.out)
			}
		})
	}
}

func TestOneCommandOfTheShell(t *testing.T) {
	t.Parallel()
	addr := newPlayground(t).Addresses()[1]
	call(t, "", "put", "a", "-addr", addr, "--", "-5 'x").expect(t, 0, "OK  rev ")
	if got := call(t, "", "-addr="+addr, "get", "a"); got.code != 0 || got.out != "-5 'x\n" || got.err != "" {
		t.Errorf("get: %+v", got)
	}
	call(t, "", "get", "nope", "--addr", addr).expect(t, 3, "(not found)")
	call(t, "", "put", "a", "-addr", addr).expect(t, 2, "usage: put KEY VALUE")
	call(t, "", "pt", "a", "1", "-addr", addr).expect(t, 2, "there is no command pt; did you mean put?")
	call(t, "", "get", "a", "-addr").expect(t, 2, "-addr needs an address")
	call(t, "", "get", "a", "-addr", "nowhere").expect(t, 2, `"nowhere"`, "HOST:PORT")
	call(t, "", "repl", "localhost:1", "-timeout", "300ms", "-c", "get a").expect(t, 1, "cannot reach any member")
}

func TestWithoutAQuorum(t *testing.T) {
	t.Parallel()
	c := newPlayground(t)
	addr := c.Addresses()
	leader := c.Leader()
	for _, name := range c.Names() {
		if name != leader {
			must(t, c.Kill(testContext(t), name))
		}
	}
	waitFor(t, "the leader to step down", func() bool { return c.Leader() == "" })
	// Not the addresses of the others: another test's cluster may have taken them.
	survivor := addr[slices.Index(c.Names(), leader)]
	ask := func(command string) result {
		return call(t, "", "repl", survivor, "-timeout", "5s", "-c", command)
	}
	ask("put a 1").expect(t, 5, "no leader", "outcome: not done")
	ask("get a").expect(t, 5, "no leader")
	ask("get a -stale -at "+leader).expect(t, 3, "may be old")
}

func TestHelp(t *testing.T) {
	t.Parallel()
	call(t, "").expect(t, 2, "Usage:", "kv playground", "kv node", "kv repl", "\n  put, get, ")
	call(t, "", "--help").expect(t, 0, "Begin with: kv playground")
	call(t, "", "help", "put").expect(t, 0, "put KEY VALUE", "set a key", "EXAMPLE")
	call(t, "", "help", "nope").expect(t, 2, "there is no command nope")
	call(t, "", "-version").expect(t, 0, "kv ")
	for _, args := range [][]string{{"help", "node"}, {"node", "-help"}, {"node", "--help"}, {"node", "-h"}} {
		r := call(t, "", args...)
		r.expect(t, 0, "Usage: kv node", "-bootstrap", "-join", "KV_PORT (default 8080)", "RAFT_PORT (default 9090)", "DATA_DIR", "NODE_ID")
		if strings.Count(r.out, "Usage:") != 1 || r.err != "" {
			t.Errorf("kv %q writes\n%s\nand errors\n%s", args, r.out, r.err)
		}
	}
	call(t, "", "help", "repl").expect(t, 0, "Usage: kv repl", "-color", "KV_ADDR")
	call(t, "", "help", "playground").expect(t, 0, "Usage: kv playground", "-nodes")
}

// It runs beside no other test: another playground could take the well-known port
// of the node that is killed here before it starts again.
func TestPlaygroundScript(t *testing.T) {
	r := call(t, "", "playground", "-data", t.TempDir(), "-c", "put greeting hello; kill n1; get greeting; start n1; nodes")
	r.expect(t, 0, "n1 killed", "\nhello\n", "n1 started", "n3  ")
	call(t, "", "playground", "-nodes", "10", "-c", "nodes").expect(t, 1, "1 to 9 nodes, not 10")
	call(t, "", "playground", "-nodes", "1", "-c", "put a 1; get a").expect(t, 0, "\n1\n")
}

// With -free-ports a playground leaves the well-known ports to others.
func TestPlaygroundOnFreePorts(t *testing.T) {
	t.Parallel()
	r := call(t, "", "playground", "-free-ports", "-nodes", "1", "-c", "nodes")
	r.expect(t, 0, "running")
	if strings.Contains(r.out, ":8080") || strings.Contains(r.out, ":9090") {
		t.Errorf("it runs at the ports that it was to leave: %s", r.out)
	}
}

// The conversation that the README promises: put, kill the leader, get.
func TestPlaygroundConversation(t *testing.T) {
	t.Parallel()
	in, say := io.Pipe()
	hear, out := io.Pipe()
	code := make(chan int, 1)
	var errs bytes.Buffer
	go func() {
		defer out.Close()
		code <- run(testContext(t), []string{"playground"}, streams{in, out, &errs})
	}()
	answers := bufio.NewScanner(hear)
	ask := func(line string) string {
		t.Helper()
		fmt.Fprintln(say, line)
		if !answers.Scan() {
			t.Fatalf("no answer to %q: %s", line, errs.String())
		}
		return answers.Text()
	}
	if text := ask("put greeting hello"); !strings.HasPrefix(text, "OK") {
		t.Errorf("put: %s", text)
	}
	first, _, _ := strings.Cut(ask("leader"), " ")
	if text := ask("kill " + first); !strings.HasPrefix(text, "OK  "+first+" killed") {
		t.Errorf("kill: %s", text)
	}
	if text := ask("get greeting"); text != "hello" {
		t.Errorf("get: %s", text)
	}
	if second, _, _ := strings.Cut(ask("leader"), " "); second == first {
		t.Errorf("%s leads and was killed", second)
	}
	say.Close()
	if answers.Scan() {
		t.Errorf("the shell ends with %q", answers.Text())
	}
	if c := <-code; c != 0 {
		t.Errorf("exit code %d: %s", c, errs.String())
	}
}

// What was done to a playground is among its events.
func TestFaultsAreRecorded(t *testing.T) {
	t.Parallel()
	cluster := lab{newPlayground(t), newChance(0)}
	c, err := client.Dial(cluster.Addresses())
	must(t, err)
	t.Cleanup(func() { c.Close() })
	var out, errs bytes.Buffer
	code := repl.RunScript(testContext(t), repl.Config{Store: repl.NewStore(c), Lab: cluster, Out: &out, Err: &errs},
		strings.NewReader("isolate n1; pause n2; resume n2; heal; events"))
	result{code, out.String(), errs.String()}.expect(t, 0, "isolate n1", "pause n2", "healed: pause n2", "healed: isolate n1")
}
