package repl

import (
	"bytes"
	"errors"
	"slices"
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
		if !slices.EqualFunc(got, c.want, func(s Statement, w []string) bool { return slices.Equal(s.Words, w) }) {
			t.Errorf("Parse(%q) = %v, want %q", c.text, got, c.want)
		}
	}
}

func TestParseSaysWhereItIsWrong(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]ParseError{
		"get a\nput b 'c": {Line: 2, Column: 7},
		`put "a`:          {Line: 1, Column: 5},
		`put "\xg"`:       {Line: 1, Column: 8},
		`put a\`:          {Line: 1, Column: 6},
	} {
		_, err := Parse(text)
		var got *ParseError
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
		if err != nil || len(got) != 1 || !slices.Equal(got[0].Words, words) {
			t.Fatalf("Parse(%q) = %v, %v, want %q", text, got, err, words)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"put a 'b c'; get a # x", `x "\x41`, "\\", "'", "a\\\nb", "\xff\x00;"} {
		f.Add(seed, 3)
	}
	f.Fuzz(func(t *testing.T, text string, at int) {
		whole, err := Parse(text)
		// Pieces give what the whole gives.
		if at < 0 || at > len(text) {
			at = len(text) / 2
		}
		var l lexer
		parts := append(l.feed(text[:at]), l.feed(text[at:])...)
		parts = append(parts, l.finish()...)
		if (err == nil) != (l.err() == nil) || len(parts) != len(whole) {
			t.Fatalf("pieces of %q give %v, %v; the whole %v, %v", text, parts, l.err(), whole, err)
		}
		// What was read can be written and read again.
		for i, s := range whole {
			if !slices.Equal(s.Words, parts[i].Words) || len(s.Words) == 0 {
				t.Fatalf("statement %d of %q: %q and %q", i, text, s.Words, parts[i].Words)
			}
			for _, w := range s.Words {
				again, err := Parse(Quote(w))
				if err != nil || len(again) != 1 || again[0].Words[0] != w {
					t.Fatalf("Quote(%q) = %s reads as %v, %v", w, Quote(w), again, err)
				}
			}
		}
	})
}

// However the terminal's bytes are cut, readline gets the same.
func TestKeyFilterDoesNotCareForPieces(t *testing.T) {
	t.Parallel()
	piece := rapid.SampledFrom([]string{"a", "\x1b", "[", "3~", "1;5D", "\x1b[200~", "\x1b[201~", "\r", "\n", "\t", "\x04", "7", ";", "~", "é"})
	rapid.Check(t, func(t *rapid.T) {
		var in []byte
		for _, p := range rapid.SliceOf(piece).Draw(t, "keys") {
			in = append(in, p...)
		}
		var whole, bytewise keyFilter
		want := whole.feed(nil, in)
		var got []byte
		for _, c := range in {
			got = bytewise.feed(got, []byte{c})
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("%q: %q in pieces, %q whole", in, got, want)
		}
	})
}

func TestKeyFilter(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"\x1b[1~x\x1b[4~":             "\x01x\x05",
		"\x1b[1;5D\x1b[1;5C":          "\x1bb\x1bf",
		"\x1b[3~":                     string(markDelete) + "\x1b[3~",
		"\x1b[A":                      "\x1b[A",
		"\x1bb":                       "\x1bb",
		"\x1b[200~a\r\nb\tc\x1b[201~": "a" + string(markNewline) + "b" + string(markTab) + "c",
		"\x1b[200~\x03\x1b[31mx\x04\x1b[201~\x03": "x\x03",
	} {
		var f keyFilter
		if got := f.feed(nil, []byte(in)); string(got) != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}
