package shell

import (
	"strings"
	"testing"
	"time"
)

func TestKindsSayWhatTheyWant(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind *Kind
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
		{KindDuration, "30s", uint64(30 * time.Second), ""},
		{KindDuration, "1h30m", uint64(90 * time.Minute), ""},
		{KindDuration, "30", 0, "wants a unit: 30s or 30m"},
		{KindDuration, "0s", 0, "above 0"},
		{KindDuration, "-3s", 0, "above 0"},
		{KindDuration, "3 s", 0, "such as 30s"},
		{KindDuration, "", 0, "such as 30s"},
		{OneOf("key", "create", "mod", "version"), "mod", 0, ""},
		{OneOf("key", "create", "mod", "version"), "size", 0, "one of key, create, mod, version"},
		{nil, "-x", 0, ""},
	} {
		n, complaint := c.kind.read(c.word)
		if n != c.n || (complaint == "") != (c.want == "") || !strings.Contains(complaint, c.want) {
			t.Errorf("kind %+v of %q: %d, %q, want %d, %q", c.kind, c.word, n, complaint, c.n, c.want)
		}
	}
}
