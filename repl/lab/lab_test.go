package lab_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"kv/repl/failure"
	"kv/repl/internal/fake"
	"kv/repl/lab"
	"kv/repl/shell"
)

func TestNodesAreNamedByTheirBeginning(t *testing.T) {
	t.Parallel()
	nodes := fake.Lab{"n1": "running", "n2": "running"}
	var out bytes.Buffer
	s := shell.New(shell.Config{Rooms: []shell.Room{lab.Room(nodes)}, Lab: true, Printer: fake.Session(&out, io.Discard).Printer})
	var absent *failure.AbsentError
	if err := s.Exec(t.Context(), []string{"kill", "x"}); !errors.As(err, &absent) {
		t.Errorf("no such node: %v", err)
	}
	var usage *failure.UsageError
	if err := s.Exec(t.Context(), []string{"kill", "n"}); !errors.As(err, &usage) {
		t.Errorf("two such nodes: %v", err)
	}
	if err := s.Exec(t.Context(), []string{"kill", "n2"}); err != nil || nodes["n2"] != "killed" {
		t.Errorf("kill: %v, %v", err, nodes)
	}
}

// Without a playground the commands can be listed, and are told of.
func TestWithoutAPlayground(t *testing.T) {
	t.Parallel()
	s := fake.Session(io.Discard, io.Discard, lab.Room(nil))
	var usage *failure.UsageError
	if err := s.Exec(t.Context(), []string{"kill", "n1"}); !errors.As(err, &usage) {
		t.Errorf("%v", err)
	}
}
