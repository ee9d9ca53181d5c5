package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestFilled(t *testing.T) {
	t.Parallel()
	got := filled([]string{"put", "get", "lease keep-alive", "ls"}, 9)
	if want := []string{"put, get,", "lease keep-alive,", "ls"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// An alias of kv with flags is kv all the same, also for what asks no cluster; and help that
// is asked for by a flag is in the format of those before it.
func TestFlagsBeforeWhatAsksNoCluster(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"-addr localhost:1 -o json help put": `{"command":"put"`,
		"-addr localhost:1 -o json -h put":   `{"command":"put"`,
		"-o json -addr localhost:1 version":  `{"version":`,
		"-addr localhost:1 -h":               "kv is a replicated",
		"-context none help put":             "NAME\n  put - ",
	} {
		var out, err bytes.Buffer
		if code := run(t.Context(), strings.Fields(line), streams{strings.NewReader(""), &out, &err}); code != 0 || !strings.HasPrefix(out.String(), want) {
			t.Errorf("kv %s: code %d\n%.200s%s", line, code, &out, &err)
		}
	}
}
