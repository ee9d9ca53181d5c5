package repl

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"kv/repl/data"
	"kv/repl/internal/fake"
	"kv/repl/shell"
)

func TestCompletionKnowsWhatMayFollow(t *testing.T) {
	t.Parallel()
	store := fake.New()
	for _, key := range []string{"user/1", "user/2"} {
		if _, err := store.Put(t.Context(), key, nil, data.Write{TTL: time.Second}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		line  string
		inTxn bool
		want  string
	}{
		{line: "le", want: "leader lease"},
		{line: "lease ", want: "grant keep-alive list revoke show"},
		{line: "lease ke", want: "keep-alive"},
		{line: "lease show ", want: "1 2"},
		{line: "put user/1 x -lease ", want: "1 2"},
		{line: "lease x y", want: ""},
		{line: "put $u", want: "$user $user_id"},
		{line: "put ${user_", want: "${user_id}"},
		{line: "put a$", want: "a$n a$user a$user_id"},
		{line: "put '$u", want: ""},
		{line: "unset u", want: "user user_id"},
		{line: "help @", want: "@cluster @data @leases @proving @seeing @shell @transactions"},
		{line: "help le", want: "leader lease"},
		{line: "help lease g", want: "grant"},
		{line: "help put ", want: ""},
		{line: "list -sort ", want: "create key mod version"},
		{line: "get -rev 3 us", want: "user/1 user/2"},
		{line: "delete us", want: "user/1 user/2"},
		{line: "delete x -f", want: "-from"},
		{line: "watch -from u", want: "user/1 user/2"},
		{line: "watch -n", want: "-no-deletes -no-puts"},
		{line: "watch -s", want: "-stale"},
		{line: "watch -pro", want: "-progress"},
		{line: "com", want: "compact"},
		{line: "com", inTxn: true, want: "commit"},
		{line: "", inTxn: true, want: "abort commit connect consistency delete drop echo edit else every exit expect format get ghost help hints if keys list pager put record repeat set show source timing unset"},
		{line: "list -sort=m", want: "mod"},
		{line: "every 1s get -s", want: "-stale"},
		{line: "5 put us", want: "user/1 user/2"},
		{line: "if ", inTxn: true, want: "absent create lease mod present value version"},
		{line: "if value us", inTxn: true, want: "user/1 user/2"},
		{line: "if value user/1 <", inTxn: true, want: "< <="},
		{line: "if -", inTxn: true, want: ""},
		{line: "every -", want: "-hex -n -o"},
		{line: "format j", want: "json jsonl"},
		{line: "get a -o ", want: "csv json jsonl plain raw table"},
		{line: "get a -o=c", want: "csv"},
		{line: "explain put a b -o js", want: "json jsonl"},
		{line: "leader -h", want: "-hex"},
		{line: "cut -", want: ""},
		{line: "every 1s le", want: "leader lease"},
		{line: "every -n 3 1s get us", want: "user/1 user/2"},
		{line: "every 1s list -co", want: "-count"},
		{line: "expect get us", want: "user/1 user/2"},
		{line: "expect get user/1 -s", want: "-stale"},
		{line: "set who = lea", want: "leader lease"},
		{line: "timing o", want: "off on"},
		{line: "5 ge", want: "get"},
		{line: "5 get us", want: "user/1 user/2"},
		{line: "repeat 5 lease sh", want: "show"},
		{line: "source testdata/scr", want: "testdata/script-more.txt testdata/script.txt"},
		{line: "source testd", want: "testdata/"},
		{line: "unset ", want: "n user user_id"},
		{line: "list > testdata/scr", want: "testdata/script-more.txt testdata/script.txt"},
		{line: "5 get a >>testdata/scr", want: "testdata/script-more.txt testdata/script.txt"},
		{line: "list > testdata/script.txt tes", want: ""},
		{line: "list >testdata/script.txt tes", want: ""},
		{line: "list | ta", want: ""},
		{line: "list |ta", want: ""},
		{line: "list | tail testdata/scr", want: "testdata/script-more.txt testdata/script.txt"},
		{line: "set '>' = le", want: "leader lease"},
		{line: "edit 2 pu", inTxn: true, want: "put"},
		{line: "edit 2 get us", inTxn: true, want: "user/1 user/2"},
		{line: "edit 2 put x y -p", inTxn: true, want: "-prev"},
	} {
		s := newSession(Config{Store: store, Out: io.Discard}, true)
		for _, name := range []string{"user", "user_id", "n"} {
			if err := s.Set(name, "x"); err != nil {
				t.Fatal(err)
			}
		}
		if c.inTxn {
			if err := s.Exec(t.Context(), []string{"txn"}); err != nil {
				t.Fatal(err)
			}
		}
		found := shell.NewCompleter(s).Complete(c.line)
		if found.Fetch != nil {
			found = found.Fetch(t.Context())
		}
		if got := strings.Join(found.Words, " "); got != c.want {
			t.Errorf("%q: %q, want %q", c.line, got, c.want)
		}
	}
}

// The commands of the operating system's shell are those that make sense there.
func TestOneShotCommands(t *testing.T) {
	t.Parallel()
	all := OneShot()
	for name, want := range map[string]bool{"put": true, "txn": true, "watch": true, "lease keep-alive": true,
		"commit": false, "if": false, "help": false, "kill": false} {
		if slices.Contains(all, name) != want {
			t.Errorf("%s is in %q: %t, want %t", name, all, !want, want)
		}
	}
	if slices.Index(all, "txn") > slices.Index(all, "lease grant") {
		t.Errorf("%q are not in the order of their groups", all)
	}
}
