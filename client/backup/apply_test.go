package backup_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kv/client"
	"kv/client/backup"
	"kv/proto/kverr"
)

// Whatever was there before, the store has the keys of the backup afterwards, but for
// those that hang on leases, and only what differed was written.
func TestRestoreAgainstAModel(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		m, keys := newMemory(), client.Range{}
		if random.IntN(2) == 0 {
			keys = client.Prefix("k1")
		}
		scribble(m, random)
		then := m.values()
		leased := leasedKeys(m)
		file := written(t, m, keys)
		scribble(m, random)
		want, put, deleted := wantedAfter(m, then, leased, keys)
		m.mostParts = 1 + random.IntN(128) + 2
		r := restored(t, m, file)
		if !maps.Equal(m.values(), want) || r.Put != put || r.Delete != deleted || r.Changed != 0 || r.Revision != m.revision() {
			t.Fatalf("%+v, %d put, %d deleted\n%v\ninstead of\n%v", r, put, deleted, m.values(), want)
		}
		if r := restored(t, m, file); r.Done() != 0 {
			t.Fatalf("the second time there was something to do: %+v", r)
		}
	}
}

func scribble(m *memory, random *rand.Rand) {
	for range random.IntN(300) {
		k := fmt.Sprint("k", random.IntN(300))
		switch random.IntN(4) {
		case 0:
			m.remove(k)
		case 1:
			m.set(k, "leased", 1)
		default:
			m.set(k, fmt.Sprint(random.IntN(3)), 0)
		}
	}
}

func leasedKeys(m *memory) map[string]bool {
	leased := map[string]bool{}
	for k, kv := range m.now() {
		leased[k] = kv.Lease != 0
	}
	return leased
}

// wantedAfter is what a store is to have after the restore of keys of an earlier state.
func wantedAfter(m *memory, then map[string]string, wasLeased map[string]bool, keys client.Range) (want map[string]string, put, deleted uint64) {
	want = m.values()
	isLeased := leasedKeys(m)
	for i := range 300 {
		k := fmt.Sprint("k", i)
		if !keys.Contains(k) || isLeased[k] {
			continue
		}
		now, there := want[k]
		v, was := then[k]
		switch was = was && !wasLeased[k]; {
		case was && (!there || now != v):
			want[k] = v
			put++
		case !was && there:
			delete(want, k)
			deleted++
		}
	}
	return want, put, deleted
}

// What fits into one transaction is one.
func TestAFewChangesAreOneRevision(t *testing.T) {
	t.Parallel()
	m := newMemory()
	for i := range 64 {
		m.set(fmt.Sprintf("k%02d", i), "v", 0)
	}
	file := written(t, m, client.Range{})
	m = newMemory()
	m.set("more", "v", 0)
	p := plan(t, m, file)
	if p.Put != 64 || p.Delete != 1 || p.Changes() != 65 || p.Present.Revision != 1 || p.Backup.Count != 64 {
		t.Errorf("%+v", p)
	}
	m.remove("more")
	if r := restored(t, m, file); m.txns != 1 || r.Revision != 3 || m.revision() != 3 {
		t.Errorf("%d transactions, %+v", m.txns, r)
	}
	m.set("large", strings.Repeat("x", 900<<10), 0)
	m.set("larger", strings.Repeat("x", 900<<10), 0)
	large := newMemory()
	if restored(t, large, written(t, m, client.Range{})); large.txns != 3 {
		t.Errorf("%d transactions of 1.8 MiB", large.txns)
	}
}

func plan(t *testing.T, st backup.Store, file []byte) *backup.Plan {
	t.Helper()
	p, err := backup.NewPlan(t.Context(), st, strings.NewReader(string(file)), func(uint64) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// What somebody else has written since the plan was made stays, and is told of.
func TestWhatOthersHaveWrittenStays(t *testing.T) {
	t.Parallel()
	m := newMemory()
	for i := range 200 {
		m.set(fmt.Sprintf("k%03d", i), "backup", 0)
	}
	file := written(t, m, client.Range{})
	for i := range 200 {
		m.set(fmt.Sprintf("k%03d", i), "later", 0)
	}
	m.set("new", "later", 0)
	p := plan(t, m, file)
	m.set("k000", "other", 0)
	m.remove("k070")
	m.set("k071", "lease", 3)
	m.set("k072", "backup", 0) // as in the backup: nothing is lost
	m.set("new", "other", 0)
	r, err := p.Apply(t.Context(), m, nil)
	if err != nil || r.Put != 197 || r.Delete != 0 || r.Changed != 4 || r.Unknown != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	slices.Sort(r.Named)
	if got := fmt.Sprint(r.Named); got != "[k000 k070 k071 new]" {
		t.Errorf("named are %s", got)
	}
	want := map[string]string{"k000": "other", "k071": "lease", "new": "other"}
	for i := range 200 {
		if k := fmt.Sprintf("k%03d", i); want[k] == "" && k != "k070" {
			want[k] = "backup"
		}
	}
	if got := m.values(); !maps.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

// A restore that ends early says how far it has come, and another one goes on from there.
func TestARestoreThatIsCutOff(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err     error
		unknown bool
	}{{kverr.ErrNoQuorum, false}, {kverr.ErrTimeout, true}, {context.Canceled, true}} {
		m := newMemory()
		for i := range 1000 {
			m.set(fmt.Sprintf("k%03d", i), "v", 0)
		}
		want, file := m.values(), written(t, m, client.Range{})
		m = newMemory()
		m.before = func(n int) error {
			if n == 5 {
				return c.err
			}
			return nil
		}
		r, err := restore(t, m, file)
		if !errors.Is(err, c.err) || r.Done() == 0 || r.Done() >= 1000 || (r.Unknown == 64) != c.unknown || int(r.Put) != len(m.values()) {
			t.Errorf("%+v, %v", r, err)
		}
		m.before = nil
		if again := restored(t, m, file); again.Put+r.Put != 1000 || !maps.Equal(m.values(), want) {
			t.Errorf("%+v after %+v", again, r)
		}
	}
}

// Where several transactions fail, the error is of one of which nobody knows what became, if
// there is one: else the restore as a whole would pass for one that is known.
func TestAnUnknownOutcomeIsNotHiddenByAnotherError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		for i := range 128 {
			m.set(fmt.Sprintf("k%03d", i), "v", 0)
		}
		file := written(t, m, client.Range{})
		m = newMemory()
		m.before = func(n int) error {
			if n == 1 {
				return kverr.ErrNoQuorum
			}
			time.Sleep(time.Second) // the other has failed by then
			return kverr.ErrTimeout
		}
		r, err := restore(t, m, file)
		if r.Unknown != 64 || client.OutcomeOf(err) != client.Unknown || !errors.Is(err, client.ErrTimeout) {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// A change that is larger than others may be together is one transaction all the same.
func TestALargeChangeIsOneRevision(t *testing.T) {
	t.Parallel()
	m := newMemory()
	m.set("large", strings.Repeat("x", 2<<20), 0)
	if p := plan(t, newMemory(), written(t, m, client.Range{})); !p.Atomic() {
		t.Error("one change would be several transactions")
	}
}

func TestARestoreThatIsCanceledBetweenTransactions(t *testing.T) {
	t.Parallel()
	m := newMemory()
	for i := range 1000 {
		m.set(fmt.Sprintf("k%03d", i), "v", 0)
	}
	p := plan(t, newMemory(), written(t, m, client.Range{}))
	ctx, cancel := context.WithCancel(t.Context())
	empty := newMemory()
	r, err := p.Apply(ctx, empty, func(backup.Result) { cancel() })
	if !errors.Is(err, client.ErrCanceled) || client.OutcomeOf(err) != client.NotDone || r.Unknown != 0 || int(r.Put) != len(empty.values()) || r.Put == 1000 {
		t.Errorf("%+v, %v", r, err)
	}
}
