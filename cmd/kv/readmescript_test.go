package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Each scenario is in the README's table.
func TestTheReadmeListsTheScenarios(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	must(t, err)
	for _, file := range scenarios(t) {
		name := filepath.Base(file)
		if row := "| [" + name + "](examples/scenarios/" + name + ") | "; !strings.Contains(string(readme), row) {
			t.Errorf("the README has no row %q", row)
		}
	}
}

// What is typed on the README's second screen is answered as it is there, but for times
// and for who is elected. The reader is slower than a test, so this one waits for what
// they would see in the prompt.
func TestTheSecondScreenOfTheReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	must(t, err)
	_, rest, _ := strings.Cut(string(readme), "\n## Break it, and ask why\n")
	_, rest, _ = strings.Cut(rest, "\n```\n")
	screen, _, _ := strings.Cut(rest, "\n```\n")
	var typed []string
	var answers [][]string // the first words of each line
	for line := range strings.Lines(screen) {
		if _, command, ok := strings.Cut(line, "> "); ok && strings.HasPrefix(line, "playground ") {
			if strings.Contains(line, "NO QUORUM") {
				for _, name := range []string{"n1", "n2", "n3"} {
					typed = append(typed, "expect status "+name+" contains 'none known' within 60s\n")
				}
			}
			typed = append(typed, command)
		} else if !strings.Contains(line, " voters up, quorum ") { // only a prompt says so
			words := strings.Fields(line)
			answers = append(answers, words[:min(4, len(words))])
		}
	}
	if len(answers) < 10 {
		t.Fatalf("the README's second screen is %q", screen)
	}
	file := filepath.Join(t.TempDir(), "second.kv")
	must(t, os.WriteFile(file, []byte(strings.Join(typed, "")), 0o600))
	r := call(t, "", "playground", "-timeout", "5s", "-k", "-echo", "always", "-f", file)
	said := strings.Join(strings.Fields(r.out+r.err), " ")
	for _, words := range answers {
		if !likely(words).MatchString(said) {
			t.Errorf("%q is missing in\n%s\n%s", strings.Join(words, " "), r.out, r.err)
		}
	}
}

// likely finds words, whatever their numbers are.
func likely(words []string) *regexp.Regexp {
	pattern := regexp.QuoteMeta(strings.TrimSuffix(strings.Join(words, " "), "…"))
	return regexp.MustCompile(regexp.MustCompile(`[0-9][0-9:.]*`).ReplaceAllString(pattern, `[0-9:.]+`))
}

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
