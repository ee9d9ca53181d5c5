package prove

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"kv/repl/failure"
)

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
