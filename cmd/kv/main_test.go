package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

const (
	// actAsKV in its environment makes the test binary kv itself, so that the
	// tests need no build and their processes have the race detector too.
	actAsKV = "KV_TEST_ACT_AS_KV"
	// lifeline in its environment ends such a process when its standard input
	// does: a test that is ended from outside leaves no node behind.
	lifeline = "KV_TEST_LIFELINE"
)

func TestMain(m *testing.M) {
	if os.Getenv(actAsKV) != "" {
		if os.Getenv(lifeline) != "" {
			go func() {
				io.Copy(io.Discard, os.Stdin)
				os.Exit(99)
			}()
		}
		main()
	}
	// What a developer's shell says to kv is none of the tests' business.
	for _, name := range []string{"KV_PORT", "RAFT_PORT", "DATA_DIR", "NODE_ID", "KV_ADDR", "NO_COLOR", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "KV_CONTEXT", "KV_COMPLETION_WAIT"} {
		os.Unsetenv(name)
	}
	os.Exit(m.Run())
}

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

// testContext ends with the test, or when patience does.
func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// waitFor waits until cond holds and tells what was waited for if it never does.
func waitFor(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("waited %s in vain for %s", patience, what)
		}
	}
}

// must fails the test on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// result is what a command that has ended leaves behind.
type result struct {
	code     int
	out, err string
}

// expect fails the test unless the command ended with code, and both streams
// together have the texts in them.
func (r result) expect(t *testing.T, code int, texts ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, want %d\noutput: %s\nerrors: %s", r.code, code, r.out, r.err)
	}
	for _, text := range texts {
		if !strings.Contains(r.out+r.err, text) {
			t.Errorf("%q is missing in\noutput: %s\nerrors: %s", text, r.out, r.err)
		}
	}
}

// kvCommand makes a process of kv in a folder of its own.
func kvCommand(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Dir = t.TempDir()
	// The race detector would let each process sleep for a second at its end.
	cmd.Env = append(os.Environ(), actAsKV+"=1", "HOME="+cmd.Dir, "GORACE=atexit_sleep_ms=0")
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// kv runs `kv ARGS` as a process and waits for its end.
func kv(t *testing.T, env []string, args ...string) result {
	t.Helper()
	return finish(t, kvCommand(t, env, args...))
}

// finish runs a command to its end, and ends it when patience does.
func finish(t *testing.T, cmd *exec.Cmd) result {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	must(t, cmd.Start())
	impatient := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	defer impatient.Stop()
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("run %q: %v", cmd.Args, err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// build builds a package of the project as a user does.
func build(t *testing.T, pkg string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), filepath.Base(pkg))
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	finish(t, exec.Command("go", "build", "-o", path, pkg)).expect(t, 0)
	return path
}

func TestTheBuiltBinary(t *testing.T) {
	t.Parallel()
	binary := build(t, "kv/cmd/kv")
	finish(t, exec.Command(binary, "version")).expect(t, 0, "kv 0.")
	finish(t, exec.Command(binary, "help")).expect(t, 0, "kv playground", "kv node", "kv repl")
}
