package fsm

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	kvv1 "kv/proto/kv/v1"
)

// tumult is an entry of writes of a few keys: overwrites, deletions and returns, some
// of them stamped, and now and then a compaction of nearly everything.
func tumult(t *testing.T, m *Machine, random *rand.Rand, i int) (data []byte) {
	for range 1 + random.IntN(12) {
		key := fmt.Sprint(random.IntN(50))
		switch random.IntN(8) {
		case 0, 1:
			data = join(data, del(key))
		case 2:
			data = join(data, encoded(t, deleteRange(key, key+"~")))
		case 3:
			data = join(data, encoded(t, revertCommand(key, max(1, m.Revision())-uint64(random.IntN(3)))))
		default:
			c := putCommand(key, fmt.Sprint(i))
			c.Stamp = &kvv1.Stamp{Session: 1 + random.Uint64N(4), Sequence: uint64(i*20 + random.IntN(20) + 1), Acknowledged: uint64(max(0, i-30) * 20)}
			data = join(data, encoded(t, c))
		}
	}
	if random.IntN(10) == 0 {
		data = join(data, encoded(t, compactCommand(max(m.Revision(), 30)-uint64(random.IntN(30)))))
	}
	return data
}

// heldView is a view with what it showed when it was taken.
type heldView struct {
	*View
	file []byte
}

func hold(t *testing.T, m *Machine) heldView {
	h := heldView{View: m.View()}
	h.file = h.show(t)
	return h
}

func (h *heldView) show(t *testing.T) []byte {
	var file bytes.Buffer
	if err := h.WriteSnapshot(&file); err != nil {
		t.Error(err)
	}
	return file.Bytes()
}

// check reads the view as it is, and as it was at a revision, forwards and backwards.
func (h *heldView) check(t *testing.T, random *rand.Rand) {
	if !bytes.Equal(h.show(t), h.file) {
		t.Error("a view has changed")
	}
	revision := max(1, h.Oldest()-1+random.Uint64N(h.Revision()-h.Oldest()+2))
	keys, err := h.Keys(revision)
	if err != nil {
		t.Errorf("keys at %d of %d to %d: %v", revision, h.Oldest(), h.Revision(), err)
		return
	}
	var all []*Item
	keys.Scan(Range{}, false, func(it *Item) bool { all = append(all, it); return true })
	keys.Scan(Range{}, true, func(it *Item) bool {
		last := len(all) - 1
		if last < 0 || all[last] != it || keys.Get([]byte(it.Key())) != it || it.ModRevision() > revision {
			t.Errorf("%s is seen in one way and not in another", show([]*Item{it}))
			return false
		}
		all = all[:last]
		return true
	})
	if len(all) != 0 {
		t.Errorf("%d keys are only seen forwards", len(all))
	}
}

// Views are taken, shared, read and released in any order beside entries, compactions
// and restores. In the end nothing is kept for them. For the race detector, too: it
// would see a version that is emptied under a reader.
func TestViewsBesideAllThatMovesThem(t *testing.T) {
	t.Parallel()
	const entries = 1000
	m := New(Options{})
	results(t, m, join(encoded(t, setQuota(0)), put("1", "x")))
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		random := rand.New(rand.NewPCG(1, rand.Uint64()))
		readers.Go(func() {
			var held []heldView
			for running := true; running && !t.Failed(); {
				select {
				case <-done:
					running = false
				default:
				}
				if held = append(held, hold(t, m)); len(held) < 5 {
					continue
				}
				i := random.IntN(len(held))
				held[i].check(t, random)
				held[i].Release()
				held[i] = held[len(held)-1]
				held = held[:len(held)-1]
			}
			for _, h := range held {
				h.Release()
			}
		})
	}
	random := rand.New(rand.NewPCG(1, rand.Uint64()))
	for i := range entries {
		results(t, m, tumult(t, m, random, i))
		if i%100 == 99 {
			if err := m.Restore(reader(persisted(t, m))); err != nil {
				t.Fatal(err)
			}
		}
	}
	close(done)
	readers.Wait()
	do(t, m, put("last", "x")) // lets go of the view of the present
	if c := &m.state.changes; c.kept != c.begin || m.state.pins.Len() != 0 {
		t.Errorf("%d changes are kept for nobody, %d pins", c.begin-c.kept, m.state.pins.Len())
	}
	checkState(t, m.state)
}
