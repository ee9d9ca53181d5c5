package main

import "testing"

func TestResting(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	for name, c := range map[string]struct {
		before, now usage
		want        bool
	}{
		"at work":                   {usage{allocated: 0}, usage{allocated: 100 * mib, live: 100 * mib, resident: 300 * mib}, false},
		"at rest with much spare":   {usage{allocated: 100 * mib}, usage{allocated: 101 * mib, live: 100 * mib, resident: 300 * mib}, true},
		"at rest with little spare": {usage{allocated: 100 * mib}, usage{allocated: 101 * mib, live: 10 * mib, resident: 40 * mib}, false},
		"a fifth is little":         {usage{allocated: 100 * mib}, usage{allocated: 101 * mib, live: 1000 * mib, resident: 1200 * mib}, false},
	} {
		if got := c.now.resting(c.before); got != c.want {
			t.Errorf("%s: %t, want %t", name, got, c.want)
		}
	}
}

// The names are the runtime's, and a wrong one would panic only in use.
func TestReadUsage(t *testing.T) {
	t.Parallel()
	kept := make([]byte, 1<<20)
	u := readUsage()
	if u.allocated < uint64(len(kept)) || u.resident < u.live {
		t.Errorf("%+v", u)
	}
}
