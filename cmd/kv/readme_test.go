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

var rewrite = flag.Bool("rewrite", false, "write the tables of commands and lessons anew")

// The table of commands is the shell's own.
func TestTheReadmeListsTheCommands(t *testing.T) {
	inPlace(t, "../../README.md", "commands", repl.Reference())
}

func TestTheReadmeListsTheLessons(t *testing.T) {
	inPlace(t, "../../README.md", "lessons", lessonTable())
}

// inPlace checks that a file has a table in its place or, if that is asked for, writes it.
func inPlace(t *testing.T, path, name, table string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := place(t, string(data), name, table)
	if text == string(data) {
		return
	}
	if !*rewrite {
		t.Fatalf("the table of %s in %s is not the program's; accept it with -rewrite", name, path)
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
		t.Fatalf("the file has no place for the %s", name)
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
