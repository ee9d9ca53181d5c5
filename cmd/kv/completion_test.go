//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestLinesAreSplitAsBashDoes(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][]string{
		"":                  {""},
		"kv":                {"kv"},
		"kv ":               {"kv", ""},
		"kv get  a":         {"kv", "get", "a"},
		"kv get 'a b":       {"kv", "get", "a b"},
		`kv get "a\"b" `:    {"kv", "get", `a"b`, ""},
		`kv get a\ b'c'"d"`: {"kv", "get", "a bcd"},
		"kv get ''":         {"kv", "get", ""},
		"kv get '' ":        {"kv", "get", "", ""},
		`kv get 'a\'`:       {"kv", "get", `a\`},
	} {
		if got := splitLine(line); !slices.Equal(got, want) {
			t.Errorf("%q is split into %q, want %q", line, got, want)
		}
	}
}

// completions are lines that end where Tab is pressed, and words that are then offered.
func completions(addr string) map[string][]string {
	at := " -addr " + addr + " "
	return map[string][]string{
		"kv g":                   {"get"},
		"kv pl":                  {"playground"},
		"kv lease g":             {"grant"},
		"kv context u":           {"use"},
		"kv completion z":        {"zsh"},
		"kv help mem":            {"members"},
		"kv list -so":            {"-sort"},
		"kv list -sort m":        {"mod"},
		"kv context list -o c":   {"csv"},
		"kv -o json mem":         {"members"},
		"kv -o t":                {"table"},
		"kv -ti":                 {"-timeout"},
		"kv list -li":            {"-limit"},
		"kv list -o":             {"-o"},
		"kv leader -h":           {"-hex"},
		"kv restore main.g":      {"main.go"},
		"kv repl -pro":           {"-prompt"},
		"kv get k -add":          {"-addr"},
		"kv" + at + "get colo":   {"color"},
		"kv" + at + "get k @al":  {"@all"},
		"kv" + at + "get k @n":   {"@n1", "@n2", "@n3"},
		"kv" + at + "status n":   {"n1", "n2", "n3"},
		"kv" + at + "get host:8": {"host:80"},
		"kv" + at + "get two":    {"two words"},
	}
}

// completing is a cluster with some keys, a folder with the program kv, and the
// environment of a shell that completes it.
func completing(t *testing.T) (addr, dir string, env []string) {
	t.Helper()
	addr = newPlayground(t).Addresses()[0]
	kv(t, nil, "repl", addr, "-c", "put color blue; put host:80 x; put 'two words' y").expect(t, 0)
	dir = filepath.Dir(build(t, "kv/cmd/kv"))
	return addr, dir, append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "HOME="+t.TempDir(), "TERM=xterm", "KV_COMPLETION_WAIT=30s")
}

// shellOrSkip finds a shell; where it is not installed there is nothing to test.
func shellOrSkip(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	return path
}

func TestCompletionInBash(t *testing.T) {
	t.Parallel()
	bash := shellOrSkip(t, "bash")
	addr, _, env := completing(t)
	const script = `source <(kv completion bash); COMP_LINE=$1; COMP_POINT=${#1}; COMP_WORDS=(kv); _kv; printf '%s\n' "${COMPREPLY[@]}"`
	for line, want := range completions(addr) {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(bash, "--norc", "-c", script, "bash", line)
			cmd.Env = env
			r := finish(t, cmd)
			r.expect(t, 0)
			// bash replaces only what follows the last word break.
			part := line[strings.LastIndex(line, " ")+1:]
			cut := part[:strings.LastIndexAny(part, "@:")+1]
			for i := range want {
				want[i] = strings.ReplaceAll(strings.TrimPrefix(want[i], cut), " ", `\ `)
			}
			if got := strings.Fields(strings.ReplaceAll(r.out, `\ `, "\x00")); !slices.Equal(got, quoted(want)) {
				t.Errorf("%q offers %q, want %q", line, got, want)
			}
		})
	}
}

// quoted makes words of one field each.
func quoted(words []string) []string {
	var out []string
	for _, w := range words {
		out = append(out, strings.ReplaceAll(w, `\ `, "\x00"))
	}
	return out
}

func TestCompletionInFish(t *testing.T) {
	t.Parallel()
	fish := shellOrSkip(t, "fish")
	addr, _, env := completing(t)
	for line, want := range completions(addr) {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(fish, "--no-config", "-c", `kv completion fish | source; complete -C "$argv[1]"`, line)
			cmd.Env = env
			r := finish(t, cmd)
			r.expect(t, 0)
			var got []string
			for l := range strings.Lines(r.out) {
				word, _, _ := strings.Cut(strings.TrimSuffix(l, "\n"), "\t")
				got = append(got, word)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q offers %q, want %q", line, got, want)
			}
		})
	}
}

// In zsh only a person at a terminal can press Tab.
func TestCompletionInZsh(t *testing.T) {
	t.Parallel()
	zsh := shellOrSkip(t, "zsh")
	addr, _, env := completing(t)
	cmd := exec.Command(zsh, "-f", "-i")
	cmd.Env = env
	p := sitAt(t, cmd)
	p.types("PS1='ready> '; autoload -Uz compinit; compinit -u -D; source <(kv completion zsh)\r")
	p.sees(0, `ready> $`)
	for line, want := range completions(addr) {
		mark := p.mark()
		p.types("\x15") // a fresh line
		p.types(line + "\t")
		part := line[strings.LastIndex(line, " ")+1:]
		if len(want) > 1 {
			p.sees(mark, `(?s)`+want[0]+`\s.*`+want[len(want)-1])
			continue
		}
		tail := strings.ReplaceAll(strings.TrimPrefix(want[0], part), " ", `\ `)
		p.sees(mark, regexp.QuoteMeta(line)+`(?s).*?`+regexp.QuoteMeta(tail))
	}
}
