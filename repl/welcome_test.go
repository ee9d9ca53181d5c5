package repl

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kv/client"
)

func TestNewcomersAreWelcomedOnce(t *testing.T) {
	t.Parallel()
	history := filepath.Join(t.TempDir(), "state", "history")
	for i, want := range []bool{true, false, false} {
		if got := firstTime(history); got != want {
			t.Errorf("visit %d: first time %t", i+1, got)
		}
	}
	if !firstTime("") {
		t.Error("without a memory somebody is not new")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if !firstTime(filepath.Join(file, "history")) {
		t.Error("where nothing can be kept somebody is not new")
	}
}

func TestTheWelcomeIsShort(t *testing.T) {
	t.Parallel()
	h := client.Health{ClusterName: "c", Leader: &client.Leader{Name: "n1"}, Voters: 3, Reachable: 2}
	if got := welcome(h, nil, false, false); len(got) != 1 || got[0] != "Cluster c: n1 leads, 2 of 3 voters are up." {
		t.Errorf("%q", got)
	}
	for _, lab := range []bool{true, false} {
		got := welcome(client.Health{}, client.ErrUnreachable, lab, true)
		if len(got) != 4 || strings.Contains(got[1], "kill") != lab {
			t.Errorf("%q", got)
		}
		for _, l := range got {
			if len(l) > 100 {
				t.Errorf("the line is too long: %s", l)
			}
		}
	}
}
