package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"sync"

	"kv/node/playground/wires"
	"kv/repl/lab/faults"
)

const seedHelp = "`number` that decides all that a playground leaves to chance: which messages are lost,\n" +
	"how late they come, what load and chaos do. Not when things happen: that is up to the machine (default: a new one)"

// chance is what a playground leaves to chance, made of one number. Its methods may be
// called from several goroutines.
type chance struct {
	seed  uint64
	given bool

	mu     sync.Mutex
	random *rand.Rand // guarded by mu
	used   bool       // guarded by mu
}

// newChance takes the seed that was given, or finds one for 0.
func newChance(seed uint64) *chance {
	given := seed != 0
	if !given {
		seed = 1 + rand.Uint64N(999_999) // short enough to be typed
	}
	return &chance{seed: seed, given: given, random: rand.New(rand.NewPCG(seed, 0))}
}

// next is the seed of something that has chances of its own.
func (c *chance) next() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.used = true
	return c.random.Uint64()
}

// notice looks whether a fault leaves anything to chance.
func (c *chance) notice(f faults.Fault) {
	if f.Kind == wires.Drop || f.Jitter > 0 {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.used = true
	}
}

// tell says how to have the same chances again, if it matters and nobody knows.
func (c *chance) tell(w io.Writer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.used && !c.given {
		fmt.Fprintf(w, "seed %d: `kv playground -seed %d` gives the same chances again\n", c.seed, c.seed)
	}
}
