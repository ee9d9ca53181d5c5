package repl

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kv/repl/internal/fake"
)

// play runs a script in a folder of its own, which stands for $1, and returns what it
// prints, its exit code, and how to read a file of the folder.
func play(t *testing.T, script string, keepGoing bool) (out, errs string, code int, file func(string) string) {
	t.Helper()
	dir := t.TempDir()
	var o, e bytes.Buffer
	cfg := testConfig(fake.New(), &o, &e)
	cfg.KeepGoing, cfg.ScriptFile, cfg.ScriptArgs = keepGoing, filepath.Join(dir, "test.kv"), []string{dir}
	code = RunScript(t.Context(), cfg, strings.NewReader(script))
	return o.String(), e.String(), code, func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return "none"
		}
		return string(text)
	}
}

func TestAnAnswerGoesIntoAFile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, script, want string }{
		{"in the form of scripts", "put a 'x y'; list > $1/f", "a\t'x y'\n"},
		{"without a blank, and with one in the name", "echo x >$1/'f'; echo y >>\"$1/f\"", "x\ny\n"},
		{"all of a repeated command", "put a 1; 5 get a > $1/f", "1\n1\n1\n1\n1\n"},
		{"all of every time", "every -n 2 1ms echo x > $1/f", "x\nx\n"},
		{"a shorter one leaves nothing of a longer", "echo long > $1/f; echo s > $1/f", "s\n"},
		{"a transaction's", "txn; put a 1; get a; commit > $1/f", "succeeded\ttrue\nPUT\t1\ta\nGET\t1\ta\t1\n"},
		{"what is captured goes no further", "put a 1; set v = get a > $1/f; echo \"[$v]\" >> $1/f", "1\n[]\n"},
		{"what changes something says so there", "put a 1 > $1/f", "OK  rev 1  leader n1  1.0 ms\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out, errs, code, file := play(t, c.script, false)
			if got := file("f"); got != c.want || code != ExitOK || strings.Contains(out, c.want) {
				t.Errorf("the file holds %q; code %d, output %q, errors %q", got, code, out, errs)
			}
		})
	}
}

// A file that cannot be opened is known before anything is done, and a command that fails
// leaves what was there.
func TestAFailureAndAFile(t *testing.T) {
	t.Parallel()
	_, errs, _, _ := play(t, "repeat 2 get none > $1/f", false)
	if !strings.Contains(errs, "(not found)") || !strings.Contains(errs, "that was time 1 of 2") {
		t.Errorf("it is not all told: %s", errs)
	}
	_, errs, code, file := play(t, "echo old > $1/f; get none > $1/f\nget none > $1/new; put a 1 > $1/no/f; list a > $1/left", true)
	if file("f") != "old\n" || file("new") != "none" || file("left") != "" || code != ExitNotFound {
		t.Errorf("files %q, %q, %q; code %d", file("f"), file("new"), file("left"), code)
	}
	if !strings.Contains(errs, `no" first`) || !strings.Contains(errs, "test.kv:2: (not found)") {
		t.Errorf("errors: %s", errs)
	}
}

// What a file that is sourced prints goes where the answer of `source` does, but what one
// of its lines leads elsewhere.
func TestASourcedFileIsLedElsewhere(t *testing.T) {
	t.Parallel()
	out, errs, code, file := play(t, `echo 'echo one; echo two > $1/inner; echo three | cat; get none' > $1/s.kv
source $1/s.kv $1 > $1/f`, false)
	if file("f") != "one\nthree\n" || file("inner") != "two\n" || out != "" || code != ExitNotFound {
		t.Errorf("files %q, %q; code %d, output %q", file("f"), file("inner"), code, out)
	}
	if !strings.Contains(errs, "s.kv:1: (not found)") {
		t.Errorf("errors: %s", errs)
	}
}

// A program that reads nothing stops what only looks, and nothing else: what writes is
// done to its end.
func TestAReaderThatStopsEarly(t *testing.T) {
	t.Parallel()
	out, errs, code, _ := play(t, `3 put a 1 | true
watch | true
every 1h list | true
1000000 echo x | head -1
echo '20 put a 2' > $1/s.kv; source $1/s.kv | true
get a`, false)
	if out != "x\n2\n" || errs != "" || code != ExitOK {
		t.Errorf("code %d, output %q, errors %q", code, out, errs)
	}
}

func TestAProgramThatFailsEndsAScript(t *testing.T) {
	t.Parallel()
	out, errs, code, _ := play(t, "put a 1 | sed s/OK.*/done/\nget a | grep 2\nget a", false)
	if out != "done\n" || !strings.Contains(errs, "test.kv:2: error: `grep 2`: exit code 1") || code != ExitFailed {
		t.Errorf("code %d, output %q, errors %q", code, out, errs)
	}
}

func TestALineOfATransactionThatIsLedElsewhereIsMissing(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"put b 1 > $1/f", "get a | cat", "put b $none"} {
		_, errs, code, _ := play(t, "txn\nput a 1\n"+line+"\ncommit\nget a", true)
		if !strings.Contains(errs, "line 3 of the transaction is wrong") || !strings.Contains(errs, ":5: (not found)") || code != ExitUsage {
			t.Errorf("%s: code %d, errors %q", line, code, errs)
		}
	}
}

// A record keeps what was typed; what went elsewhere is not among its results.
func TestARecordAndWhatIsLedElsewhere(t *testing.T) {
	t.Parallel()
	_, errs, code, file := play(t, "record $1/r; put a 1 > $1/f; get a | cat; get a; record stop", false)
	if file("r") != "put a 1 > $1/f\nget a | cat\nget a\n#   1\n" || code != ExitOK {
		t.Errorf("record %q; code %d, errors %q", file("r"), code, errs)
	}
}
