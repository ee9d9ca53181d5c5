package term

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// filtered is what readline gets of the pieces, with the pastes behind.
func filtered(pieces ...string) string {
	f := keyFilter{pastes: new(pastes)}
	var got []byte
	for _, p := range pieces {
		got = f.feed(got, []byte(p))
	}
	all := string(got)
	for _, text := range f.pastes.texts {
		all += "|" + text
	}
	return all
}

// However the terminal's bytes are cut, readline gets the same, and never an ESC.
func TestKeyFilterDoesNotCareForPieces(t *testing.T) {
	t.Parallel()
	piece := rapid.SampledFrom([]string{"a", "\x1b", "[", "3~", "1;5D", "\x1b[200~", "\x1b[201~", "\r", "\n", "\t", "\x04", "\x18", "\x05", "7", ";", "~", "O", "é"})
	rapid.Check(t, func(t *rapid.T) {
		var in string
		for _, p := range rapid.SliceOf(piece).Draw(t, "keys") {
			in += p
		}
		want := filtered(in)
		var pieces []string
		for i := range len(in) {
			pieces = append(pieces, in[i:i+1])
		}
		if got := filtered(pieces...); got != want {
			t.Fatalf("%q: %q in pieces, %q whole", in, got, want)
		}
		if strings.Contains(want, "\x1b") {
			t.Fatalf("%q lets an ESC through: %q", in, want)
		}
	})
}

func TestKeyFilter(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"\x1b[1~x\x1b[4~":             "\x01x\x05",
		"\x1b[Hx\x1bOF":               "\x01x\x05",
		"\x1b[1;5D\x1b[1;5C":          string(keyWordLeft) + string(keyWordRight),
		"\x1bb\x1b\x7f\x1bd":          string(keyWordLeft) + string(keyKillBefore) + string(keyKillWord),
		"\x1b[3~\x04":                 string(keyDelete) + "\x04",
		"\x1b[A\x1bOB":                "\x10\x0e",
		"\x1b[99;99Xa":                "a",
		"\x1bq":                       "q",
		"\x1b\r\r":                    string(keyNewline) + "\r",
		"\x1b\x1b[A":                  string(keyEsc) + "\x10",
		"\x18\x05":                    string(keyEditor) + "\r",
		"\x18a":                       "a",
		"\x1b[200~a\r\nb\tc\x1b[201~": string(keyPaste) + "|a\nb\tc",
		"\x1b[200~\x03\x1b[31mx\x04\x1b[201~\x03": string(keyPaste) + "\x03|x",
		"\x1b[200~a\x1b[201~b\x1b[200~c\x1b[201~": string(keyPaste) + "b" + string(keyPaste) + "|a|c",
	} {
		if got := filtered(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}
