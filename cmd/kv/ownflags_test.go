package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The first line of a scenario says which playground it wants; what is typed beats it.
func TestAScenarioBringsItsFlags(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "one.kv")
	must(t, os.WriteFile(file, []byte("#!/usr/bin/env -S kv playground -nodes 1 -timeout 3s -f\nexpect nodes matches n1\nexpect nodes matches n2\n"), 0o600))
	call(t, "", "playground", "-f", file).expect(t, 1, file+":3: expected  nodes matches n2", "FAIL  one.kv:3: exit code 1, after 1 expectation that held")
	call(t, "", "playground", "-f", file, "-nodes", "2").expect(t, 0, "PASS  one.kv: 2 expectations held in ")
	must(t, os.WriteFile(file, []byte("#!/usr/bin/env -S kv playground -noodles 1 -f\n"), 0o600))
	call(t, "", "playground", "-f", file).expect(t, 2, "noodles")
	call(t, "", "playground", "-f", file+"x").expect(t, 2, "no such file")
}

func TestAScenarioIsToldToAPerson(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "story.kv")
	must(t, os.WriteFile(file, []byte("#!/bin/sh\n# Once upon a time.\nput a 1\n\nexpect get a == 1\n"), 0o600))
	r := call(t, "", "playground", "-nodes", "1", "-echo", "always", "-f", file)
	r.expect(t, 0, "# Once upon a time.\n> put a 1\nOK  rev 1", "\n\n> expect get a == 1\nas expected  ")
	if strings.Contains(r.out, "#!") {
		t.Errorf("the first line is for the system: %s", r.out)
	}
	call(t, "", "playground", "-nodes", "1", "-echo", "sometimes", "-f", file).expect(t, 2, "auto, always or never")
}
