package main

import (
	"flag"
	"os"
	"strings"
	"testing"

	"kv/repl"
)

var rewrite = flag.Bool("rewrite", false, "write the README's command table anew")

// The README's command table is the shell's own.
func TestReadmeListsTheCommands(t *testing.T) {
	const path, begin, end = "../../README.md", "<!-- commands -->\n", "<!-- /commands -->"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), begin)
	table, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("the README has no place for the commands")
	}
	if table == repl.Reference() {
		return
	}
	if !*rewrite {
		t.Fatal("the README's command table is not the shell's; accept it with -rewrite")
	}
	if err := os.WriteFile(path, []byte(before+begin+repl.Reference()+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
