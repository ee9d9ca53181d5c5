package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// examples are the programs in examples/ with what they print, line by line or, if
// several things happen at once, anywhere.
var examples = map[string]struct {
	lines    []string // beginnings of all lines, in order
	anywhere []string
}{
	"quickstart": {lines: []string{
		"put: a majority has it on disk; it is revision ",
		`get: "hello", version 1, linearizable`,
		"get -stale: asked nobody else; n",
		`list: quickstart/greeting = "hello"`,
		"delete: 1 key removed",
		"leader: n",
	}},
	"lock": {lines: []string{
		"slow: has the lock",
		"fast: has the lock; its token is newer: true",
		"slow: refused: the lock is not mine any more",
		"the account says: fast was here",
	}},
	"counter": {lines: []string{"5 workers counted to 100;"}},
	"queue":   {lines: []string{"3 workers took 12 jobs of 12; most often taken: 1 time"}},
	"config-watch": {lines: []string{
		"loaded: map[config/color:blue",
		"now: map[config/theme:dark]",
	}},
	"leader-election": {anywhere: []string{
		"ada leads\n", "grace leads\n", "barbara leads\n",
		"ada wrote as the leader: true\n", "grace wrote as the leader: true\n", "barbara wrote as the leader: true\n",
		"all have served\n",
	}},
}

// Each example runs twice on one cluster, as by a curious reader.
func TestExamples(t *testing.T) {
	t.Parallel()
	addr := "KV_ADDR=" + strings.Join(newPlayground(t).Addresses(), ",")
	for name, want := range examples {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program := build(t, "kv/examples/"+name)
			for range 2 {
				cmd := exec.Command(program)
				cmd.Env = append(os.Environ(), addr)
				r := finish(t, cmd)
				r.expect(t, 0, want.anywhere...)
				if want.lines != nil {
					expectLines(t, r.out, want.lines)
				}
			}
			cmd := exec.Command(program)
			cmd.Env = append(os.Environ(), "KV_ADDR=nowhere")
			finish(t, cmd).expect(t, 1, name+": ", "HOST:PORT")
		})
	}
}

// An example that is given no cluster makes one.
func TestExampleWithoutACluster(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(build(t, "kv/examples/counter"))
	cmd.Env = append(os.Environ(), "KV_ADDR=")
	finish(t, cmd).expect(t, 0, "starting a playground", "5 workers counted to 100;")
}

func expectLines(t *testing.T, out string, want []string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != len(want) {
		t.Fatalf("it prints\n%s", out)
	}
	for i, line := range lines {
		if !strings.HasPrefix(line, want[i]) {
			t.Errorf("it prints %q, want %q", line, want[i])
		}
	}
}

// Every example is tested; one that is a module of its own has its own tests.
func TestAllExamplesAreTested(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		_, module := os.Stat("../../examples/" + e.Name() + "/go.mod")
		if _, tested := examples[e.Name()]; !tested && e.IsDir() && !slices.Contains([]string{"internal", "scenarios"}, e.Name()) && module != nil {
			t.Errorf("examples/%s is not run by a test", e.Name())
		}
	}
}
