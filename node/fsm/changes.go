package fsm

import "sort"

// Change is what one revision did to one key.
type Change struct {
	// Item is the key as the change left it.
	Item *Item
	// Prev is the key as it was before, nil if it was not there.
	Prev *Item
}

// change is a Change as it is kept: the version before is a node of the key's own
// row of versions, nil if there is none.
type change struct {
	item *Item
	prev *version
}

// public returns the change as others see it.
func (c *change) public() Change { return Change{Item: c.item, Prev: c.prev.live()} }

// held is what the change keeps in memory: what it replaced.
func (c *change) held() uint64 {
	if prev := c.prev.live(); prev != nil {
		return prev.bytes()
	}
	return 0
}

// chunkLen is the number of changes in one piece of memory. With its sum a chunk is
// as large as the allocator gives, 4096 bytes.
const chunkLen = 255

type chunk struct {
	changes [chunkLen]change
	held    uint64 // sum over all that were ever in it
}

// changes is the history: all changes of the keys in the order in which they were
// made, from some revision on. Each has a number, which counts up for ever.
//
//	chunks  ╎ ░░░░ ╎ forgotten, but kept for views ╎ the history ╎
//	          base   kept                            begin         end
//
// The changes of the history are what the store has: all members agree on them. How
// many before them are still in memory is each member's own affair.
//
// A copy of the struct is a frozen history, as long as a pin (see pin.go) keeps what
// is in it: what is added comes behind its end.
type changes struct {
	chunks           []*chunk
	base             uint64 // number of the first place of chunks[0]
	kept, begin, end uint64
	bytes            uint64 // keys and values of the versions that only the history holds
}

func (c *changes) len() int { return int(c.end - c.begin) }

func (c *changes) at(number uint64) *change {
	i := number - c.base
	return &c.chunks[i/chunkLen].changes[i%chunkLen]
}

func (c *changes) add(one change) {
	i := c.end - c.base
	if i == uint64(len(c.chunks)*chunkLen) {
		c.chunks = append(c.chunks, new(chunk))
	}
	last := c.chunks[i/chunkLen]
	last.changes[i%chunkLen] = one
	held := one.held()
	last.held += held
	c.bytes += held
	c.end++
}

// from returns the number of the first change at or after revision.
func (c *changes) from(revision uint64) uint64 {
	return c.begin + uint64(sort.Search(c.len(), func(i int) bool {
		return c.at(c.begin+uint64(i)).item.ModRevision() >= revision
	}))
}

// forget makes the change of a number the first of the history. Of whole chunks it
// looks at the sum alone.
func (c *changes) forget(begin uint64) {
	for c.begin < begin {
		if i := c.begin - c.base; i%chunkLen == 0 && begin-c.begin >= chunkLen {
			c.bytes -= c.chunks[i/chunkLen].held
			c.begin += chunkLen
			continue
		}
		c.bytes -= c.at(c.begin).held()
		c.begin++
	}
}

// shift takes the oldest change that is still in memory out of it.
func (c *changes) shift() change {
	oldest := c.at(c.kept)
	out := *oldest
	*oldest = change{}
	if c.kept++; c.kept-c.base == chunkLen {
		c.chunks[0] = nil // the array outlives the slice
		c.chunks, c.base = c.chunks[1:], c.base+chunkLen
	}
	return out
}

// ascend calls fn with the changes from a number on until fn returns false.
func (c *changes) ascend(number uint64, fn func(*change) bool) {
	for number < c.end {
		some := min(c.end, number+warmAtOnce)
		c.touch(number, some)
		for ; number < some; number++ {
			if !fn(c.at(number)) {
				return
			}
		}
	}
}
