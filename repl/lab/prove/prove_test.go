package prove

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kv/client/linear"
	"kv/client/lossy"
	"kv/proto/kverr"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// store is a register for each key, with faults to order.
type store struct {
	mu    sync.Mutex
	keys  map[string]linear.Answered
	older map[string]linear.Answered // what each was before
	rev   uint64
	stale bool // reads give what was before
	down  bool // nobody answers: writes are of unknown outcome
	empty bool // nobody is in the member table

	operated []string   // what an operator has asked for
	lose     lossy.Lose // of the client dialled last
}

func newStore() *store {
	return &store{keys: map[string]linear.Answered{}, older: map[string]linear.Answered{}}
}

func (s *store) set(change func(*store)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

func (s *store) Put(_ context.Context, key string, value []byte, ifRevision *uint64) (linear.Answered, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return linear.Answered{}, kverr.ErrTimeout
	}
	if at := s.keys[key].Revision; ifRevision != nil && *ifRevision != at {
		return linear.Answered{}, kverr.ErrConflict.WithRevision(at)
	}
	s.rev++
	s.older[key] = s.keys[key]
	s.keys[key] = linear.Answered{Value: slices.Clone(value), Revision: s.rev, Member: "n1"}
	return linear.Answered{Revision: s.rev, Member: "n1"}, nil
}

func (s *store) Get(_ context.Context, key string, _ linear.Read) (linear.Answered, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return linear.Answered{}, kverr.ErrNoLeader
	}
	a := s.keys[key]
	if s.stale {
		a = s.older[key]
	}
	a.Absent = a.Revision == 0
	return a, nil
}

func (s *store) Delete(context.Context, string) (linear.Answered, error) {
	return linear.Answered{}, kverr.ErrNoLeader
}

func (s *store) Members(context.Context) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.empty {
		return nil, nil
	}
	return []string{"n1", "n2", "n3"}, nil
}

func (s *store) Close() error { return nil }
func (s *store) Transfer(_ context.Context, name string) error {
	return s.asked("transferred to " + name)
}
func (s *store) Snapshot(_ context.Context, name string) error { return s.asked("snapshot of " + name) }
func (s *store) Remove(_ context.Context, name string) error   { return s.asked("removed " + name) }

func (s *store) asked(what string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.operated = append(s.operated, what)
	return nil
}

// ground is a playground on paper, which notes what is done to it.
type ground struct {
	mu    sync.Mutex
	state map[string]string
	wires map[[2]string]string // what is wrong with them
	disks map[string]string    // what is wrong with them
	did   []string
	seed  uint64
	hash  map[string]string // "" for the one that all have
}

func newGround() *ground {
	return &ground{state: map[string]string{"n1": "running", "n2": "running", "n3": "running"}, wires: map[[2]string]string{}, disks: map[string]string{}, hash: map[string]string{}}
}

func (g *ground) do(name, state, from string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.state[name] != from {
		return fmt.Errorf("%s is %s", name, g.state[name])
	}
	g.did = append(g.did, state+" "+name)
	g.state[name] = state
	return nil
}

func (g *ground) Names() []string { return []string{"n1", "n2", "n3"} }
func (g *ground) Describe(name string) (string, string, string, string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.state[name], "", "", ""
}
func (g *ground) Leader() string                              { return "n2" }
func (g *ground) Stop(_ context.Context, name string) error   { return g.do(name, "stopped", "running") }
func (g *ground) Kill(_ context.Context, name string) error   { return g.do(name, "killed", "running") }
func (g *ground) Pause(_ context.Context, name string) error  { return g.do(name, "paused", "running") }
func (g *ground) Resume(_ context.Context, name string) error { return g.do(name, "running", "paused") }
func (g *ground) Start(_ context.Context, name string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.did, g.state[name] = append(g.did, "started "+name), "running"
	return nil
}
func (g *ground) Wipe(_ context.Context, name string) error { return g.do(name, "wiped", "removed") }
func (g *ground) Add(_ context.Context, name string) (string, bool, error) {
	return name, true, g.do(name, "running", "wiped")
}

func (g *ground) wire(from, to, trouble string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.wires[[2]string{from, to}] = trouble
}

func (g *ground) Cut(from, to string) { g.wire(from, to, "cut") }
func (g *ground) Delay(from, to string, mean, jitter time.Duration) {
	g.wire(from, to, fmt.Sprintf("%s±%s", mean, jitter))
}
func (g *ground) Drop(from, to string, percent float64) {
	g.wire(from, to, fmt.Sprintf("%g%%", percent))
}
func (g *ground) Reseed(seed uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seed = seed
}
func (g *ground) Heal() {
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.wires)
}

func (g *ground) SlowDisk(name string, d time.Duration) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.disks[name] = d.String()
	return nil
}

// FailDisk ends a node at once, as its next write would.
func (g *ground) FailDisk(name string, _ bool) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.disks[name], g.state[name] = "fails", "failed: disk"
	return nil
}

func (g *ground) HealDisk(name string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.disks, name)
	return nil
}

func (g *ground) Hash(name string) (string, uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if h := g.hash[name]; h != "" {
		return h, 7
	}
	return "c0ffee", 7
}

// bench is a session over both.
type bench struct {
	*shell.Session
	store     *store
	ground    *ground
	out, errs *bytes.Buffer
}

func newBench(t *testing.T) *bench {
	b := &bench{store: newStore(), ground: newGround(), out: new(bytes.Buffer), errs: new(bytes.Buffer)}
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

// seen is how much the load has done.
func (b *bench) seen() int {
	b.out.Reset()
	b.do(context.Background(), "load")
	var of, done string
	lines := strings.Split(b.out.String(), "\n")
	if len(lines) > 1 {
		fields := strings.Fields(strings.ReplaceAll(lines[1], " ms", "ms"))
		fmt.Sscan(strings.Join(fields, " "), &of, &done)
	}
	n := 0
	fmt.Sscan(done, &n)
	return n
}

func TestLoadIsChecked(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if code := b.do(t.Context(), "check"); code != failure.ExitNoAnswer {
		t.Errorf("a check of nothing: %d", code)
	}
	if code := b.do(t.Context(), "load 2000/s -clients 4"); code != 0 {
		t.Fatal(b.errs)
	}
	if code := b.do(t.Context(), "load 5/s"); code != failure.ExitUsage {
		t.Errorf("two loads: %d", code)
	}
	await(t, "the load", func() bool { return b.seen() > 100 })
	if live := b.Live(); !strings.Contains(live, "load ") || !strings.Contains(live, "err 0") {
		t.Errorf("the prompt shows %q", live)
	}
	if code := b.do(t.Context(), "check"); code != 0 || !strings.Contains(b.out.String(), "linearizable") {
		t.Errorf("%d: %s%s", code, b.out, b.errs)
	}
	b.store.set(func(s *store) { s.stale = true })
	more := b.seen() + 100
	await(t, "old answers", func() bool { return b.seen() > more })
	page := filepath.Join(t.TempDir(), "page.html")
	if code := b.do(t.Context(), "check -o "+page); code != failure.ExitViolated || !strings.Contains(b.errs.String(), "NOT LINEARIZABLE") {
		t.Errorf("%d: %s%s", code, b.out, b.errs)
	}
	if html, err := os.ReadFile(page); err != nil || !bytes.Contains(html, []byte("<html")) {
		t.Errorf("picture of %d bytes: %v", len(html), err)
	}
	if code := b.do(t.Context(), "load stop"); code != 0 || b.Live() != "" {
		t.Errorf("%d, %q: %s", code, b.Live(), b.errs)
	}
	if code := b.do(t.Context(), "load stop"); code != failure.ExitUsage {
		t.Errorf("stopped twice: %d", code)
	}
}

// The time that is over before there is a verdict is an answer of its own.
func TestALoadNeedsNoMembers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.store.set(func(s *store) { s.empty = true })
	if code := b.do(t.Context(), "load 2000/s -mix get=1 -clients 4"); code != 0 {
		t.Fatal(b.errs)
	}
	await(t, "the load", func() bool { return b.seen() > 50 })
	if code := b.do(t.Context(), "load stop"); code != 0 {
		t.Error(b.errs)
	}
}

func TestNoVerdictInTime(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.do(t.Context(), "load 2000/s")
	await(t, "the load", func() bool { return b.seen() > 10 })
	if code := b.do(t.Context(), "check -within 1ns"); code != failure.ExitNoAnswer || !strings.Contains(b.errs.String(), "cannot say") {
		t.Errorf("%d: %s", code, b.errs)
	}
}

func TestUnknownOutcomesAndOutages(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.do(t.Context(), "load 2000/s -mix put=50,get=50")
	await(t, "the load", func() bool { return b.seen() > 10 })
	b.store.set(func(s *store) { s.down = true })
	await(t, "an outage", func() bool { return !strings.Contains(b.Live(), "unk 0") && !strings.Contains(b.Live(), "err 0") })
	b.store.set(func(s *store) { s.down = false })
	more := b.seen() + 10
	await(t, "the load", func() bool { return b.seen() > more })
	if code := b.do(t.Context(), "check"); code != 0 {
		t.Errorf("%d: %s%s", code, b.out, b.errs)
	}
}

func TestPlansComeOfTheSeedAlone(t *testing.T) {
	t.Parallel()
	names := []string{"n1", "n2", "n3", "n4", "n5"}
	show := func(seed uint64) string {
		text := ""
		for _, s := range plan(seed, faults, names, 20*time.Second, time.Second) {
			text += fmt.Sprintln(s.at, s)
		}
		return text
	}
	for seed := range uint64(200) {
		once := show(seed)
		if once != show(seed) || once == "" {
			t.Fatalf("seed %d gives two plans, or none: %s", seed, once)
		}
		if seed > 0 && once == show(seed-1) {
			t.Errorf("the seeds %d and %d give one plan", seed, seed-1)
		}
		away := time.Duration(0)
		for _, s := range plan(seed, faults, names, 20*time.Second, time.Second) {
			if s.at+s.lasts > 20*time.Second {
				t.Errorf("seed %d: %s goes on after the end", seed, s)
			}
			if s.fault.ends {
				if s.at < away {
					t.Errorf("seed %d: %s takes a node away while one is away", seed, s)
				}
				away = s.at + s.lasts
			}
		}
	}
}

func TestChaosHealsAndTellsTheVerdict(t *testing.T) {
	t.Parallel()
	const line = "chaos -seed 7 -for 400ms -pace 50ms -rate 2000/s"
	for name, c := range map[string]struct {
		wrong func(*bench)
		code  int
		says  string
	}{
		"well":     {func(*bench) {}, 0, "PASS"},
		"old":      {func(b *bench) { b.store.set(func(s *store) { s.stale = true }) }, failure.ExitViolated, "FAIL"},
		"diverged": {func(b *bench) { b.ground.hash["n3"] = "bad" }, failure.ExitViolated, "diverged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			c.wrong(b)
			code := b.do(t.Context(), line)
			told := b.out.String() + b.errs.String()
			if code != c.code || !strings.Contains(told, c.says) || !strings.Contains(told, "again with: chaos -seed 7 -for 400ms") {
				t.Errorf("%d: %s", code, told)
			}
			b.whole(t)
		})
	}
}

// whole fails the test unless all is healed.
func (b *bench) whole(t *testing.T) {
	t.Helper()
	b.ground.mu.Lock()
	defer b.ground.mu.Unlock()
	for name, state := range b.ground.state {
		if state != "running" {
			t.Errorf("%s is %s", name, state)
		}
	}
	if len(b.ground.wires) > 0 || len(b.ground.disks) > 0 {
		t.Errorf("broken are %v, %v", b.ground.wires, b.ground.disks)
	}
}

func TestChaosHealsBeforeItLeaves(t *testing.T) {
	t.Parallel()
	for seed := range 8 {
		b := newBench(t)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			await(t, "a fault", func() bool {
				b.ground.mu.Lock()
				defer b.ground.mu.Unlock()
				return len(b.ground.did) > 0 || len(b.ground.wires) > 0
			})
			cancel()
		}()
		if code := b.do(ctx, fmt.Sprintf("chaos -seed %d -for 1h -pace 100ms", seed)); code != failure.ExitNoAnswer {
			t.Errorf("%d: %s", code, b.errs)
		}
		b.whole(t)
	}
}

// Overlapping faults on one wire: the wire is whole once both are over.
func TestWiresOfTwoFaults(t *testing.T) {
	t.Parallel()
	g := newGround()
	f := newField(g)
	a, b := &step{}, &step{}
	f.from(a, []string{"n1"}, []string{"n2", "n3"}, Lab.Cut)
	f.from(b, []string{"n1"}, []string{"n2"}, Lab.Cut)
	f.mend(a)
	if len(g.wires) != 1 || g.wires[[2]string{"n1", "n2"}] != "cut" {
		t.Errorf("after the first: %v", g.wires)
	}
	if f.mend(b); len(g.wires) != 0 {
		t.Errorf("after both: %v", g.wires)
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
	m, err := readMix("get=1,cas=3")
	if err != nil || m.String() != "put=0,get=1,cas=3" {
		t.Fatal(m, err)
	}
	rnd, count := rand.New(rand.NewPCG(1, 1)), map[linear.Kind]int{}
	for range 1000 {
		count[m.choose(rnd)]++
	}
	if count[linear.Put] != 0 || count[linear.Get] == 0 || count[linear.CAS] < count[linear.Get] {
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
