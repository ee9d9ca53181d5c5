package shell

import (
	"testing"

	"kv/client"
)

func TestRangesInWords(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]client.Range{
		"under user/":  client.Prefix("user/"),
		`under "\xff"`: client.Prefix("\xff"),
		"from a on":    {From: "a"},
		"before 'b c'": {To: "b c"},
		"from a to c":  {From: "a", To: "c"},
	} {
		if got := RangeText(r); got != want {
			t.Errorf("%+v: %s, want %s", r, got, want)
		}
	}
}
