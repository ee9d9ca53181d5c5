//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"kv/client"
)

// process is a `kv node` that runs.
type process struct {
	cmd    *exec.Cmd
	stdin  io.Closer // its lifeline
	output *output
	exited chan struct{}
}

// output is what a process has written so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// start starts `kv ARGS` in a process group of its own; the end of the test ends
// it, and shows what it wrote if the test has failed.
func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := &process{cmd: kvCommand(t, append(env, lifeline+"=1"), args...), output: &output{}, exited: make(chan struct{})}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	stdin, err := p.cmd.StdinPipe()
	must(t, err)
	p.stdin = stdin
	must(t, p.cmd.Start())
	go func() {
		defer close(p.exited)
		p.cmd.Wait() // the process state tells
	}()
	t.Cleanup(func() { p.cleanup(t, args) })
	return p
}

func (p *process) cleanup(t *testing.T, args []string) {
	p.cmd.Process.Kill() // if it still runs
	<-p.exited
	text := p.output.String()
	for _, trouble := range []string{"WARNING: DATA RACE", "panic: ", "fatal error: "} {
		if strings.Contains(text, trouble) {
			t.Errorf("a node wrote %q", trouble)
		}
	}
	if t.Failed() {
		t.Logf("kv %s wrote:\n%s", strings.Join(args, " "), text)
	}
}

// signal sends a signal to the process, and to it alone.
func (p *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	must(t, p.cmd.Process.Signal(s))
}

// kill ends the process as kill -9 does.
func (p *process) kill(t *testing.T) {
	t.Helper()
	p.signal(t, syscall.SIGKILL)
	p.wait(t)
}

// wait waits for the end of the process and returns its exit code.
func (p *process) wait(t *testing.T) int {
	t.Helper()
	select {
	case <-p.exited:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		t.Fatalf("the process goes on after %s", patience)
		return 0
	}
}

// waitWritten waits until the process has written one of the texts, or has ended.
func (p *process) waitWritten(t *testing.T, texts ...string) {
	t.Helper()
	waitFor(t, strings.Join(texts, " or "), func() bool {
		select {
		case <-p.exited:
			t.Fatalf("the process ended with exit code %d before it wrote %q", p.cmd.ProcessState.ExitCode(), texts)
		default:
		}
		for _, text := range texts {
			if strings.Contains(p.output.String(), text) {
				return true
			}
		}
		return false
	})
}

// spelling is a way to tell a node its settings.
type spelling int

const (
	byEnvironment spelling = iota
	withOneDash
	withTwoDashes
	remembered // only DATA_DIR
)

// member is a node and what it takes to start it again.
type member struct {
	*process
	name, dir string
	kv, raft  int
}

// newMember makes a node that has not run yet.
func newMember(t *testing.T, name string) *member {
	t.Helper()
	return &member{name: name, dir: t.TempDir(), kv: freePort(t), raft: freePort(t)}
}

func (m *member) settings(how spelling) (env, args []string) {
	kv, raft := fmt.Sprint(m.kv), fmt.Sprint(m.raft)
	switch how {
	case byEnvironment:
		env = []string{"KV_PORT=" + kv, "RAFT_PORT=" + raft, "DATA_DIR=" + m.dir, "NODE_ID=" + m.name}
	case withOneDash:
		args = []string{"-kv-port", kv, "-raft-port", raft, "-data-dir", m.dir, "-node-id", m.name}
	case withTwoDashes:
		args = []string{"--kv-port=" + kv, "--raft-port=" + raft, "--data-dir=" + m.dir, "--node-id=" + m.name}
	default:
		env = []string{"DATA_DIR=" + m.dir}
	}
	return env, args
}

// start starts the node and waits until it says that it is ready.
func (m *member) start(t *testing.T, how spelling, args ...string) {
	t.Helper()
	env, flags := m.settings(how)
	m.process = start(t, env, append(append([]string{"node"}, flags...), args...)...)
	m.waitWritten(t, m.name+" is a member of cluster", m.name+" waits to be added")
}

// address is where clients reach the node.
func (m *member) address() string { return fmt.Sprintf("localhost:%d", m.kv) }

// ports that were given out; guarded by portsMu.
var (
	portsMu sync.Mutex
	ports   = map[int]bool{}
)

// freePort returns a port that nobody listens on. It is below the range from which
// the systems take the ports of connections, so that it stays free for a node that
// is down for a while.
func freePort(t *testing.T) int {
	t.Helper()
	portsMu.Lock()
	defer portsMu.Unlock()
	for range 1000 {
		port := 20000 + rand.IntN(12000)
		if ports[port] {
			continue
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		l.Close()
		ports[port] = true
		return port
	}
	t.Fatal("no port is free")
	return 0
}

// newTrio starts three nodes, each told in another way and joined through another
// member, and waits until all of them vote.
func newTrio(t *testing.T) []*member {
	t.Helper()
	n1, n2, n3 := newMember(t, "n1"), newMember(t, "n2"), newMember(t, "n3")
	n1.start(t, byEnvironment, "-bootstrap")
	n2.start(t, withOneDash, "-join", n1.address())
	n3.start(t, withTwoDashes, "--join="+n2.address())
	all := []*member{n1, n2, n3}
	waitVoters(t, dial(t, all...), 3)
	return all
}

// dial opens a client on some members.
func dial(t *testing.T, members ...*member) *client.Client {
	t.Helper()
	var addrs []string
	for _, m := range members {
		addrs = append(addrs, m.address())
	}
	c, err := client.Dial(addrs, client.WithTimeout(patience))
	must(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

func waitVoters(t *testing.T, c *client.Client, n int) {
	t.Helper()
	waitFor(t, fmt.Sprintf("%d voters that answer", n), func() bool {
		ms, err := c.Members(testContext(t))
		must(t, err)
		voters := 0
		for _, m := range ms.Members {
			if m.Voter && m.Reachable {
				voters++
			}
		}
		return voters == n
	})
}

// waitLeader waits until one of the members leads.
func waitLeader(t *testing.T, members ...*member) (leader *member) {
	t.Helper()
	c := dial(t, members...)
	waitFor(t, "a leader", func() bool {
		highest := uint64(0)
		for _, m := range members {
			ctx, cancel := context.WithTimeout(testContext(t), 2*time.Second)
			st, err := c.Status(ctx, m.address())
			cancel()
			if err == nil && st.Role == client.RoleLeader && st.Term > highest {
				leader, highest = m, st.Term
			}
		}
		return leader != nil
	})
	return leader
}

// others returns all members but one.
func others(all []*member, one *member) []*member {
	var rest []*member
	for _, m := range all {
		if m != one {
			rest = append(rest, m)
		}
	}
	return rest
}

// put writes a key that is written only once, or always the same.
func put(t *testing.T, c *client.Client, key, value string) {
	t.Helper()
	waitFor(t, "a put of "+key, func() bool {
		_, err := c.Put(testContext(t), key, []byte(value))
		return err == nil
	})
}

// get reads a key and fails the test unless it has the value.
func get(t *testing.T, c *client.Client, key, want string, opts ...client.ReadOption) {
	t.Helper()
	got, err := c.Get(testContext(t), key, opts...)
	must(t, err)
	if got.KV == nil || string(got.KV.Value) != want {
		t.Fatalf("get %s = %v, want %q", key, got.KV, want)
	}
}
