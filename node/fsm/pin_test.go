package fsm

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// checkState checks what must hold of a state between two entries, whatever was done
// to it.
func checkState(t interface{ Fatalf(string, ...any) }, s *state) {
	versions := 0
	for _, tree := range []struct {
		name    string
		slots   []*slot
		deleted bool
	}{{"live", s.live.Items(), false}, {"gone", s.gone.Items(), true}} {
		for _, sl := range tree.slots {
			if sl.item == nil || sl.item.Deleted() != tree.deleted || s.index.find(sl.key()) != sl {
				t.Fatalf("a slot among the %s ones has %s, or is not in the index", tree.name, show([]*Item{sl.item}))
			}
			newer := sl.item
			for v := sl.older; v != nil; v = v.older {
				if v.item == nil {
					if v.older != nil {
						t.Fatalf("an emptied version of %q leads on", sl.key())
					}
					break
				}
				if v.item.ModRevision() >= newer.ModRevision() || v.item.Key() != newer.Key() {
					t.Fatalf("%s comes before %s", show([]*Item{v.item}), show([]*Item{newer}))
				}
				newer = v.item
				versions++
			}
		}
	}
	if s.index.n != s.live.Len()+s.gone.Len() {
		t.Fatalf("%d slots in the index, %d live, %d gone", s.index.n, s.live.Len(), s.gone.Len())
	}
	checkHistory(t, s, versions)
}

// checkHistory checks the changes that are in memory. So many earlier versions hang
// behind the slots.
func checkHistory(t interface{ Fatalf(string, ...any) }, s *state, versions int) {
	c := &s.changes
	if c.base > c.kept || c.kept > c.begin || c.begin > c.end || c.kept-c.base >= chunkLen {
		t.Fatalf("changes from %d, kept from %d, history %d to %d", c.base, c.kept, c.begin, c.end)
	}
	var held uint64
	replaced, deleted := 0, 0
	for i := c.kept; i < c.end; i++ {
		one := c.at(i)
		if i >= c.begin {
			held += one.held()
		}
		if one.prev != nil {
			replaced++
		}
		if sl := s.index.find(one.item.Key()); sl == nil {
			t.Fatalf("a change of %q is kept, and the key is not", one.item.Key())
		} else if one.item.Deleted() && sl.item == one.item {
			deleted++
		}
	}
	if replaced != versions || deleted != s.gone.Len() || held != c.bytes {
		t.Fatalf("%d changes replaced a version and %d versions are there, %d deleted a key and %d are gone, they hold %d bytes, not %d",
			replaced, versions, deleted, s.gone.Len(), held, c.bytes)
	}
	if s.pins.Len() == 0 && c.begin-c.kept > 0 && c.end-c.kept <= pruneStep {
		t.Fatalf("%d changes are in memory that nobody keeps", c.begin-c.kept)
	}
}

// keep takes a view that is to be looked at again.
func (r *rig) keep() {
	v := r.m.View()
	r.kept = append(r.kept, keptView{v, r.model.clone(), v.Hash()})
}

// release lets a view go, now and then twice.
func (r *rig) release(t *rapid.T) {
	if len(r.kept) == 0 {
		return
	}
	i := rapid.IntRange(0, len(r.kept)-1).Draw(t, "view")
	for range rapid.IntRange(1, 2).Draw(t, "times") {
		r.kept[i].view.Release()
	}
	r.kept = slices.Delete(r.kept, i, i+1)
}

// restore replaces the state by its own snapshot. Views of the old one stay as they are.
func (r *rig) restore(t *rapid.T) {
	limits := r.m.state.table.limits
	if err := r.m.Restore(reader(snapshotOf(t, r.m))); err != nil {
		t.Fatal(err)
	}
	r.m.state.table.limits = limits
}

// What only views keep is kept as long as there are views, and no longer. What all
// members see does not depend on it.
func TestViewsKeepWhatTheyShow(t *testing.T) {
	t.Parallel()
	m, other := New(Options{}), New(Options{})
	both := func(data []byte) {
		do(t, m, data)
		do(t, other, data)
	}
	both(encoded(t, setQuota(0)))
	both(put("k", "0"))
	both(put("gone", "0"))
	v := m.View()
	w := m.View()
	for i := range 1000 {
		both(put("k", fmt.Sprint(i)))
		both(del("gone"))
		both(put("gone", "again"))
	}
	both(del("gone"))
	both(encoded(t, compactCommand(m.Revision())))
	if kept := m.state.changes.begin - m.state.changes.kept; kept < 3000 {
		t.Errorf("%d changes are kept for a view", kept)
	}
	if m.Hash() != other.Hash() {
		t.Error("a view makes members differ")
	}
	v.Release()
	v.Release() // not the one of w
	if it := w.Get([]byte("k")); string(it.Value()) != "0" || !slices.Equal(keys(w, ""), []string{"gone", "k"}) {
		t.Errorf("the view shows %s, and the keys %q", show([]*Item{it}), keys(w, ""))
	}
	n := 0
	w.Changes(0, func(Change) bool { n++; return true })
	if n != 2 || w.Len() != 2 {
		t.Errorf("the view shows %d changes of %d keys", n, w.Len())
	}
	w.Release()
	do(t, m, put("k", "later")) // Hash has left a view of the present
	if c := &m.state.changes; c.kept != c.begin || m.state.pins.Len() != 0 {
		t.Errorf("%d changes are kept for nobody, %d pins", c.begin-c.kept, m.state.pins.Len())
	}
	checkState(t, m.state)
}

// A scan of the present does not look at the keys that are gone, and one of the past
// finds them.
func TestScansWithDeletedKeys(t *testing.T) {
	t.Parallel()
	m := New(Options{})
	do(t, m, encoded(t, setQuota(0)))
	key := func(i int) string { return fmt.Sprintf("%05d", i) }
	for i := range 5 * mostSlots {
		do(t, m, put(key(i), "x"))
	}
	full := m.View()
	defer full.Release()
	do(t, m, encoded(t, deleteRange(key(10), key(5*mostSlots-10))))
	now := m.View()
	defer now.Release()
	do(t, m, put("later", "x"))
	for _, c := range []struct {
		view *View
		want int
	}{{full, 5 * mostSlots}, {now, 20}} {
		for _, reverse := range []bool{false, true} {
			all, err := c.view.Keys(0)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			all.Scan(Range{}, reverse, func(it *Item) bool {
				got = append(got, it.Key())
				return true
			})
			if reverse {
				slices.Reverse(got)
			}
			if len(got) != c.want || !slices.IsSorted(got) || slices.Contains(got, "later") {
				t.Errorf("%d keys at revision %d, want %d, sorted %t", len(got), c.view.Revision(), c.want, slices.IsSorted(got))
			}
		}
	}
	if m.state.gone.Len() != 5*mostSlots-20 {
		t.Errorf("%d keys are gone", m.state.gone.Len())
	}
	do(t, m, encoded(t, compactCommand(m.Revision())))
	now.Release()
	full.Release()
	if m.state.gone.Len() != 0 || m.state.index.n != 21 {
		t.Errorf("%d keys are gone, %d known, after the compaction", m.state.gone.Len(), m.state.index.n)
	}
}

// A restore leaves the views of the old state alone.
func TestRestoreUnderAView(t *testing.T) {
	t.Parallel()
	m := rich(t)
	v := m.View()
	hash := v.Hash()
	if err := m.Restore(reader(persisted(t, small(t)))); err != nil {
		t.Fatal(err)
	}
	do(t, m, put("other", "x"))
	if v.Hash() != hash || m.Hash() == hash {
		t.Error("the view follows the restore, or the machine does not")
	}
	v.Release()
	checkState(t, m.state)
}
