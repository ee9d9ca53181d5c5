//go:build unix

package main

import (
	"bytes"
	"io"
	"strings"
	"syscall"
	"testing"

	"kv/client"
)

// What a script goes by: a code for each end that a command can have.
func TestExitCodesOfTheBinary(t *testing.T) {
	t.Parallel()
	all := newTrio(t)
	leader := waitLeader(t, all...)
	at := leader.address()
	kv(t, nil, "put", "k", "v", "-addr", at).expect(t, 0, "OK  rev ")
	kv(t, nil, "put", "k", "w", "-if-rev", "99", "-addr", at).expect(t, 1, "outcome: not done")
	kv(t, nil, "put", "k", "-addr", at).expect(t, 2, "usage: put KEY VALUE")
	kv(t, nil, "get", "nope", "-o", "json", "-addr", at).expect(t, 3, `{"error":"(not found)","exit_code":3}`)

	writer := startWriter(t, at)
	for _, m := range others(all, leader) {
		m.signal(t, syscall.SIGSTOP)
	}
	writer().expect(t, 4, `"outcome":"unknown","exit_code":4}`)

	c := dial(t, leader)
	waitFor(t, "the leader to step down", func() bool {
		st, err := c.Status(testContext(t), at)
		return err == nil && st.Role != client.RoleLeader
	})
	kv(t, nil, "repl", at, "-timeout", "5s", "-o", "json", "-c", "put k v").expect(t, 5, `"outcome":"not done"`, `"exit_code":5}`)
}

// startWriter starts a shell that writes until a write fails. It returns once it has
// written; what it returns waits for its end.
func startWriter(t *testing.T, address string) (wait func() result) {
	t.Helper()
	var out output
	var errs bytes.Buffer
	cmd := kvCommand(t, nil, "repl", address, "-timeout", "300ms", "-o", "jsonl")
	in, err := cmd.StdinPipe()
	must(t, err)
	cmd.Stdout, cmd.Stderr = &out, &errs
	must(t, cmd.Start())
	_, err = io.WriteString(in, "put k 1\n")
	must(t, err)
	waitFor(t, "a write", func() bool { return out.String() != "" })
	_, err = io.WriteString(in, strings.Repeat("put k 2\n", 4000)) // less than a pipe holds
	must(t, err)
	return func() result {
		in.Close()
		cmd.Wait() // the process state tells
		return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
	}
}
