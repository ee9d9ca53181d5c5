package bench

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseMix(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"put":                   "put=1",
		"put=60,get=30,txn=10":  "put=60,get=30,txn=10",
		" list=2, delete ":      "delete=1,list=2",
		"get=1,put=1":           "put=1,get=1",
		"":                      "",
		"pit":                   "",
		"put=0":                 "",
		"put=-1":                "",
		"put=x":                 "",
		"put=1,put=2":           "",
		"put=1,":                "",
		"put=99999999999999999": "",
	} {
		m, err := ParseMix(s)
		if (err != nil) != (want == "") || err == nil && m.String() != want {
			t.Errorf("%q is %q, %v", s, m, err)
		}
	}
}

func TestMixDrawsByWeight(t *testing.T) {
	t.Parallel()
	m, err := ParseMix("put=60,get=30,txn=10")
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	var got Mix
	const n = 100_000
	for range n {
		got[m.draw(r)]++
	}
	for k, weight := range m {
		if want := weight * n / 100; got[k] < want-n/100 || got[k] > want+n/100 {
			t.Errorf("%s was drawn %d times, want about %d", Kind(k), got[k], want)
		}
	}
	if !m.writes() || Only(Get).writes() || !Only(Delete).writes() {
		t.Error("it does not know what writes")
	}
}

func TestKeysAndValues(t *testing.T) {
	t.Parallel()
	keys := makeKeys(11, 9)
	if keys[0] != "bench/000" || keys[10] != "bench/010" {
		t.Errorf("the keys are %q", keys)
	}
	if minKeyBytes(10) != 7 || minKeyBytes(11) != 8 {
		t.Error("it does not know how long keys must be")
	}
	a, b := makeValues(256, 1), makeValues(256, 1)
	if len(a) != valueSet || string(a[0]) != string(b[0]) || string(a[0]) == string(a[1]) || string(a[0]) == string(makeValues(256, 2)[0]) {
		t.Error("the values do not follow the seed")
	}
	if n := len(makeValues(1<<20, 1)); n != 64 {
		t.Errorf("%d values of 1 MiB", n)
	}
	if v := makeValues(0, 1); len(v[0]) != 0 {
		t.Error("an empty value has bytes")
	}
}

func drawn(cfg Config, client, n int) []int {
	d := newDrawer(&cfg, makeKeys(cfg.Keys, 16), makeValues(1, 1), client)
	got := make([]int, cfg.Keys)
	for range n {
		got[d.next().Number]++
	}
	return got
}

func TestDistributions(t *testing.T) {
	t.Parallel()
	cfg := config(nil)
	for number, n := range drawn(cfg, 0, 100_000) {
		if n < 800 || n > 1200 {
			t.Errorf("uniform: key %d was drawn %d times of 100,000", number, n)
		}
	}
	cfg.Skew = 1.1
	got := drawn(cfg, 0, 100_000)
	if got[0] < 15_000 || slices.Max(got) != got[0] {
		t.Errorf("zipf: the hottest key was drawn %d times of 100,000", got[0])
	}
	if second := scatter % cfg.Keys; got[second] >= got[0] || got[second] < got[0]/3 {
		t.Errorf("zipf: the second was drawn %d times, the first %d times", got[second], got[0])
	}
	if slices.Min(got) == 0 {
		t.Error("zipf: a key was never drawn; the ranks are not scattered over all")
	}
	if !slices.Equal(got, drawn(cfg, 0, 100_000)) || slices.Equal(got, drawn(cfg, 1, 100_000)) {
		t.Error("what is drawn does not follow the seed and the client")
	}
}

func TestSchedule(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	s := newSchedule(100, 3, 0, time.Second) // a turn every 10 ms
	for i, step := range []struct {
		now, turn time.Duration
		dropped   int
	}{
		{0, 0, 0},
		{0, 10 * ms, 0},         // ahead: the client waits for it
		{1 * ms, 20 * ms, 0},    // so does another
		{45 * ms, 30 * ms, 0},   // late: 30 and 40 are due
		{45 * ms, 40 * ms, 0},   //
		{45 * ms, 50 * ms, 0},   //
		{100 * ms, 60 * ms, 2},  // 60 to 100 are due, and 90 and 100 had no room
		{110 * ms, 70 * ms, 2},  // 110 took the room of 60
		{110 * ms, 80 * ms, 2},  //
		{110 * ms, 110 * ms, 2}, //
		{110 * ms, 120 * ms, 2}, //
	} {
		turn, ok := s.take(step.now)
		if !ok || turn != step.turn || s.dropped != step.dropped {
			t.Fatalf("step %d at %s: turn %s %v, %d dropped", i, step.now, turn, ok, s.dropped)
		}
	}
	if s.waited != 3 || s.offered(110*ms) != 12 {
		t.Errorf("%d waited, %d were offered", s.waited, s.offered(110*ms))
	}
	if turn, ok := s.take(time.Second); !ok || turn != 130*ms {
		t.Errorf("at the end: turn %s %v, want what has waited since 130ms", turn, ok)
	}
	if turn, ok := s.take(time.Second + grace); ok {
		t.Errorf("a turn at %s was given out long after the end", turn)
	}
	if s.offered(time.Hour) != 100 {
		t.Errorf("%d were offered in all", s.offered(time.Hour))
	}
}

// Whenever it is asked, turns come in order, none twice, none before the queue's
// room allows, and all are accounted for.
func TestScheduleLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Float64Range(0.5, 100_000).Draw(t, "rate")
		begin := time.Duration(rapid.IntRange(0, int(50*time.Millisecond)).Draw(t, "begin"))
		end := begin + time.Duration(rapid.IntRange(1, int(50*time.Millisecond)).Draw(t, "length"))
		s := newSchedule(rate, rapid.IntRange(1, 50).Draw(t, "room"), begin, end)
		var now time.Duration
		begun, last := 0, time.Duration(-1)
		for now < end {
			turn, ok := s.take(now)
			if !ok {
				break
			}
			if turn <= last || turn >= end || s.queue.count > s.room {
				t.Fatalf("turn %s after %s, %d wait", turn, last, s.queue.count)
			}
			last = turn
			if turn >= begin {
				begun++
			}
			now = max(now, turn) + time.Duration(rapid.IntRange(0, int(5*time.Millisecond)).Draw(t, "busy"))
		}
		s.arrive(max(now, end))
		left := 0
		for s.queue.count > 0 {
			if s.turn(s.queue.pop()) >= begin {
				left++
			}
		}
		if offered := s.offered(max(now, end)); offered != begun+s.dropped+left {
			t.Fatalf("offered %d, begun %d, dropped %d, left %d", offered, begun, s.dropped, left)
		}
	})
}

func TestNumbersForPeople(t *testing.T) {
	t.Parallel()
	for f, want := range map[float64]string{0: "0", 999: "999", 1000: "1,000", 1234567.6: "1,234,568"} {
		if got := grouped(f); got != want {
			t.Errorf("%v is %s", f, got)
		}
	}
	for ms, want := range map[float64]string{0.123: "0.12", 9.99: "9.99", 12.34: "12.3", 1234.5: "1,234"} {
		if got := short(ms); got != want {
			t.Errorf("%v ms is %s", ms, got)
		}
	}
}
