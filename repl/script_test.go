package repl

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"kv/repl/internal/fake"
)

func TestScriptsOfTransactionsAndLeases(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, script string
		keepGoing    bool
		code         int
		out, err     string // the end of the output, a part of the errors
	}{
		{name: "conditions that fail are no error", script: "put a 1\ntxn; if absent a; put a 2; else; get a; commit\nget a",
			out: "succeeded\tfalse\nGET\t1\ta\t1\n1\n"},
		{name: "a block in one argument", script: "txn 'if absent a; put a 1'; get a", out: "succeeded\ttrue\nPUT\t1\ta\n1\n"},
		{name: "left open at the end", script: "put a 1\n\ntxn\nput b 1\n", code: ExitUsage, err: "line 3: the transaction that begins here is never committed"},
		{name: "left open by exit", script: "txn\nput b 1\nexit", code: ExitUsage, err: "line 1: the transaction that begins here"},
		{name: "a wrong line stops it", script: "txn\npt b 1\ncommit", code: ExitUsage, err: "line 2: there is no command pt"},
		{name: "a wrong line is never left out", script: "txn\nput a 1\nput a\ncommit\nget a", keepGoing: true, code: ExitUsage,
			err: "line 4: line 3 of the transaction is wrong; nothing was sent\nline 5: (not found)"},
		{name: "nothing else inside", script: "txn; members", code: ExitUsage, err: "members has no place in a transaction"},
		{name: "aborted", script: "txn; put a 1; abort; list -count", out: "0\n"},
		{name: "outside of a block", script: "commit", code: ExitUsage, err: "`txn` begins one"},
		{name: "an open quote inside", script: "txn 'put a \"1'", code: ExitUsage, err: "never closed"},
		{name: "no such lease", script: "lease revoke 7", code: ExitNotFound, err: "`lease list`"},
		{name: "put with no such lease", script: "put a 1 -lease 7", code: ExitNotFound, err: "not done"},
		{name: "conflict", script: "put a 1 -if-rev 3", code: ExitFailed, err: "the key is not there"},
		{name: "compacted", script: "put a 1; put a 2; put a 3; compact 3; get a -rev 1", code: ExitFailed, err: "begins at revision 3"},
		{name: "of the future", script: "get a -rev 3", code: ExitFailed, err: "`status`"},
		{name: "no history", script: "history a", code: ExitNotFound, err: "no history"},
		{name: "deletes without asking", script: "put a 1; delete '' -prefix; list -count", out: "0\n"},
		{name: "a lease's id alone", script: "lease grant 30s", out: "1\n"},
		{name: "no unit", script: "lease grant 30", code: ExitUsage, err: "30s or 30m"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			cfg := testConfig(fake.New(), &out, &errs)
			cfg.KeepGoing = c.keepGoing
			if code := RunScript(t.Context(), cfg, strings.NewReader(c.script)); code != c.code {
				t.Errorf("code %d, want %d; errors:\n%s", code, c.code, errs.String())
			}
			if !strings.HasSuffix(out.String(), c.out) || !strings.Contains(errs.String(), c.err) {
				t.Errorf("output %q, errors %q", out.String(), errs.String())
			}
		})
	}
}

func TestOneCommandOfTwoWordsAndATransaction(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		words []string
		code  int
		out   string
	}{
		{[]string{"lease", "grant", "5s"}, ExitOK, "1\n"},
		{[]string{"lease"}, ExitUsage, "lease wants one of"},
		{[]string{"txn", "put a 1; get a"}, ExitOK, "succeeded\ttrue\nPUT\t1\ta\nGET\t1\ta\t1\n"},
		{[]string{"txn"}, ExitUsage, "txn wants its lines in one argument here"},
		{[]string{"help", "lease", "grant"}, ExitOK, "lease grant TTL"},
	} {
		var out bytes.Buffer
		if code := RunCommand(t.Context(), testConfig(fake.New(), &out, &out), c.words); code != c.code || !strings.HasPrefix(out.String(), c.out) {
			t.Errorf("%q: code %d, %q", c.words, code, out.String())
		}
	}
}

// A watch that nobody answers does not begin at all.
func TestAWatchThatCannotBegin(t *testing.T) {
	t.Parallel()
	store := fake.New()
	store.Hang = true
	var errs bytes.Buffer
	cfg := testConfig(store, io.Discard, &errs)
	cfg.Timeout = time.Millisecond
	code := RunCommand(t.Context(), cfg, []string{"watch"})
	if code != ExitFailed || !strings.Contains(errs.String(), "no answer came in time") {
		t.Errorf("code %d, %s", code, errs.String())
	}
}

// The watcher keeps showing that a transaction is open.
func TestThePromptKeepsTheMode(t *testing.T) {
	t.Parallel()
	var shown []string
	w := newWatcher(Config{Store: fake.New(), Refresh: time.Hour}, mustPrompt(t, "{cluster} {leader} {quorum}{read}{txn}> "), fake.Session(io.Discard, io.Discard), func(p string) { shown = append(shown, p) })
	for _, mode := range []string{"", "txn", ""} {
		w.setMode(mode, "")
		if _, err := w.look(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	want := "(unreachable)> |playground n1 3/3> |playground n1 3/3 txn> |playground n1 3/3 txn> |playground n1 3/3> |playground n1 3/3> "
	if got := strings.Join(shown, "|"); got != want {
		t.Errorf("prompts %s, want %s", got, want)
	}
}
