package playground

import (
	"sync"
	"time"

	"kv/node"
)

// records are what is recorded of each node, over all its starts.
type records struct {
	mu     sync.Mutex
	byName map[string]*node.Events // guarded by mu
}

// of returns the record of a node, and makes it with the first call.
func (r *records) of(name string) *node.Events {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byName == nil {
		r.byName = make(map[string]*node.Events)
	}
	if r.byName[name] == nil {
		r.byName[name] = node.NewEvents(name)
	}
	return r.byName[name]
}

// all calls f with each record.
func (r *records) all(f func(*node.Events)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.byName {
		f(e)
	}
}

// Mark records what was done to the cluster, in the words of the command, such as
// "kill n1". Every node's record takes it, so that it is known whichever of them can be
// asked; by its time it is recognized as one.
func (c *Cluster) Mark(text string) {
	at := time.Now()
	c.records.all(func(e *node.Events) { e.Mark(at, text) })
}

// MarkFault records the beginning of a fault that lasts until it is healed, such as
// "partition n1 | n2 n3".
func (c *Cluster) MarkFault(text string) {
	at := time.Now()
	c.records.all(func(e *node.Events) { e.MarkFault(at, text) })
}

// MarkHealed records the end of a fault that MarkFault was told of with the same text.
func (c *Cluster) MarkHealed(text string) {
	at := time.Now()
	c.records.all(func(e *node.Events) { e.MarkHealed(at, text) })
}
