package fsm

import "github.com/tidwall/btree"

// reach returns the revision that is meant by one, where 0 is the present one, if it
// can be read. Errors: ErrCompacted, ErrFutureRevision.
func (d *data) reach(revision uint64) (uint64, error) {
	switch {
	case revision == 0 || revision == d.revision:
		return d.revision, nil
	case revision > d.revision:
		return 0, ErrFutureRevision
	case revision+1 < d.oldest:
		return 0, ErrCompacted
	}
	return revision, nil
}

// compact makes revision the oldest whose changes are kept.
func (d *data) compact(revision uint64) error {
	switch {
	case revision <= d.oldest:
		return ErrCompacted
	case revision > d.revision:
		return ErrFutureRevision
	}
	d.oldest = revision
	d.changes.forget(d.changes.from(revision))
	return nil
}

// past are the keys as they were at a revision that a view keeps. The machine goes
// on meanwhile: its lock is held for a slot, or for a few hundred, and the rest of
// the way, along their earlier versions, needs none.
type past struct {
	view     *frozen
	revision uint64
}

// Get implements Keys.
func (p past) Get(key []byte) *Item {
	newest := p.view.newest(key)
	return newest.at(p.revision)
}

// newest returns a copy of what the slot of a key holds now, without an item if there
// is none.
func (v *frozen) newest(key []byte) version {
	v.machine.mu.RLock()
	defer v.machine.mu.RUnlock()
	if sl := v.state.index.get(key); sl != nil {
		return sl.version
	}
	return version{}
}

// How many slots a scan takes at once. It holds the lock for some 100 ns each. The
// first are few, as often no more are wanted.
const (
	firstSlots = 16
	mostSlots  = 512
)

// Scan implements Keys. No lock is held while fn runs.
func (p past) Scan(r Range, reverse bool, fn func(*Item) bool) {
	var slots []*slot
	var taken []version
	for size, more := firstSlots, true; more; size = min(4*size, mostSlots) {
		slots, taken, more = p.take(slots[:0], taken[:0], &r, reverse, size)
		stepBack(taken, p.revision)
		for i := range taken {
			if it := taken[i].at(p.revision); it != nil && !fn(it) {
				return
			}
		}
	}
}

// take copies what the first slots of a range hold, and leaves the rest of the range.
func (p past) take(slots []*slot, taken []version, r *Range, reverse bool, size int) (_ []*slot, _ []version, more bool) {
	p.view.machine.mu.RLock()
	defer p.view.machine.mu.RUnlock()
	s := p.view.state
	each := func(sl *slot) bool {
		if more = len(slots) == size; !more {
			slots = append(slots, sl)
		} else if reverse {
			r.To = slots[size-1].key()
		} else {
			r.From = sl.key()
		}
		return !more
	}
	if s.revision == p.revision { // the keys that are gone do not matter
		walk(s.live, *r, reverse, each)
	} else {
		merge(s.live, s.gone, *r, reverse, each)
	}
	for _, sl := range slots { // apart from the walk, see warm.go
		taken = append(taken, sl.version)
	}
	return slots, taken, more
}

// merge is walk over two trees.
func merge(a, b *btree.BTreeG[*slot], r Range, reverse bool, fn func(*slot) bool) {
	var x, y cursor
	x.start(a, r, reverse)
	y.start(b, r, reverse)
	for x.slot != nil || y.slot != nil {
		next := &x
		if x.slot == nil || y.slot != nil && y.slot.key() < x.slot.key() != reverse {
			next = &y
		}
		if !fn(next.slot) {
			return
		}
		next.step()
	}
}

// cursor goes over the slots of a tree that are in a range.
type cursor struct {
	iter    btree.IterG[*slot]
	within  Range
	reverse bool
	slot    *slot // the one that it is at; nil behind the last
}

func (c *cursor) start(tree *btree.BTreeG[*slot], r Range, reverse bool) {
	if tree.Len() == 0 {
		return
	}
	c.within, c.reverse = r, reverse
	c.iter.Init(tree, false)
	switch {
	case !reverse:
		c.set(c.iter.Seek(pivot(r.From)))
	case r.To != "" && c.iter.Seek(pivot(r.To)):
		c.set(c.iter.Prev())
	default:
		c.set(c.iter.Last())
	}
}

func (c *cursor) step() {
	if c.reverse {
		c.set(c.iter.Prev())
	} else {
		c.set(c.iter.Next())
	}
}

func (c *cursor) set(found bool) {
	c.slot = nil
	if found && c.within.Contains(c.iter.Item().key()) {
		c.slot = c.iter.Item()
	}
}
