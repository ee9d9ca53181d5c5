// Package wires is the network between the nodes of a playground: a wire for each
// direction between two nodes, at the calls of gRPC. Every wire can be cut, slowed
// down, made to lose messages, or held, so that a person delivers what is on it
// message by message; and what travels can be looked at. DESIGN.md tells what a message
// is and what becomes of one that is lost.
package wires

import (
	"context"
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"kv/node/patience"
)

// Config is what a network has to know.
type Config struct {
	// Seed makes chance repeatable: the n-th message on a wire has the same delay and
	// the same fate with the same seed and the same faults.
	Seed uint64
	// Names returns the names of all nodes. Required.
	Names func() []string
	// NameAt returns the node whose Raft port is at an address, "" if there is none.
	// It serves the calls of a node that has no cluster yet; nil knows none.
	NameAt func(address string) string
	// Clock is the patience of the nodes. It stands still while anything is held; nil
	// is a clock of the network's own.
	Clock *patience.Clock
}

// Network is the wires. Its methods are safe for concurrent use.
type Network struct {
	cfg Config
	// busy is false while there are no faults and nobody looks: messages then pass
	// without a trace.
	busy atomic.Bool
	// ctx ends with the network; wg are the messages that travel without their sender.
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu       sync.Mutex      // guards all below
	closed   bool            // nothing joins wg any more
	faults   []Fault         // as they were ordered
	wires    map[ends]*wire  // those that have been used
	last     uint64          // number of the last message
	caught   time.Time       // when the last message came to a held wire
	watchers map[*Watch]bool // who looks
}

// ends are the two ends of a wire.
type ends struct{ from, to string }

// New makes a network without faults. Close ends it.
func New(cfg Config) *Network {
	if cfg.Clock == nil {
		cfg.Clock = new(patience.Clock)
	}
	n := &Network{cfg: cfg, wires: make(map[ends]*wire), watchers: make(map[*Watch]bool)}
	n.ctx, n.cancel = context.WithCancel(context.Background())
	return n
}

// Clock returns the clock that stands still while anything is held.
func (n *Network) Clock() *patience.Clock { return n.cfg.Clock }

// Close heals all, ends what travels without a sender, and waits for it. Calls go on
// without wires.
func (n *Network) Close() {
	n.Heal("", "")
	n.mu.Lock()
	n.closed = true
	watchers := n.watchers
	n.mu.Unlock()
	n.cancel()
	n.wg.Wait()
	for w := range watchers {
		w.Close()
	}
}

// spawn starts a goroutine that Close waits for, and reports whether it did.
func (n *Network) spawn(do func()) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.closed {
		n.wg.Go(do)
	}
	return !n.closed
}

// wire returns the wire between two nodes. n.mu is held.
func (n *Network) wire(from, to string) *wire {
	e := ends{from, to}
	w, ok := n.wires[e]
	if !ok {
		w = &wire{ends: e, chance: chance(n.cfg.Seed, e)}
		w.obey(n.faults)
		n.wires[e] = w
	}
	return w
}

// chance is a wire's own: what happens on another does not disturb it.
func chance(seed uint64, e ends) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(e.from + ">" + e.to))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// Reseed begins chance anew, on all wires, as Config.Seed does.
func (n *Network) Reseed(seed uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cfg.Seed = seed
	for e, w := range n.wires {
		w.chance = chance(seed, e)
	}
}

// changed has the wires obey the faults as they are now. n.mu is held.
func (n *Network) changed() {
	held := false
	for _, f := range n.faults {
		held = held || f.Kind == Hold
	}
	// Before anything moves: what is let go must find its sender patient.
	if held {
		n.cfg.Clock.Stop()
	}
	for _, w := range n.wires {
		w.obey(n.faults)
		n.pump(w)
	}
	if !held {
		n.cfg.Clock.GoOn()
	}
	n.look()
}

// look notes whether anything is to be done for a message. n.mu is held.
func (n *Network) look() {
	n.busy.Store(len(n.faults) > 0 || len(n.watchers) > 0)
}
