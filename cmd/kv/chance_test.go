package main

import (
	"regexp"
	"strings"
	"testing"
)

// A seed decides what chaos does that is given none.
func TestASeedDecidesWhatIsLeftToChance(t *testing.T) {
	t.Parallel()
	plan := regexp.MustCompile(`again with: (chaos -seed \d+) `)
	storm := func(seed string) string {
		r := call(t, "", "playground", "-free-ports", "-nodes", "1", "-seed", seed, "-c", "chaos -for 10ms -rate 100/s -faults cut")
		r.expect(t, 0)
		found := plan.FindStringSubmatch(r.out)
		if found == nil {
			t.Fatalf("no chaos: %s%s", r.out, r.err)
		}
		return found[1]
	}
	first, again, other := storm("7"), storm("7"), storm("8")
	if first != again || first == other {
		t.Errorf("seed 7 makes %s, then %s; seed 8 makes %s", first, again, other)
	}
}

// Who gave no seed is told it, if it has decided anything.
func TestTheSeedIsToldWhereItMatters(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		told bool
	}{
		"messages that may be lost":  {[]string{"-c", "drop n1 n2 10%; get none"}, true},
		"delays of different length": {[]string{"-c", "delay n1 n2 2ms±1ms"}, true},
		"delays of one length":       {[]string{"-c", "delay n1 n2 2ms"}, false},
		"no such fault":              {[]string{"-c", "drop n1 n9 10%"}, false},
		"one that was given":         {[]string{"-seed", "7", "-c", "drop n1 n2 10%"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := call(t, "", append([]string{"playground", "-free-ports", "-nodes", "2"}, c.args...)...)
			if told := strings.Contains(r.err, "`kv playground -seed "); told != c.told || strings.Contains(r.out, "seed") {
				t.Errorf("the seed is told: %v; output %s, errors %s", told, r.out, r.err)
			}
		})
	}
}
