package logstore

import "github.com/hashicorp/raft"

// cache keeps the newest entries of the log, as many as fit into limit bytes.
type cache struct {
	limit   int64
	bytes   int64
	entries []raft.Log
}

const entryOverhead = 128 // bytes of a raft.Log without its data

func cost(e *raft.Log) int64 { return int64(entryOverhead + len(e.Data) + len(e.Extensions)) }

// get fills out with the entry that is back entries before the newest.
func (c *cache) get(back uint64, out *raft.Log) bool {
	if back >= uint64(len(c.entries)) {
		return false
	}
	*out = c.entries[len(c.entries)-1-int(back)]
	return true
}

func (c *cache) push(logs []*raft.Log) {
	for _, e := range logs {
		c.entries = append(c.entries, *e)
		c.bytes += cost(e)
	}
	for len(c.entries) > 0 && c.bytes > c.limit {
		c.dropOldest()
	}
}

// dropNewest forgets the newest n entries.
func (c *cache) dropNewest(n uint64) {
	for ; n > 0 && len(c.entries) > 0; n-- {
		e := &c.entries[len(c.entries)-1]
		c.bytes -= cost(e)
		*e = raft.Log{}
		c.entries = c.entries[:len(c.entries)-1]
	}
}

// keep forgets all but the newest n entries.
func (c *cache) keep(n int) {
	for len(c.entries) > n {
		c.dropOldest()
	}
}

func (c *cache) dropOldest() {
	c.bytes -= cost(&c.entries[0])
	c.entries[0] = raft.Log{}
	c.entries = c.entries[1:]
}
