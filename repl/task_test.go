package repl

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// A manual has all that is known of a command, and fits a screen.
func TestEveryManualFitsAScreen(t *testing.T) {
	t.Parallel()
	const rows, columns = 40, 80
	for _, c := range table() {
		var out bytes.Buffer
		cfg := testConfig(nil, &out, io.Discard)
		if code := Manual(t.Context(), cfg, strings.Fields(c.Name)); code != ExitOK {
			t.Errorf("%s: code %d", c.Name, code)
			continue
		}
		text := out.String()
		if n := strings.Count(text, "\n"); n > rows {
			t.Errorf("the manual of %s has %d rows", c.Name, n)
		}
		for l := range strings.Lines(text) {
			if len([]rune(l)) > columns+1 {
				t.Errorf("the manual of %s has a line that is too wide: %s", c.Name, l)
			}
		}
		flat := strings.Join(strings.Fields(text), " ")
		for _, want := range []string{c.Summary, strings.Join(strings.Fields(c.Help), " "), c.Example} {
			if !strings.Contains(flat, strings.Join(strings.Fields(want), " ")) {
				t.Errorf("the manual of %s lacks %q", c.Name, want)
			}
		}
		for _, o := range c.Options {
			if !strings.Contains(flat, "-"+o.Name) || !strings.Contains(flat, o.Help) {
				t.Errorf("the manual of %s lacks -%s", c.Name, o.Name)
			}
		}
	}
}

func TestTheManualOfGet(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	cfg := testConfig(nil, &out, &errs)
	Manual(t.Context(), cfg, []string{"remove"})
	want := `NAME
  remove - take a member out for good
USAGE
  kv remove NAME [-y]
DESCRIPTION
  At the prompt you are told first what it means for the quorum, and asked. The
  cluster refuses what would leave it without a majority, whatever you say.
  Exit code: 0 done, 1 surely not done, 4 nobody knows, 5 no quorum.
OPTIONS
  -y  do not ask, nor refuse in a script what would lose the quorum
  -o FORMAT, -hex  how the answer is printed; see: kv help format
EXAMPLE
  kv remove n3
SEE ALSO
`
	if got := out.String(); !strings.HasPrefix(got, want) {
		t.Errorf("%s\ninstead of\n%s", got, want)
	}
	if code := Manual(t.Context(), cfg, []string{"gte"}); code != ExitUsage || !strings.Contains(errs.String(), "did you mean get?") {
		t.Errorf("code %d, %s", code, errs.String())
	}
	if code := Manual(t.Context(), cfg, []string{"lease"}); code != ExitOK {
		t.Errorf("a family: code %d", code)
	}
	if code := Manual(t.Context(), cfg, []string{"get", "x"}); code != ExitUsage {
		t.Errorf("a word too many: code %d", code)
	}
}
