package prove

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kv/repl/failure"
)

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

// Transactions are checked as wholes: one that reads a key as it was before is found.
func TestTransactionsAreChecked(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if code := b.do(t.Context(), "load 2000/s -clients 4 -mix txn=60,get=20,put=20"); code != 0 {
		t.Fatal(b.errs)
	}
	await(t, "the load", func() bool { return b.seen() > 200 })
	b.store.set(func(s *store) { s.down = true }) // some are of unknown outcome
	await(t, "errors", func() bool { return !strings.Contains(b.Live(), "err 0") && !strings.Contains(b.Live(), "unk 0") })
	b.store.set(func(s *store) { s.down = false })
	after := b.seen() + 100
	await(t, "the load to go on", func() bool { return b.seen() > after })
	if code := b.do(t.Context(), "check"); code != 0 {
		t.Errorf("%d: %s%s", code, b.out, b.errs)
	}
	b.store.set(func(s *store) { s.torn = true })
	more := b.seen() + 100
	await(t, "torn answers", func() bool { return b.seen() > more })
	if code := b.do(t.Context(), "check"); code != failure.ExitViolated {
		t.Errorf("%d: %s%s", code, b.out, b.errs)
	}
	if code := b.do(t.Context(), "load stop"); code != 0 {
		t.Error(b.errs)
	}
}

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

// The time that is over before there is a verdict is an answer of its own.
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
