package fsm

import (
	"hash/maphash"
	"slices"
)

// index finds the slot of a key. It is a row of hash tables, so that none is ever
// large, and one that grows keeps nobody waiting. Its seed is random; nothing that
// members must agree on is read in its order.
//
// A place of a table is a slot and, apart, its tag: 16 bits of the key's hash, from
// which also the place follows where one looks first. So a table grows, and closes
// the gap of a removed slot, without a look at a key.
type index struct {
	seed   maphash.Seed
	n      int
	tables [1 << tableBits]hashTable
}

// tableBits are so many that a table of a store of 10 million keys has 10,000, and
// tags still tell most keys apart that are neighbours.
const tableBits = 10

// hashTable is one with linear probing.
type hashTable struct {
	tags  []uint16 // 0 for a free place
	slots []*slot
	n     int
}

const (
	minTable = 4
	// A table is filled up to fullOf of fullIn of its places, and then grows by
	// 1/growBy. DESIGN.md has the memory and the time of it.
	fullOf, fullIn = 6, 7
	growBy         = 4
)

func newIndex() *index { return &index{seed: maphash.MakeSeed()} }

func (x *index) hash(key string) uint64 { return maphash.String(x.seed, key) }

// split makes of a hash the table and the tag.
func (x *index) split(hash uint64) (*hashTable, uint16) {
	return &x.tables[hash>>(64-tableBits)], max(uint16(hash), 1)
}

// get returns the slot of a key, nil if there is none.
func (x *index) get(key []byte) *slot {
	t, tag := x.split(maphash.Bytes(x.seed, key))
	if t.n == 0 {
		return nil
	}
	for i := t.home(tag); t.tags[i] != 0; i = t.next(i) {
		if t.tags[i] == tag && t.slots[i].key() == string(key) {
			return t.slots[i]
		}
	}
	return nil
}

// guess returns a slot that most likely is that of a key, without a look at its key.
func (x *index) guess(key []byte) *slot {
	t, tag := x.split(maphash.Bytes(x.seed, key))
	if t.n == 0 {
		return nil
	}
	i := t.home(tag)
	for t.tags[i] != 0 && t.tags[i] != tag {
		i = t.next(i)
	}
	return t.slots[i]
}

// find is get for a string.
func (x *index) find(key string) *slot { return x.get([]byte(key)) }

// add adds a slot; there is none of its key.
func (x *index) add(sl *slot) {
	t, tag := x.split(x.hash(sl.key()))
	if (t.n+1)*fullIn > len(t.tags)*fullOf {
		t.resize(len(t.tags) + len(t.tags)/growBy + 1)
	}
	t.put(tag, sl)
	t.n++
	x.n++
}

// load is add for many. The slots are only gathered, and are not found before settle.
func (x *index) load(sl *slot) {
	t, tag := x.split(x.hash(sl.key()))
	t.tags, t.slots = append(t.tags, tag), append(t.slots, sl)
	t.n++
	x.n++
}

// settle puts the slots that were gathered in their places. One table at a time, it
// does not wait for memory.
func (x *index) settle() {
	for i := range x.tables {
		if t := &x.tables[i]; t.n > 0 {
			t.resize(t.n + t.n/growBy + 1)
		}
	}
}

// remove removes a slot, which is there.
func (x *index) remove(sl *slot) {
	t, tag := x.split(x.hash(sl.key()))
	i := t.home(tag)
	for t.slots[i] != sl {
		i = t.next(i)
	}
	t.close(i)
	t.n--
	x.n--
	if len(t.tags) > 4*minTable && t.n < len(t.tags)/4 {
		t.resize(2 * t.n)
	}
}

// home is where the slot of a tag would like to be.
func (t *hashTable) home(tag uint16) int { return int(uint(tag) * uint(len(t.tags)) >> 16) }

func (t *hashTable) next(i int) int {
	if i++; i < len(t.tags) {
		return i
	}
	return 0
}

func (t *hashTable) put(tag uint16, sl *slot) {
	i := t.home(tag)
	for t.tags[i] != 0 {
		i = t.next(i)
	}
	t.tags[i], t.slots[i] = tag, sl
}

// close frees a place, and moves those up that had to pass it.
func (t *hashTable) close(gap int) {
	for i := t.next(gap); t.tags[i] != 0; i = t.next(i) {
		if t.distance(t.home(t.tags[i]), i) >= t.distance(gap, i) {
			t.tags[gap], t.slots[gap] = t.tags[i], t.slots[i]
			gap = i
		}
	}
	t.tags[gap], t.slots[gap] = 0, nil
}

// distance is how many steps it is from one place to another.
func (t *hashTable) distance(from, to int) int {
	if to -= from; to < 0 {
		to += len(t.tags)
	}
	return to
}

// resize gives the table size places, or as many more as the allocator has at hand.
func (t *hashTable) resize(size int) {
	old := *t
	t.slots = slices.Grow([]*slot(nil), max(size, minTable))
	t.slots = t.slots[:cap(t.slots)]
	t.tags = make([]uint16, len(t.slots))
	for i, tag := range old.tags {
		if tag != 0 {
			t.put(tag, old.slots[i])
		}
	}
}
