package syntax

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseReadsAsAShellDoes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want [][]string
	}{
		{"", nil},
		{" ;; \n # only a comment ; put", nil},
		{"put a b", [][]string{{"put", "a", "b"}}},
		{"put a b; get a\nget b", [][]string{{"put", "a", "b"}, {"get", "a"}, {"get", "b"}}},
		{`put '' ""`, [][]string{{"put", "", ""}}},
		{`put a'b "c'\ d`, [][]string{{"put", `ab "c d`}}},
		{`x "\n\t\r\0\\\"\x41\xfF\q"`, [][]string{{"x", "\n\t\r\x00\\\"A\xffq"}}},
		{`x '\n' a#b # c`, [][]string{{"x", `\n`, "a#b"}}},
		{"x 'two\nlines'", [][]string{{"x", "two\nlines"}}},
		{"x a\\\nb", [][]string{{"x", "ab"}}},
		{"x \xff\x00\xfe", [][]string{{"x", "\xff\x00\xfe"}}},
		{"get a\r\nget b\r\n", [][]string{{"get", "a"}, {"get", "b"}}},
	} {
		got, err := Parse(c.text)
		if err != nil {
			t.Errorf("Parse(%q): %v", c.text, err)
		}
		if !slices.EqualFunc(got, c.want, func(s Statement, w []string) bool { return slices.Equal(Texts(s.Words), w) }) {
			t.Errorf("Parse(%q) = %v, want %q", c.text, got, c.want)
		}
	}
}

func TestParseSaysWhereItIsWrong(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Error{
		"get a\nput b 'c": {Line: 2, Column: 7},
		`put "a`:          {Line: 1, Column: 5},
		`put "\xg"`:       {Line: 1, Column: 8},
		`put a\`:          {Line: 1, Column: 6},
		"put a ${b":       {Line: 1, Column: 7},
		"put a \"$b":      {Line: 1, Column: 7},
		"put a \"x${b c}": {Line: 1, Column: 9},
	} {
		_, err := Parse(text)
		var got *Error
		if !errors.As(err, &got) || got.Line != want.Line || got.Column != want.Column {
			t.Errorf("Parse(%q): %v, want line %d, column %d", text, err, want.Line, want.Column)
		}
	}
}

func TestStatementsKnowTheirPlace(t *testing.T) {
	t.Parallel()
	got, err := Parse("a\n  b; 'c\nd' e\nf")
	if err != nil {
		t.Fatal(err)
	}
	var places [][2]int
	for _, s := range got {
		places = append(places, [2]int{s.Line, s.Column})
	}
	if want := [][2]int{{1, 1}, {2, 3}, {2, 6}, {4, 1}}; !slices.Equal(places, want) {
		t.Errorf("places %v, want %v", places, want)
	}
}

// Whatever bytes a word holds, quoting it and reading it gives it back.
func TestQuoteRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var words []string
		var text string
		for _, w := range rapid.SliceOfN(rapid.SliceOf(rapid.Byte()), 1, 4).Draw(t, "words") {
			words = append(words, string(w))
			text += Quote(string(w)) + " "
		}
		got, err := Parse(text)
		if err != nil || len(got) != 1 || !slices.Equal(Texts(got[0].Words), words) {
			t.Fatalf("Parse(%q) = %v, %v, want %q", text, got, err, words)
		}
	})
}

// isText reports whether a word is this text, whatever a variable holds.
func isText(w Word, text string) bool {
	e, err := w.Expand(func(string) (string, error) { return "", errors.New("a variable") })
	return err == nil && e.Text == text && w.Op == 0
}

// sameAsText checks that a statement's text reads as the statement.
func sameAsText(t *testing.T, s Statement) {
	t.Helper()
	again, err := Parse(s.Text)
	if err != nil || len(again) != 1 || !reflect.DeepEqual(again[0].Words, s.Words) {
		t.Fatalf("%v has the text %q, which reads as %v, %v", s.Words, s.Text, again, err)
	}
	for _, w := range s.Words {
		from, err := Parse(s.Text[w.At:])
		if err != nil || len(from) != 1 || from[0].Words[0].Text != w.Text {
			t.Fatalf("%q does not begin at %d of %q", w.Text, w.At, s.Text)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"put a 'b c'; get a # x", `x "\x41`, "\\", "'", "a\\\nb", "\xff\x00;",
		`set a "$b${c}$?" > x >>y | z`, "a $1$", "\\\n\\a"} {
		f.Add(seed, 3)
	}
	f.Fuzz(func(t *testing.T, text string, at int) {
		whole, err := Parse(text)
		// Pieces give what the whole gives.
		if at < 0 || at > len(text) {
			at = len(text) / 2
		}
		var l Lexer
		parts := append(l.Feed(text[:at]), l.Feed(text[at:])...)
		parts = append(parts, l.Finish()...)
		if (err == nil) != (l.Err() == nil) || len(parts) != len(whole) {
			t.Fatalf("pieces of %q give %v, %v; the whole %v, %v", text, parts, l.Err(), whole, err)
		}
		// What was read can be written and read again.
		for i, s := range whole {
			sameAsText(t, s)
			if !reflect.DeepEqual(s, parts[i]) || len(s.Words) == 0 {
				t.Fatalf("statement %d of %q: %v and %v", i, text, s.Words, parts[i].Words)
			}
			for _, w := range s.Words {
				again, err := Parse(Quote(w.Text))
				if err != nil || len(again) != 1 || len(again[0].Words) != 1 || !isText(again[0].Words[0], w.Text) {
					t.Fatalf("Quote(%q) = %s reads as %v, %v", w.Text, Quote(w.Text), again, err)
				}
			}
		}
	})
}

// What Tail says, typed after the beginning of a word, makes it the whole word.
func TestTailEndsTheWord(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.StringMatching(`[ -~é]{0,4}`).Draw(t, "part")
		word := part + rapid.StringMatching(`[ -~é]{0,4}`).Draw(t, "rest")
		typed := map[string]string{
			"none":   escapeRest(part, false),
			"single": "'" + strings.ReplaceAll(part, "'", `'\''`),
			"double": strings.TrimSuffix(quoteDouble(part), `"`),
		}[rapid.SampledFrom([]string{"none", "single", "double"}).Draw(t, "quotes")]
		var l Lexer
		l.Feed("get " + typed)
		tail, ok := l.Tail(word)
		if !ok {
			return
		}
		got, err := Parse("get " + typed + tail + "next")
		if err != nil || len(got) != 1 || !slices.Equal(Texts(got[0].Words), []string{"get", word, "next"}) {
			t.Fatalf("%q and the tail %q read as %v, %v", typed, tail, got, err)
		}
	})
}
