package fsm

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"

	kvv1 "kv/proto/kv/v1"
)

const (
	bankAccounts = 30
	bankEach     = 100
)

// bank is a machine with accounts of the same sum.
func bank(t *testing.T) *Machine {
	t.Helper()
	m := New(Options{})
	open := &kvv1.TxnCommand{}
	for i := range bankAccounts {
		open.Then = append(open.Then, putOp(account(i), strconv.Itoa(bankEach)))
	}
	results(t, m, join(encoded(t, setQuota(0)), encoded(t, grantCommand(1000)), encoded(t, txnCommand(open))))
	return m
}

func account(i int) string { return fmt.Sprintf("%03d", i%bankAccounts) }

// move is the i-th transfer between two accounts, as one revision. The session
// repeats each command once, and keeps the results of some.
func move(t *testing.T, m *Machine, i int) []byte {
	t.Helper()
	from, to := account(i), account(i*7+1)
	if from == to {
		return nil
	}
	c := txnCommand(&kvv1.TxnCommand{Then: []*kvv1.Op{
		getOp(from), putOp(from, balance(t, m, from, -1)), putOp(to, balance(t, m, to, +1)),
	}})
	c.GetTxn().GetThen()[1].GetPut().Lease = uint64(i % 2) // on and off a lease
	c.Stamp = &kvv1.Stamp{Session: 1 + uint64(i%3), Sequence: 1 + uint64(i), Acknowledged: uint64(max(i-20, 0))}
	return join(encoded(t, c), encoded(t, c))
}

// checkBank reads a view in every way there is.
func checkBank(t *testing.T, v *View, random *rand.Rand) {
	t.Helper()
	revision := v.Oldest() + random.Uint64N(v.Revision()-v.Oldest()+1)
	keys, err := v.Keys(revision)
	if err != nil {
		t.Errorf("keys at %d of %d..%d: %v", revision, v.Oldest(), v.Revision(), err)
		return
	}
	sum := 0
	keys.Scan(Range{}, random.IntN(2) == 0, func(it *Item) bool {
		n, _ := strconv.Atoi(string(it.Value()))
		sum += n
		return true
	})
	if sum != bankAccounts*bankEach {
		t.Errorf("the sum at revision %d is %d", revision, sum)
	}
	oldest := fields[string]{mod: v.Oldest()}
	last := Change{Item: oldest.item()}
	v.Changes(0, func(c Change) bool {
		if c.Item.ModRevision() < last.Item.ModRevision() || c.Item.ModRevision() > last.Item.ModRevision()+1 {
			t.Errorf("a change of revision %d after one of %d", c.Item.ModRevision(), last.Item.ModRevision())
		}
		last = c
		return true
	})
	if last.Item.ModRevision() != v.Revision() {
		t.Errorf("the changes end at revision %d of %d", last.Item.ModRevision(), v.Revision())
	}
	next := Change{}
	v.History([]byte(account(random.IntN(bankAccounts))), func(c Change) bool {
		if next.Item != nil && next.Prev != c.Item {
			t.Errorf("version %d comes after one that is not %d", next.Item.Version(), c.Item.Version())
		}
		next = c
		return true
	})
	hash := v.Hash()
	var file bytes.Buffer
	if err := v.WriteSnapshot(&file); err != nil {
		t.Error(err)
	}
	back := New(Options{})
	if err := back.Restore(reader(file.Bytes())); err != nil || back.Hash() != hash || v.Hash() != hash {
		t.Errorf("a view and its copy differ, error %v", err)
	}
}

// Readers of the history, of old revisions, sessions and leases go on beside the
// applier. For the race detector as much as for the sums.
func TestHistoryReadersBesideTheApplier(t *testing.T) {
	t.Parallel()
	const moves = 400
	m := bank(t)
	done := make(chan struct{})
	var readers sync.WaitGroup
	look := func(once func(*rand.Rand)) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(1, seed))
		readers.Go(func() {
			for running := true; running && !t.Failed(); {
				select {
				case <-done:
					running = false // once more, for one look at least
				default:
				}
				once(random)
			}
		})
	}
	look(func(random *rand.Rand) {
		v := m.View()
		checkBank(t, v, random)
		v.Release()
	})
	old := m.View()
	look(func(random *rand.Rand) {
		checkBank(t, old, random) // kept for a while
		if random.IntN(4) == 0 {
			old.Release()
			old = m.View()
		}
	})
	look(func(*rand.Rand) {
		keys := m.LeaseKeys(1, 1000)
		if l, ok := m.Lease(1); !ok || len(keys) > bankAccounts || l.Keys > bankAccounts || m.Sessions() > 3 || len(m.Leases(0, 9)) != 1 {
			t.Errorf("lease %+v with %d keys, %d sessions", l, len(keys), m.Sessions())
		}
	})
	for i := range moves {
		data := move(t, m, i)
		if i%10 == 9 {
			data = join(data, encoded(t, compactCommand(max(m.Revision(), 40)-uint64(i%40))))
		}
		before := m.Revision()
		results(t, m, data)
		if now := m.Revision(); now > before+1 {
			t.Fatalf("a repeated command was carried out: revision %d after %d", now, before)
		}
	}
	close(done)
	readers.Wait()
}

// What is read together is what is read one by one, however many there are.
func TestGetMany(t *testing.T) {
	t.Parallel()
	m := filled(100, 8, benchKey)
	for _, n := range []int{0, 1, warmAtOnce - 1, warmAtOnce, warmAtOnce + 1, 150} {
		keys := make([][]byte, n)
		for i := range keys {
			keys[i] = benchKey(i * 7 % 150) // a third of them is not there
		}
		items, revision, applied := m.GetMany(keys)
		if len(items) != n {
			t.Fatalf("%d items of %d keys", len(items), n)
		}
		for i, key := range keys {
			item, r, a := m.Get(key)
			if items[i] != item || r != revision || a != applied {
				t.Errorf("%d of %d, %q: %v at %d, %d; alone %v at %d, %d", i, n, key, items[i], revision, applied, item, r, a)
			}
		}
	}
}
