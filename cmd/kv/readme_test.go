package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"kv/repl"
	"kv/repl/lab/learn"
)

var rewrite = flag.Bool("rewrite", false, "write the README's tables of commands and lessons anew")

// The README's command table is the shell's own, and so is the one of the lessons. One
// test has both, since it may write the file.
func TestReadmeListsTheCommands(t *testing.T) {
	const path = "../../README.md"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := place(t, string(data), "commands", repl.Reference())
	text = place(t, text, "lessons", lessonTable())
	if text == string(data) {
		return
	}
	if !*rewrite {
		t.Fatal("the README's tables are not the shell's; accept them with -rewrite")
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// place returns text with a table in the place that is marked for it.
func place(t *testing.T, text, name, table string) string {
	t.Helper()
	begin, end := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
	before, rest, ok := strings.Cut(text, begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("the README has no place for the %s", name)
	}
	return before + begin + table + end + after
}

func lessonTable() string {
	var b strings.Builder
	b.WriteString("| `learn …` | what you see | where to read on |\n|---|---|---|\n")
	for _, l := range learn.BuiltIn() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", l.Name, l.Title, l.Paper)
	}
	return b.String()
}
