package repl

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kv/proto/kverr"
	"kv/repl/internal/fake"
	"kv/repl/syntax"
)

func testConfig(store Store, out, err io.Writer) Config {
	return Config{Store: store, Out: out, Err: err, Color: "never", Now: fake.Clock()}
}

// faults are what a transcript can order with `% fault NAME`.
var faults = map[string]error{
	"none": nil, "no-leader": kverr.ErrNoLeader, "no-quorum": kverr.ErrNoQuorum,
	"unreachable": kverr.ErrUnreachable, "lost": kverr.ErrLostConnection, "timeout": kverr.ErrTimeout,
	"conflict": kverr.ErrConflict.WithRevision(7), "quota": kverr.ErrQuota, "session": kverr.ErrSessionUnknown,
	"lease-after-unknown": unknownLease(),
	"too-large":           kverr.ErrResultTooLarge, "compacted": kverr.ErrCompacted.WithRevision(9),
	"not-leader": kverr.ErrNotLeader.WithLeader(kverr.Leader{Name: "n2", Address: "localhost:8082"}),
}

// unknownLease is what a call ends with whose first attempt had an unknown end and
// whose second found the lease gone.
func unknownLease() error {
	e := kverr.ErrLeaseNotFound.Withf("no such lease")
	e.Outcome = kverr.Unknown
	return e
}

// Each file of testdata is a session: a `> ` before what is typed, a `! ` before
// what goes to the error stream. -rewrite accepts what it shows now.
func TestTranscripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := replay(string(want), t.TempDir())
			if *rewrite {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got != string(want) {
				t.Errorf("%s shows now\n%s\ninstead of\n%s", file, got, want)
			}
		})
	}
}

// replay plays a session again. DIR in it is a folder of its own.
func replay(transcript, dir string) string {
	var out bytes.Buffer
	store := fake.New()
	cfg := testConfig(store, &out, bangWriter{&out})
	cfg.Width = 60
	switch {
	case strings.Contains(transcript, "% wide\n"):
		cfg.Width = 100
	case strings.Contains(transcript, "% boundless\n"): // the name of DIR has another length each time
		cfg.Width = 0
	}
	if strings.Contains(transcript, "% lab\n") {
		cfg.Lab = fake.Lab{"n1": "running", "n2": "running"}
	}
	s := newSession(cfg, !strings.Contains(transcript, "% script\n"))
	yes := false
	if s.Human {
		s.Ask = func(question string) bool { fmt.Fprintf(&out, "%s%t\n", question, yes); return yes }
	}
	for l := range strings.Lines(transcript) {
		l = strings.TrimSuffix(l, "\n")
		switch {
		case strings.HasPrefix(l, "% "):
			out.WriteString(l + "\n")
			if name, ok := strings.CutPrefix(l, "% fault "); ok {
				store.Fail = faults[name]
			}
			if name, ok := strings.CutPrefix(l, "% silent "); ok {
				store.Silent = name
			}
			if name, ok := strings.CutPrefix(l, "% differs "); ok {
				store.Differs = name
			}
			yes = l == "% yes"
		case strings.HasPrefix(l, "> "):
			out.WriteString(l + "\n")
			statements, err := syntax.Parse(strings.ReplaceAll(l[2:], "DIR", dir))
			if err != nil {
				s.Fail(err)
			}
			if s.Answer(context.Background(), statements) {
				out.WriteString("(left)\n")
			}
		}
	}
	return strings.ReplaceAll(out.String(), dir, "DIR")
}

// bangWriter marks the lines of the error stream.
type bangWriter struct{ w io.Writer }

func (b bangWriter) Write(p []byte) (int, error) {
	for l := range strings.Lines(string(p)) {
		if _, err := io.WriteString(b.w, "! "+l); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

func TestScriptsEndWithACodeThatSaysWhy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, script, fault string
		keepGoing           bool
		code                int
		out, err            string
	}{
		{name: "all works", script: "put a 1; get a\nexit\nget b", out: "1\n"},
		{name: "stops at a missing key", script: "put a 1\nget b\nget a", code: ExitNotFound, err: "line 2: (not found)"},
		{name: "goes on if told", script: "get b\nput a 1\nget a", keepGoing: true, code: ExitNotFound, out: "1\n"},
		{name: "unknown command", script: "gte a", code: ExitUsage, err: "did you mean get?"},
		{name: "open quote", script: "put a 1\nput b 'x", code: ExitUsage, err: "line 2, column 7"},
		{name: "value over lines", script: "put a 'x\ny'\nget a", out: "x\ny\n"},
		{name: "write with unknown outcome", script: "put a 1", fault: "lost", code: ExitUnknown, err: "outcome: unknown"},
		{name: "read that times out", script: "get a", fault: "timeout", code: ExitFailed, err: "no answer came in time"},
		{name: "no leader", script: "put a 1", fault: "no-leader", code: ExitNoQuorum, err: "not done"},
		{name: "no quorum", script: "get a", fault: "no-quorum", code: ExitNoQuorum},
		{name: "unreachable", script: "put a 1", fault: "unreachable", code: ExitFailed, err: "not done"},
		{name: "no such member", script: "remove x9", code: ExitNotFound},
		{name: "unknown outweighs not found", script: "lease revoke 1", fault: "lease-after-unknown", code: ExitUnknown, err: "outcome: unknown"},
		{name: "no playground", script: "kill n1", code: ExitUsage, err: "playground only"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			store := fake.New()
			store.Fail = faults[c.fault]
			cfg := testConfig(store, &out, &errs)
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

func TestALongLineIsTaken(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	value := strings.Repeat("v", 3<<20/2)
	code := RunScript(t.Context(), testConfig(fake.New(), &out, io.Discard),
		strings.NewReader("put a "+value+"\nget a\n"))
	if code != ExitOK || !strings.HasSuffix(out.String(), "\n"+value+"\n") {
		t.Errorf("code %d, %d bytes of output", code, out.Len())
	}
}

func TestOneCommand(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	cfg := testConfig(fake.New(), &out, io.Discard)
	if code := RunCommand(t.Context(), cfg, []string{"put", "a", "--", "-5 # 'x"}); code != ExitOK {
		t.Fatalf("put: code %d", code)
	}
	out.Reset()
	if code := RunCommand(t.Context(), cfg, []string{"get", "a"}); code != ExitOK || out.String() != "-5 # 'x\n" {
		t.Errorf("get: code %d, %q", code, out.String())
	}
	if code := RunCommand(t.Context(), cfg, []string{"get", "b"}); code != ExitNotFound {
		t.Errorf("get of a missing key: code %d", code)
	}
	if code := RunCommand(t.Context(), cfg, nil); code != ExitUsage {
		t.Errorf("no words: code %d", code)
	}
}

// Every row of the table explains itself, and its example works.
func TestEveryCommandIsComplete(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range table() {
		for _, n := range append([]string{c.Name}, c.Aliases...) {
			n = fmt.Sprintf("%s, in a transaction: %t", n, c.InTxn)
			if seen[n] {
				t.Errorf("%s names two commands", n)
			}
			seen[n] = true
		}
		if c.Summary == "" || c.Help == "" || !strings.HasSuffix(c.Help, "\n") || (c.Run == nil) != c.Line {
			t.Errorf("%s is not complete", c.Name)
		}
		st, err := syntax.Parse(c.Example)
		if err != nil || len(st) != 1 {
			t.Errorf("%s: example %q is no use of it: %v", c.Name, c.Example, err)
			continue
		}
		found, n := table().For(c.InTxn).Lookup(syntax.Texts(st[0].Words))
		if found == nil || found.Name != c.Name {
			t.Errorf("%s: example %q is no use of it", c.Name, c.Example)
			continue
		}
		if _, err := c.Parse(syntax.Texts(st[0].Words[n:])); err != nil {
			t.Errorf("%s: example %q: %v", c.Name, c.Example, err)
		}
		if !strings.Contains(Reference(), "`"+strings.ReplaceAll(c.Usage(), "|", `\|`)+"`") {
			t.Errorf("%s is not in the reference", c.Name)
		}
	}
}
