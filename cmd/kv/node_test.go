//go:build unix

package main

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"kv/client"
)

func TestThreeNodesAndTheCommandsOfTheShell(t *testing.T) {
	t.Parallel()
	all := newTrio(t)
	members := kv(t, nil, "members", "-addr", all[2].address())
	members.expect(t, 0)
	for _, m := range all {
		row := ""
		for line := range strings.Lines(members.out) {
			if strings.HasPrefix(line, m.name+" ") {
				row = line
			}
		}
		if !strings.Contains(row, " ok ") || strings.Contains(row, "learner") || !strings.Contains(row, fmt.Sprintf("127.0.0.1:%d", m.kv)) {
			t.Errorf("members shows %q for %s", row, m.name)
		}
	}
	for _, m := range all {
		kv(t, []string{"KV_ADDR=" + m.address()}, "put", "from-"+m.name, "hello").expect(t, 0, "OK  rev ")
	}
	for i, m := range all {
		key := "from-" + all[(i+1)%3].name
		got := kv(t, nil, "get", key, "-addr="+m.address(), "-at", m.name)
		if got.expect(t, 0); got.out != "hello\n" {
			t.Errorf("get %s through %s writes %q", key, m.name, got.out)
		}
	}
	kv(t, []string{"KV_ADDR=" + all[0].address() + "," + all[1].address()}, "get", "nope").expect(t, 3, "(not found)")
}

// A restart needs nothing but the folder, and a service file may repeat the flags
// of the first start for ever.
func TestStopAndStartAgain(t *testing.T) {
	t.Parallel()
	all := newTrio(t)
	c := dial(t, all...)
	put(t, c, "k", "v")
	first := waitLeader(t, all...)
	asked := time.Now()
	first.signal(t, syscall.SIGTERM)
	if code := first.wait(t); code != 0 {
		t.Errorf("SIGTERM ends the leader with exit code %d", code)
	}
	if took := time.Since(asked); took > 8*time.Second {
		t.Errorf("stopping took %s, beyond -stop-timeout", took)
	}
	if second := waitLeader(t, others(all, first)...); second == first {
		t.Error("a node that has ended leads")
	}
	put(t, c, "k2", "v2")

	first.start(t, remembered)
	first.waitWritten(t, fmt.Sprintf("kv repl 127.0.0.1:%d", first.kv))
	get(t, c, "k2", "v2", client.At(first.address()))

	n1, n3 := all[0], all[2]
	n1.kill(t)
	n1.start(t, byEnvironment, "-bootstrap")
	n1.waitWritten(t, "nothing to bootstrap")
	n3.kill(t)
	n3.start(t, withOneDash, "-join", all[1].address())
	n3.waitWritten(t, "nothing to join")
	waitVoters(t, c, 3)
	get(t, c, "k", "v", client.At(n1.address()))
	get(t, c, "k", "v", client.At(n3.address()))
}

func TestANodeIsAddedAndRemovedInTheShell(t *testing.T) {
	t.Parallel()
	n1, n2 := newMember(t, "n1"), newMember(t, "n2")
	n1.start(t, byEnvironment, "--bootstrap", "--cluster", "lab")
	n2.start(t, withOneDash)
	n2.waitWritten(t, fmt.Sprintf("type: join 127.0.0.1:%d", n2.kv))
	kv(t, nil, "get", "k", "-addr", n2.address()).expect(t, 1, "belongs to no cluster yet")
	waitLeader(t, n1)
	kv(t, nil, "repl", n1.address(), "-c", "put k v; join "+n2.address()).expect(t, 0, "n2 joined as a learner")
	waitVoters(t, dial(t, n1), 2)
	kv(t, nil, "get", "k", "-at", n2.address(), "-addr", n1.address()).expect(t, 0, "v")

	kv(t, nil, "remove", "n2", "-addr", n1.address()).expect(t, 0, "n2 is no member any more")
	if code := n2.wait(t); code != 1 {
		t.Errorf("a removed node ends with exit code %d, want 1", code)
	}
	if text := n2.output.String(); !strings.Contains(text, "n2 was removed from its cluster") {
		t.Errorf("a removed node writes\n%s", text)
	}
	kv(t, []string{"DATA_DIR=" + n2.dir}, "node").expect(t, 1, "n2 was removed from cluster lab", "empty "+n2.dir)
	kv(t, nil, "get", "k", "-addr", n1.address()).expect(t, 0, "v")
}

// A node that joins while the founder is still opening waits for it.
func TestJoinWhileTheFounderOpens(t *testing.T) {
	t.Parallel()
	n1, n2 := newMember(t, "n1"), newMember(t, "n2")
	env1, _ := n1.settings(byEnvironment)
	env2, _ := n2.settings(byEnvironment)
	n2.process = start(t, env2, "node", "-join", n1.address())
	n1.process = start(t, env1, "node", "-bootstrap")
	n2.waitWritten(t, "n2 is a member of cluster")
	waitVoters(t, dial(t, n1), 2)
}

// A node of cluster A comes up where a member of cluster B was, as after a mix-up
// of addresses. B's members must not take it for theirs, nor it them.
func TestTwoClustersMixedUp(t *testing.T) {
	t.Parallel()
	b := newTrio(t)
	cb := dial(t, b...)
	put(t, cb, "k", "of B")
	a := newMember(t, "a1")
	a.start(t, byEnvironment, "-bootstrap", "-cluster", "other")
	put(t, dial(t, a), "k", "of A")

	a.kill(t)
	lost := b[2]
	lost.kill(t)
	moved := &member{name: a.name, dir: a.dir, kv: lost.kv, raft: lost.raft}
	moved.start(t, byEnvironment)
	get(t, dial(t, moved), "k", "of A")
	rest := dial(t, b[0], b[1])
	put(t, rest, "while mixed up", "x")
	waitFor(t, "B to miss its member", func() bool {
		ms, err := rest.Members(testContext(t))
		must(t, err)
		for _, m := range ms.Members {
			if m.Name == lost.name {
				return !m.Reachable
			}
		}
		return false
	})
	kv(t, nil, "join", moved.address(), "-addr", b[0].address()).expect(t, 1, "belongs to cluster other")

	moved.kill(t)
	lost.start(t, remembered)
	a.start(t, byEnvironment)
	waitVoters(t, rest, 3)
	get(t, rest, "while mixed up", "x", client.At(lost.address()))
	get(t, rest, "k", "of B", client.At(lost.address()))
	ca := dial(t, a)
	get(t, ca, "k", "of A")
	if got, err := ca.Get(testContext(t), "while mixed up"); err != nil || got.KV != nil {
		t.Errorf("cluster A has a key of cluster B: %v, %v", got.KV, err)
	}
	if _, err := ca.Status(testContext(t), lost.name); !errors.Is(err, client.ErrMemberNotFound) {
		t.Errorf("cluster A knows a member of cluster B: %v", err)
	}
}
