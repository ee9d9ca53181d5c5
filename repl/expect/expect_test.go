package expect

import (
	"testing"

	"kv/repl/shell"
	"kv/repl/syntax"
)

func TestNumbersAndTimesAreCompared(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		found, op, want string
		ok              bool
	}{
		{"18446744073709551615", ">", "18446744073709551614", true}, {"2", "<", "10", true}, {"-1", "<", "0.5", true}, {"1.0", "<=", "1", true},
		{"20 ms", "<", "1s", true}, {"1.20 s", ">", "1s", true}, {"20", "<", "1s", false}, {"x", "<", "1", false}, {"", ">=", "0", false}, {" 3\n", ">=", "3", true},
	} {
		o := operators[c.op]
		if err := o.check(c.want); err != nil {
			t.Errorf("%s: %v", c.want, err)
		}
		if ok, err := o.holds(c.want, shell.Reply{Value: c.found}); ok != c.ok || err != nil {
			t.Errorf("%q %s %s: %t, %v", c.found, c.op, c.want, ok, err)
		}
	}
}

// No line of words makes expect panic, and what it reads is all of them.
func FuzzExpectation(f *testing.F) {
	for _, seed := range []string{"get a == 1 @all within 3s", "leader != n1", "$x matches ( within", "== == ==", "get a fails with conflict", "@all within 1s", "a @b @c within 1s within 2s", `"$x" > 3 @a`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		statements, err := syntax.Parse(text)
		if err != nil {
			return
		}
		for _, st := range statements {
			words := make([]syntax.Word, len(st.Words))
			for i, w := range st.Words {
				if words[i], err = w.Expand(func(string) (string, error) { return "v", nil }); err != nil {
					t.Fatal(err)
				}
			}
			e, err := Read(words)
			if err != nil {
				continue
			}
			if _, err := e.holds(shell.Reply{Text: "v 1", Value: "1"}); err != nil {
				t.Errorf("%s: %v", e, err)
			}
			if len(e.subject) == 0 || e.text && !e.subject[0].Fixed {
				t.Errorf("%q: subject %v", text, e.subject)
			}
		}
	})
}
