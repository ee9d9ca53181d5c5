package repl

import (
	"io"
	"strings"
	"testing"

	"kv/repl/internal/fake"
	"kv/repl/shell"
)

// The names of nodes complete, and what may follow them.
func TestCompletionOfNodes(t *testing.T) {
	t.Parallel()
	nodes := fake.Lab{"n1": "running", "n2": "wiped", "n3": "paused"}
	s := newSession(Config{Store: fake.New(), Lab: nodes, Out: io.Discard}, true)
	for line, want := range map[string]string{
		"res":              "restart restore resume",
		"pause ":           "n1 n2 n3",
		"add ":             "n2",
		"fail-disk n1 ":    "full",
		"slow-disk n":      "n1 n2 n3",
		"heal-disk n2 ":    "",
		"fail-disk n1 fu":  "full",
		"restart n3 again": "",

		"chaos -faults fa":          "fail-disk",
		"chaos -faults kill,pa":     "kill,partition kill,pause",
		"chaos -faults stop,kill,k": "",
		"learn min":                 "minority",
		"learn st":                  "stale stop",
	} {
		found := shell.NewCompleter(s).Complete(line)
		if found.Fetch != nil {
			found = found.Fetch(t.Context())
		}
		if got := strings.Join(found.Words, " "); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}
