package shell

import (
	"slices"
	"strings"
	"testing"
)

func TestRefill(t *testing.T) {
	t.Parallel()
	row := "raw    as plain, but bytes for bytes, and what else there is to say about it"
	for name, c := range map[string]struct{ text, want []string }{
		"fits": {[]string{"a", "b"}, []string{"a", "b"}},
		"one line is too wide": {
			[]string{strings.Repeat("word ", 16) + "word", "end. Next.", "On purpose."},
			[]string{strings.TrimSpace(strings.Repeat("word ", 15)), "word word end. Next.", "On purpose."},
		},
		"a table stays": {
			[]string{strings.Repeat("word ", 16) + "word", row, "after"},
			[]string{strings.TrimSpace(strings.Repeat("word ", 15)), "word word", row, "after"},
		},
	} {
		if got := refill(strings.Join(c.text, "\n")+"\n", 78); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}
