package repl

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kv/repl/internal/fake"
	"kv/repl/shell"
	"kv/repl/syntax"
)

// typeInto gives texts to a session as a person types them.
func typeInto(t *testing.T, s *shell.Session, texts ...string) {
	t.Helper()
	for _, text := range texts {
		statements, err := syntax.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		s.Answer(t.Context(), statements)
	}
}

func TestARecordCanBePlayedAgain(t *testing.T) {
	t.Parallel()
	dir := folder(t, "-- other.kv --\nput c $1")
	path := filepath.Join(dir, "a record.kv")
	var out bytes.Buffer
	cfg := testConfig(fake.New(), &out, &out)
	cfg.Color = "always"
	s := newSession(cfg, true)
	s.Private = func(text string) bool { return strings.Contains(text, "password") }
	typeInto(t, s, "put before 1", "record '"+path+"'", "put a 'one\ntwo'", "set x 5; put b $x", " put hidden 1", "put password 1",
		"get none", "get a", "txn; if present a; put d 1; commit", "source "+dir+"/other.kv 9", "record", "ptu a\\\n b", "expect get b == 5", "every -n 2 1ms get b",
		`put bin "\xff\x07"; get bin`, "record stop", "put after 1")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := `put a 'one
two'
#   OK  rev 2  leader n1  1.0 ms
set x 5
put b $x
#   OK  rev 3  leader n1  1.0 ms
# failed: get none
#   (not found)
get a
#   one
#   two
#   rev 2  version 1  from n1  1.0 ms
txn
#   if, put, get, delete, list, else; then ` + "`commit`, or `abort`; `help txn`" + ` tells more
if present a
put d 1
commit
#   OK  conditions hold  rev 6  leader n1  1.0 ms
#      put d 1  done
source DIR/other.kv 9
#   OK  rev 7  leader n1  1.0 ms
# failed: ptu a\
#          b
#   there is no command ptu; did you mean put?
expect get b == 5
#   as expected  2.0 ms
every -n 2 1ms get b
#   5
#   rev 3  version 1  from n1  1.0 ms
#   5
#   rev 3  version 1  from n1  1.0 ms
put bin "\xff\x07"
#   OK  rev 8  leader n1  1.0 ms
get bin
#   "\xff\x07"
#   rev 8  version 1  from n1  1.0 ms
`
	if text := strings.ReplaceAll(string(got), dir, "DIR"); text != want {
		t.Errorf("recorded\n%s\nwant\n%s", text, want)
	}
	store := fake.New()
	for script, want := range map[string]string{"source '" + path + "'": "5\n", "get a; get d; list -count": "one\ntwo\n1\n5\n"} {
		out.Reset()
		if code := RunScript(t.Context(), testConfig(store, &out, &out), strings.NewReader("source '"+path+"'\n"+script)); code != ExitOK || !strings.HasSuffix(out.String(), want) && !strings.HasPrefix(script, "source") {
			t.Errorf("%s: code %d\n%s", script, code, out.String())
		}
	}
}

func TestARecordOverwritesNothing(t *testing.T) {
	t.Parallel()
	dir := folder(t, "-- there.kv --\nput a 1")
	path := filepath.Join(dir, "there.kv")
	var errs bytes.Buffer
	s := newSession(testConfig(fake.New(), io.Discard, &errs), false)
	typeInto(t, s, "record "+path, "record", "record stop", "record -a "+path, "record x", "put b 2", "record stop")
	want := "DIR/there.kv is there already; `record -a DIR/there.kv` adds to it\n" + strings.Repeat("nothing is being recorded; `record FILE` begins\n", 2) +
		"DIR/there.kv is being recorded already; `record stop` ends it\n"
	if got := strings.ReplaceAll(errs.String(), dir, "DIR"); got != want {
		t.Errorf("errors\n%s, want\n%s", got, want)
	}
	if got, err := os.ReadFile(path); err != nil || !strings.HasPrefix(string(got), "put a 1\nput b 2\n#   OK") {
		t.Errorf("%q, %v", got, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}
