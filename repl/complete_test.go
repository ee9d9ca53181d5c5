package repl

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kv/client"
	"kv/repl/syntax"
)

func TestCompletionKnowsWhatMayFollow(t *testing.T) {
	t.Parallel()
	store := newFakeStore()
	for _, key := range []string{"user/1", "user/2"} {
		if _, err := store.Put(t.Context(), key, nil, Write{TTL: time.Second}); err != nil {
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
		{line: "", inTxn: true, want: "abort commit delete drop edit else exit get help if list put show"},
		{line: "if ", inTxn: true, want: "absent create lease mod present value version"},
		{line: "if value us", inTxn: true, want: "user/1 user/2"},
		{line: "if value user/1 <", inTxn: true, want: "< <="},
		{line: "if -", inTxn: true, want: ""},
		{line: "edit 2 p", inTxn: true, want: "put"},
		{line: "edit 2 get us", inTxn: true, want: "user/1 user/2"},
		{line: "edit 2 put x y -p", inTxn: true, want: "-prev"},
	} {
		s := newSession(Config{Store: store}, true)
		if c.inTxn {
			s.open = &openTxn{}
		}
		var l syntax.Lexer
		l.Feed(c.line)
		if got := strings.Join(newCompleter(s).candidates(l.Begun()), " "); got != c.want {
			t.Errorf("%q: %q, want %q", c.line, got, c.want)
		}
	}
}

func TestKindsSayWhatTheyWant(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind Kind
		word string
		n    uint64
		want string
	}{
		{KindNumber, "0", 0, ""},
		{KindNumber, "18446744073709551615", 1<<64 - 1, ""},
		{KindNumber, "18446744073709551616", 0, "a whole number, not 18446744073709551616"},
		{KindNumber, "-1", 0, "a whole number, not -1"},
		{KindNumber, "1.5", 0, "a whole number"},
		{KindPositive, "0", 0, "from 1, not 0"},
		{KindPositive, "7", 7, ""},
		{KindLease, "0", 0, "from 1"},
		{KindDuration, "30s", uint64(30 * time.Second), ""},
		{KindDuration, "1h30m", uint64(90 * time.Minute), ""},
		{KindDuration, "30", 0, "wants a unit: 30s or 30m"},
		{KindDuration, "0s", 0, "above 0"},
		{KindDuration, "-3s", 0, "above 0"},
		{KindDuration, "3 s", 0, "such as 30s"},
		{KindDuration, "", 0, "such as 30s"},
		{KindOrder, "mod", 0, ""},
		{KindOrder, "size", 0, "one of key, create, mod, version"},
		{KindField, "a", 0, "if value a = 1"},
		{KindText, "-x", 0, ""},
	} {
		n, complaint := c.kind.read(c.word)
		if n != c.n || (complaint == "") != (c.want == "") || !strings.Contains(complaint, c.want) {
			t.Errorf("kind %d of %q: %d, %q, want %d, %q", c.kind, c.word, n, complaint, c.n, c.want)
		}
	}
}

func TestRangesInWords(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]client.Range{
		"under user/":  client.Prefix("user/"),
		`under "\xff"`: client.Prefix("\xff"),
		"from a on":    {From: "a"},
		"before 'b c'": {To: "b c"},
		"from a to c":  {From: "a", To: "c"},
	} {
		if got := rangeText(r); got != want {
			t.Errorf("%+v: %s, want %s", r, got, want)
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
}

func TestALeaseLastsInFewWords(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		30 * time.Second: "30s", 5 * time.Minute: "5m", time.Hour: "1h", 90 * time.Minute: "1h30m",
		time.Hour + time.Second: "1h0m1s", 1234 * time.Millisecond: "1.2s", 20 * time.Minute: "20m", 100 * time.Hour: "100h", 0: "0s",
	} {
		if got := lasts(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}
