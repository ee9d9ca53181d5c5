package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestQuickstart(t *testing.T) {
	t.Parallel()
	program := build(t, "kv/examples/quickstart")
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "KV_ADDR="+strings.Join(newPlayground(t).Addresses(), ","))
	r := finish(t, cmd)
	r.expect(t, 0)
	lines := strings.Split(strings.TrimSpace(r.out), "\n")
	want := []string{
		"put: a majority has it on disk; it is revision ",
		`get: "hello", version 1, linearizable`,
		"get -stale: asked nobody else; n",
		`list: quickstart/greeting = "hello"`,
		"delete: 1 key removed",
		"leader: n",
	}
	if len(lines) != len(want) {
		t.Fatalf("it prints\n%s", r.out)
	}
	for i, line := range lines {
		if !strings.HasPrefix(line, want[i]) {
			t.Errorf("it prints %q, want %q", line, want[i])
		}
	}
	cmd = exec.Command(program)
	cmd.Env = append(os.Environ(), "KV_ADDR=nowhere")
	finish(t, cmd).expect(t, 1, "quickstart: ", "HOST:PORT")
}
