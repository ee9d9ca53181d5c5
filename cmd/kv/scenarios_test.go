package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// scenarios are the files of examples/scenarios.
func scenarios(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../examples/scenarios/*.kv")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	return files
}

// play runs a scenario with a fixed seed. Its own patience ends before that of the test.
func play(t *testing.T, file string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	code := run(ctx, []string{"playground", "-free-ports", "-seed", "1", "-f", file}, streams{strings.NewReader(""), &out, &errs})
	return result{code, out.String(), errs.String()}
}

// Every scenario holds on a real playground.
func TestScenarios(t *testing.T) {
	t.Parallel()
	for _, file := range scenarios(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".kv"), func(t *testing.T) {
			t.Parallel()
			play(t, file).expect(t, 0, "PASS  "+filepath.Base(file)+": ")
		})
	}
}

// A scenario proves something only if it fails where things are otherwise. Each of these
// lacks what its story is about, or expects what is not so.
func TestScenariosCanFail(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file    string
		changes []string // in pairs: a text of the scenario, and what stands there instead
		failed  string   // what is not as expected
	}{
		"the network is not healed":             {"split-brain", []string{"heal\n", "", "green @all within 30s", "green @all within 1s"}, "get color == green @all"},
		"a leader is not cut off":               {"split-brain", []string{"isolate n1\n", ""}, "put color red -at n1 fails"},
		"a majority is left":                    {"lost-quorum", []string{"kill n3\n", "", "no-leader within 30s", "no-leader within 2s"}, "leader fails with no-leader"},
		"another value is expected":             {"power-cut", []string{"== blue within 30s", "== red within 1s"}, "get color == red"},
		"the disk stays full":                   {"full-disk", []string{"heal-disk n1\n", ""}, "start n1"},
		"the disk has room":                     {"full-disk", []string{"fail-disk n1 full\n", "", "failed' within 30s", "failed' within 1s"}, "nodes matches"},
		"the leader reaches one follower":       {"one-way-cut", []string{"cut n1 -> n3\n", "", "leader != n1 within 60s", "leader != n1 within 1s"}, "leader != n1"},
		"the leader keeps its log":              {"catch-up", []string{" -keep 1\n", "\n", "snapshot' within 30s", "snapshot' within 2s"}, "has installed a snapshot"},
		"one member alone stands":               {"split-vote", []string{"timeout n3\n", "", "granted' within 30s", "granted' within 1s"}, "pre-vote granted"},
		"a member keeps its disk":               {"membership", []string{"wipe n4\n", ""}, "start n4 fails"},
		"nobody is cut off":                     {"stale-read", []string{"isolate n3\n", ""}, "get seats -at n3 fails"},
		"the token is that of who has the lock": {"paused-lease", []string{"create lock = $token", "create lock = $newer"}, "contains false"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(filepath.Join("../../examples/scenarios", c.file+".kv"))
			must(t, err)
			changed := string(text)
			for pair := range slices.Chunk(c.changes, 2) {
				if !strings.Contains(changed, pair[0]) {
					t.Fatalf("%s has no %q any more", c.file, pair[0])
				}
				changed = strings.Replace(changed, pair[0], pair[1], 1)
			}
			file := filepath.Join(t.TempDir(), c.file+".kv")
			must(t, os.WriteFile(file, []byte(changed), 0o600))
			r := play(t, file)
			if r.code == 0 {
				t.Errorf("it holds all the same:\n%s%s", r.out, r.err)
			}
			r.expect(t, r.code, "FAIL  "+c.file+".kv:", c.failed)
		})
	}
}
