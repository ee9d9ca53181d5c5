package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The script in the README does what it says there.
func TestTheScriptInTheReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	must(t, err)
	const first = "# failover.kv"
	_, script, ok := strings.Cut(string(readme), "```\n"+first)
	if !ok {
		t.Fatalf("the README has no script that begins with %q", first)
	}
	script, _, _ = strings.Cut(script, "\n```")
	file := filepath.Join(t.TempDir(), "failover.kv")
	must(t, os.WriteFile(file, []byte(first+script+"\n"), 0o600))
	call(t, "", "playground", "-free-ports", "-f", file).expect(t, 0, " led, and is back")

	must(t, os.WriteFile(file, []byte("put a 1\nexpect get a == $1\n"), 0o600))
	call(t, "", "playground", "-free-ports", "-f", file, "1").expect(t, 0, "OK")
	call(t, "", "playground", "-free-ports", "-f", file, "2").expect(t, 1, file+":2: expected  get a == $1\n"+file+":2: found     1\n")
}
