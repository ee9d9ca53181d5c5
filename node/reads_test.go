package node

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestPrefixRange(t *testing.T) {
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
		if got := prefixRange(prefix).Contains(key); got != strings.HasPrefix(key, prefix) {
			t.Fatalf("%q is in the range of %q: %v", key, prefix, got)
		}
	}
}
