package fsm

import (
	"slices"
	"sort"
)

// Change is what one revision did to one key.
type Change struct {
	// Item is the key as the change left it.
	Item *Item
	// Prev is the key as it was before, nil if it was not there.
	Prev *Item
}

// chunkLen is the number of changes in one piece of memory.
const chunkLen = 256

// changes is the history that is kept: all changes of the keys in the order in
// which they were made, from some revision on. A copy of the struct is a frozen
// history: chunks are only added to behind its end, and never changed.
//
//	chunks  ╎ ░░░░ c0 c1 c2 … ╎ … ╎ … c(n-1) ░░░░ ╎
//	          first
type changes struct {
	chunks []*[chunkLen]Change
	first  int    // place of the oldest in chunks[0]
	n      int    // number of changes
	bytes  uint64 // keys and values of the versions that only the history holds
}

func (c *changes) at(i int) *Change {
	i += c.first
	return &c.chunks[i/chunkLen][i%chunkLen]
}

func (c *changes) add(change Change) {
	if c.first+c.n == len(c.chunks)*chunkLen {
		c.chunks = append(c.chunks, new([chunkLen]Change))
	}
	c.n++
	*c.at(c.n - 1) = change
	c.bytes += change.held()
}

// held is what the change keeps in memory: the version that it replaced.
func (c *Change) held() uint64 {
	if c.Prev == nil {
		return 0
	}
	return c.Prev.bytes()
}

// from returns the place of the first change at or after revision.
func (c *changes) from(revision uint64) int {
	return sort.Search(c.n, func(i int) bool { return c.at(i).Item.ModRevision >= revision })
}

// dropBefore forgets the changes before revision. What is left of the first chunk
// is copied: whoever holds an older copy of the struct goes on reading the old one.
func (c *changes) dropBefore(revision uint64) {
	drop := c.from(revision)
	for i := range drop {
		c.bytes -= c.at(i).held()
	}
	place := c.first + drop
	c.chunks, c.first, c.n = slices.Clone(c.chunks[place/chunkLen:]), place%chunkLen, c.n-drop
	if len(c.chunks) > 0 {
		rest := new([chunkLen]Change)
		copy(rest[c.first:], c.chunks[0][c.first:])
		c.chunks[0] = rest
	}
}

// ascend calls fn with the changes from place i on until fn returns false.
func (c *changes) ascend(i int, fn func(*Change) bool) {
	for ; i < c.n && fn(c.at(i)); i++ {
	}
}

// descend calls fn with the changes from the newest to the oldest until fn
// returns false.
func (c *changes) descend(fn func(*Change) bool) {
	for i := c.n - 1; i >= 0 && fn(c.at(i)); i-- {
	}
}
