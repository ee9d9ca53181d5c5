package faults_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"kv/repl/failure"
	"kv/repl/internal/fake"
	"kv/repl/lab/faults"
	"kv/repl/shell"
)

func session(lab faults.Lab) *shell.Session {
	return shell.New(shell.Config{Rooms: []shell.Room{faults.Room(lab)}, Lab: true, Printer: fake.Session(io.Discard, io.Discard).Printer})
}

func TestWhatMayFollow(t *testing.T) {
	t.Parallel()
	s := session(fake.Lab{"n1": "running", "n2": "running"})
	if err := s.Exec(t.Context(), []string{"hold", "all"}); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"par":                 "partition",
		"partition ":          "n1 n2",
		"partition n1 ":       "n2 |",
		"partition n1 | ":     "n2",
		"partition n1 | n2 ":  "",
		"isolate ":            "n1 n2",
		"cut ":                "all n1 n2",
		"cut n1 ":             "-> n2",
		"cut n1 -":            "->",
		"cut n1 -> ":          "n2",
		"cut n1 -> n2 ":       "",
		"delay all ":          "",
		"drop n2 -> n":        "n1",
		"heal ":               "all n1 n2",
		"heal n1 ":            "-> n2",
		"release n2 -> ":      "n1",
		"hold a":              "all",
		"deliver ":            "3 5",
		"timeout ":            "n1 n2",
		"lose 5 ":             "3 5",
		"partition n1 | | n":  "n2",
		"partition n1 n2 | n": "",
		"cut n1 n2 -":         "-hex -o",
		"partition n1 -":      "-hex -o -y",
		"cut -o c":            "csv",
		"cut -o json ":        "all n1 n2",
		"cut n1 -o json ":     "-> n2",
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

// Whatever is typed is what `faults` shows: it can be typed again.
func TestFaultsAreShownAsTheyAreTyped(t *testing.T) {
	t.Parallel()
	for typed, shown := range map[string]string{
		"partition n1|n2":             "partition n1 | n2",
		"partition n1 |":              "partition n1",
		"isolate n2":                  "isolate n2",
		"cut n1 -> n2":                "cut n1 -> n2",
		"cut all":                     "cut all",
		"hold n2 n1":                  "hold n2 n1",
		"delay n1->n2 1500ms +- 20ms": "delay n1 -> n2 1.5s±20ms",
		"hold -o raw n1 ->n2":         "hold n1 -> n2",
		"cut n2 n1 -hex":              "cut n2 n1",
		"delay n1 n2 0ms±5ms":         "delay n1 n2 0s±5ms",
		"drop all 12.5%":              "drop all 12.5%",
	} {
		lab := fake.Lab{"n1": "running", "n2": "running"}
		for _, line := range []string{typed, shown} {
			if err := session(lab).Exec(t.Context(), strings.Fields(line)); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
		if got := lab.Faults(); len(got) != 1 || got[0].String() != shown {
			t.Errorf("%s is shown as %v, want %s", typed, got, shown)
		}
	}
}

func TestMistakesTellWhatIsRight(t *testing.T) {
	t.Parallel()
	s := session(fake.Lab{"n1": "running", "n2": "running"})
	for line, want := range map[string]string{
		"cut":              "n1 -> n2 for one direction",
		"hold n1":          "n1 -> n2 for one direction",
		"cut n1 -> n":      "any of n1, n2",
		"partition":        "a | between them",
		"delay n1 n2":      "50ms±20ms at its end",
		"drop n1 n2 NaN":   "not NaN",
		"deliver 3 x":      "whole number",
		"heal n1 -> n2 n1": "one word too many",
	} {
		err := s.Exec(t.Context(), strings.Fields(line))
		var usage *failure.UsageError
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q in it", line, err, want)
		}
	}
	var absent *failure.AbsentError
	if err := s.Exec(t.Context(), strings.Fields("isolate n9")); !errors.As(err, &absent) {
		t.Errorf("no such node: %v", err)
	}
}

// Without a playground the commands can be listed.
func TestWithoutAPlayground(t *testing.T) {
	t.Parallel()
	s := fake.Session(io.Discard, io.Discard, faults.Room(nil))
	var usage *failure.UsageError
	if err := s.Exec(t.Context(), []string{"isolate", "n1"}); !errors.As(err, &usage) {
		t.Error(err)
	}
	for _, c := range faults.Room(nil).Commands {
		if c.Next != nil {
			c.Next(nil)
		}
	}
}
