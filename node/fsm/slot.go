package fsm

import "github.com/tidwall/btree"

// version is a key as it was at one revision, and how it was before:
//
//	slot ──▶ ╎ newest ╎ older ╎──▶ ╎ item ╎ older ╎──▶ ╎ item ╎ older ╎──▶ nil, or an emptied one
//
// A version is made when a newer one takes its place, and does not change until the
// change that replaced it is forgotten. Then it is emptied: its item is nil. So who
// walks along the row from a newer version to an older one, at most to the last
// one before the history that is kept for him, meets none that is emptied, and needs
// no lock but for the first step, off the slot.
type version struct {
	item  *Item
	older *version
}

// slot is a key's place in the store, which holds its newest version. It is the same
// as long as anything is known of the key, so that the index and the ordered trees
// are not touched when the key is put again.
type slot struct{ version }

func (sl *slot) key() string { return sl.item.Key() }

// live returns the item of a key, nil if it is not there.
func (v *version) live() *Item {
	if v == nil || v.item == nil || v.item.Deleted() {
		return nil
	}
	return v.item
}

// now returns the key's item, nil if it is not there. The slot may be nil.
func (sl *slot) now() *Item {
	if sl == nil {
		return nil
	}
	return sl.live()
}

// at returns the item as it was at a revision, nil if it was not there.
func (v *version) at(revision uint64) *Item {
	for v != nil && v.item != nil && v.item.ModRevision() > revision {
		v = v.older
	}
	return v.live()
}

// push makes an item the newest, and returns the version before. An emptied one is
// used again: nobody looks at it but to find that it is empty.
func (sl *slot) push(it *Item) *version {
	before := sl.older
	if before != nil && before.item == nil {
		before.item = sl.item
	} else {
		before = &version{item: sl.item, older: before}
	}
	sl.item, sl.older = it, before
	return before
}

// degree of the ordered trees: nodes of up to 2*degree-1 slots. Measured with
// BenchmarkDegree; DESIGN.md has the figures.
const degree = 32

// newTree returns a tree of slots, ordered by their keys' bytes. It is never copied.
func newTree(degree int) *btree.BTreeG[*slot] {
	less := func(a, b *slot) bool { return a.key() < b.key() }
	return btree.NewBTreeGOptions(less, btree.Options{Degree: degree, NoLocks: true})
}

// pivot is a slot for looking up a key in a tree.
func pivot(key string) *slot {
	return &slot{version{item: (&fields[string]{key: key}).item()}}
}
