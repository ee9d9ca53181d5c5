package wire

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestPrefixEnd(t *testing.T) {
	t.Parallel()
	word := func() string { // of bytes at the edges
		b := make([]byte, rand.IntN(4))
		for i := range b {
			b[i] = []byte{0, 'a', 0xfe, 0xff}[rand.IntN(4)]
		}
		return string(b)
	}
	for range 20_000 {
		prefix, key := word(), word()
		end := PrefixEnd(prefix)
		if got := key >= prefix && (end == "" || key < end); got != strings.HasPrefix(key, prefix) {
			t.Fatalf("%q is in the range from %q to %q: %v", key, prefix, end, got)
		}
	}
}
