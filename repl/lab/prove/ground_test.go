package prove

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// ground is a playground on paper, which notes what is done to it.
type ground struct {
	mu    sync.Mutex
	state map[string]string
	wires map[[2]string]string // what is wrong with them
	disks map[string]string    // what is wrong with them
	did   []string
	seed  uint64
	hash  map[string]string // "" for the one that all have
	joins func(name string) // told of nodes that are added
}

func newGround() *ground {
	return &ground{state: map[string]string{"n1": "running", "n2": "running", "n3": "running"}, wires: map[[2]string]string{}, disks: map[string]string{}, hash: map[string]string{}}
}

func (g *ground) do(name, state, from string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !strings.Contains(from, g.state[name]) {
		return fmt.Errorf("%s is %s", name, g.state[name])
	}
	g.did = append(g.did, state+" "+name)
	g.state[name] = state
	return nil
}

func (g *ground) Names() []string { return []string{"n1", "n2", "n3"} }
func (g *ground) Describe(name string) (string, string, string, string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.state[name], "", "", ""
}
func (g *ground) Leader() string                              { return "n2" }
func (g *ground) Stop(_ context.Context, name string) error   { return g.do(name, "stopped", "running") }
func (g *ground) Kill(_ context.Context, name string) error   { return g.do(name, "killed", "running") }
func (g *ground) Pause(_ context.Context, name string) error  { return g.do(name, "paused", "running") }
func (g *ground) Resume(_ context.Context, name string) error { return g.do(name, "running", "paused") }
func (g *ground) Start(_ context.Context, name string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.did, g.state[name] = append(g.did, "started "+name), "running"
	return nil
}
func (g *ground) Wipe(_ context.Context, name string) error {
	return g.do(name, "wiped", "killed removed")
}
func (g *ground) Add(_ context.Context, name string) (string, bool, error) {
	g.joins(name)
	return name, true, g.do(name, "running", "wiped")
}

// removed is a removal, of which a node hears and ends by it.
func (g *ground) removed(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.state[name] = "removed"
}

func (g *ground) wire(from, to, trouble string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.wires[[2]string{from, to}] = trouble
}

func (g *ground) Cut(from, to string) { g.wire(from, to, "cut") }
func (g *ground) Delay(from, to string, mean, jitter time.Duration) {
	g.wire(from, to, fmt.Sprintf("%s±%s", mean, jitter))
}
func (g *ground) Drop(from, to string, percent float64) {
	g.wire(from, to, fmt.Sprintf("%g%%", percent))
}
func (g *ground) Reseed(seed uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seed = seed
}
func (g *ground) Heal() {
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.wires)
}

func (g *ground) SlowDisk(name string, d time.Duration) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.disks[name] = d.String()
	return nil
}

// FailDisk ends a node at once, as its next write would.
func (g *ground) FailDisk(name string, _ bool) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.disks[name], g.state[name] = "fails", "failed: disk"
	return nil
}

func (g *ground) HealDisk(name string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.disks, name)
	return nil
}

func (g *ground) Hash(name string) (string, uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if h := g.hash[name]; h != "" {
		return h, 7
	}
	return "c0ffee", 7
}
