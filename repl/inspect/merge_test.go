package inspect

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"kv/client"
	"kv/repl/shell"
)

// seqOf yields keys such as "a=1"; the last may be "!", an error.
func seqOf(keys ...string) iter.Seq2[client.KeyValue, error] {
	return func(yield func(client.KeyValue, error) bool) {
		for _, k := range keys {
			key, value, _ := strings.Cut(k, "=")
			if key == "!" {
				yield(client.KeyValue{}, errors.New("broken"))
				return
			}
			if !yield(client.KeyValue{Key: key, Value: []byte(value)}, nil) {
				return
			}
		}
	}
}

// differing returns the keys that differ, how many there are, and who broke.
func differing(most int, members ...[]string) (keys []string, n uint64, broken string) {
	var sources []*source
	for i, m := range members {
		sources = append(sources, newSource(fmt.Sprint("n", i+1), seqOf(m...)))
		defer sources[i].stop()
	}
	n, bad := compare(sources, func(d difference) bool {
		keys = append(keys, d.key)
		return len(keys) < most
	})
	if bad != nil {
		broken = bad.member
	}
	return keys, n, broken
}

func TestCompareFindsWhatDiffers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		members [][]string
		differ  []string
		keys    uint64
		broken  string
	}{
		{"the same", [][]string{{"a=1", "b=2"}, {"a=1", "b=2"}, {"a=1", "b=2"}}, nil, 2, ""},
		{"nothing", [][]string{{}, {}}, nil, 0, ""},
		{"one alone", [][]string{{"a=1"}}, nil, 1, ""},
		{"a value", [][]string{{"a=1", "b=2"}, {"a=1", "b=3"}}, []string{"b"}, 2, ""},
		{"the first is missing", [][]string{{"a=1", "b=2"}, {"b=2"}}, []string{"a"}, 2, ""},
		{"the last is missing", [][]string{{"a=1"}, {"a=1", "b=2"}, {"a=1"}}, []string{"b"}, 2, ""},
		{"one has nothing", [][]string{{}, {"a=1", "b=2"}}, []string{"a", "b"}, 2, ""},
		{"one breaks", [][]string{{"a=1", "b=2"}, {"a=1", "!"}}, nil, 1, "n2"},
	} {
		differ, keys, broken := differing(100, c.members...)
		if !slices.Equal(differ, c.differ) || keys != c.keys || broken != c.broken {
			t.Errorf("%s: %v differ of %d, %q broke", c.name, differ, keys, broken)
		}
	}
	if differ, _, _ := differing(1, []string{"a=1", "b=1"}, nil); len(differ) != 1 {
		t.Errorf("told to stop at the first, it went on: %v", differ)
	}
}

// Against what sets say: random copies with random losses.
func TestCompareAgainstSets(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 1))
	for range 200 {
		var members [][]string
		has := map[string]int{}
		for range 3 {
			var m []string
			for k := range 20 {
				if rnd.IntN(10) > 0 {
					key := fmt.Sprintf("%02d", k)
					m = append(m, key+"=x")
					has[key]++
				}
			}
			members = append(members, m)
		}
		var want []string
		for key, n := range has {
			if n < 3 {
				want = append(want, key)
			}
		}
		slices.Sort(want)
		if got, n, _ := differing(100, members...); !slices.Equal(got, want) || n != uint64(len(has)) {
			t.Fatalf("seed %d: %v of %d differ, want %v of %d", seed, got, n, want, len(has))
		}
	}
}

func TestRates(t *testing.T) {
	t.Parallel()
	look := func(second int, commit uint64, counts ...uint64) sample {
		x := sample{at: time.Unix(int64(second), 0)}
		for i, n := range counts {
			st := client.Status{Role: client.RoleFollower, CommitIndex: commit, Requests: &client.Requests{Puts: n, Gets: 2 * n}}
			st.AppliedIndex = commit - uint64(i)
			if i == 0 {
				st.Role, st.Term = client.RoleLeader, 4
			}
			x.statuses = append(x.statuses, shell.Answer[client.Status]{Member: fmt.Sprint("n", i+1), Value: st})
		}
		return x
	}
	got := between(look(0, 100, 10, 0), look(2, 140, 30, 20))
	want := rate{reads: 40, writes: 20, entries: 20, behind: 1, leader: "n1", term: 4}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := between(look(0, 100, 1000), look(1, 140, 30)); got.writes != 30 {
		t.Errorf("a member that began anew counts %v writes", got.writes)
	}
	silent := look(1, 140, 1, 2)
	silent.statuses[1].Err = errors.New("gone")
	if got := between(look(0, 100, 1, 2), silent); got.silent != 1 || got.behind != 0 {
		t.Errorf("%+v", got)
	}
}

func TestSparkIsAsHighAsItsNumbers(t *testing.T) {
	t.Parallel()
	for want, numbers := range map[string][]float64{"": nil, "▁▁": {0, 0}, "▁▅█": {0, 5, 10}, "█": {0.1}} {
		if got := spark(numbers); got != want {
			t.Errorf("%v is %q, want %q", numbers, got, want)
		}
	}
}
