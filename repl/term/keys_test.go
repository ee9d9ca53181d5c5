package term

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

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
