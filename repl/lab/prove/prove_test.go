package prove

import (
	"bytes"
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kv/client/linear"
	"kv/client/lossy"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a session over both.
type bench struct {
	*shell.Session
	store     *store
	ground    *ground
	out, errs *bytes.Buffer
}

func newBench(t *testing.T) *bench {
	b := &bench{store: newStore(), ground: newGround(), out: new(bytes.Buffer), errs: new(bytes.Buffer)}
	b.store.leaves = b.ground.removed
	b.ground.joins = func(name string) { b.store.set(func(s *store) { delete(s.removed, name) }) }
	ink := out.NewPalette(false)
	room := Room(Config{History: linear.New(0), Dial: b.dial, Lab: b.ground})
	b.Session = shell.New(shell.Config{Rooms: []shell.Room{room}, Lab: true, Printer: &out.Printer{
		Out: b.out, Err: b.errs, Ink: ink, ErrInk: ink, Human: true, Width: func() int { return 0 }}})
	t.Cleanup(func() { b.Close() })
	return b
}

func (b *bench) dial(lose lossy.Lose) (Client, error) {
	b.store.set(func(s *store) { s.lose = lose })
	return b.store, nil
}

// do executes a line and returns its exit code.
func (b *bench) do(ctx context.Context, line string) int {
	err := b.Exec(ctx, strings.Fields(line))
	if err != nil {
		b.errs.WriteString(err.Error() + "\n")
	}
	return failure.Code(err)
}

func await(t *testing.T, what string, cond func() bool) {
	t.Helper()
	tick, end := time.NewTicker(time.Millisecond), time.After(time.Minute)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-end:
			t.Errorf("waited in vain for %s", what)
			return
		}
	}
}

func TestWhatCannotBeMeant(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, line := range []string{
		"load 5/x", "load 0/s", "load -1/s", "load 1e9/s", "load fast", "load stop -stale", "load 5/s -clients 1000", "load 5/s -keys 0",
		"load 5/s -mix put", "load 5/s -mix put=0", "load 5/s -mix eat=5", "load", "load stop",
		"chaos -faults fire", "chaos -rate stop", "chaos -for 5", "chaos -seed x", "check -within 5",
	} {
		if code := b.do(t.Context(), line); code != failure.ExitUsage {
			t.Errorf("%s: %d", line, code)
		}
	}
	b.ground.state["n2"] = "killed"
	if code := b.do(t.Context(), "chaos -for 1s"); code != failure.ExitUsage {
		t.Errorf("chaos on a broken playground: %d", code)
	}
}

func TestMix(t *testing.T) {
	t.Parallel()
	m, err := readMix("get=1,cas=3,txn=2")
	if err != nil || m.String() != "put=0,get=1,cas=3,txn=2" {
		t.Fatal(m, err)
	}
	rnd, count := rand.New(rand.NewPCG(1, 1)), map[linear.Kind]int{}
	for range 1000 {
		count[m.choose(rnd)]++
	}
	if count[linear.Put] != 0 || count[linear.Get] == 0 || count[linear.CAS] < count[linear.Get] || count[txnKind] < count[linear.Get] {
		t.Error(count)
	}
}

func TestOutagesAreMeasured(t *testing.T) {
	t.Parallel()
	at := func(s float64) time.Time { return time.Unix(1000, 0).Add(time.Duration(s * float64(time.Second))) }
	m := newMeter(at(0))
	for _, s := range []struct {
		begin, end float64
		r          result
	}{{0, 0.1, done}, {1, 1.1, done}, {2, 4, failed}, {4, 5, unknown}, {5, 6, done}, {8, 8.1, done}} {
		m.begin(at(s.begin))
		m.end(at(s.begin), at(s.end), s.r)
	}
	r := m.read(at(9), false)
	if r.longest != 4*time.Second || r.done != 4 || r.errors != 1 || r.unknown != 1 {
		t.Errorf("%+v", r)
	}
	if live := m.read(at(100), true); live.rate != 0 || live.p99 != 0 {
		t.Errorf("long after: %+v", live)
	}
	m.begin(at(200))
	if r := m.read(at(250), true); r.longest != 50*time.Second {
		t.Errorf("an outage that goes on: %+v", r)
	}
}
