// Package playground runs a whole cluster in one process: real nodes with real
// ports and real files, and the wires between them, which can be cut. The same
// cluster serves `kv playground`, the integration tests and the examples.
package playground

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"sync"
	"time"

	"kv/node"
	"kv/node/playground/wires"
	"kv/proto/kverr"
)

// Ports of the first node; the others count up from them.
const (
	FirstKVPort   = node.DefaultKVPort
	FirstRaftPort = node.DefaultRaftPort
)

// MaxNodes is how many nodes a playground may have.
const MaxNodes = 9

// Config says what to run. The zero value is three nodes in a temporary folder.
type Config struct {
	// Nodes is how many nodes to start, 1 to MaxNodes. Default: 3, or as many as
	// Dir holds.
	Nodes int
	// Dir keeps the nodes' folders; an existing one is gone on with. If empty the
	// folder is temporary and goes away with Close.
	Dir string
	// FreePorts takes any free ports instead of the well-known ones.
	FreePorts bool
	// Logger gives each node its logger. Default: discard.
	Logger func(name string) *slog.Logger
	// Seed makes the chances of faults repeatable: which messages are lost, and how long
	// each is delayed.
	Seed uint64
	// Tune changes a node's configuration before each start.
	Tune func(*node.Config)
}

// Cluster is a running playground. Its methods are safe for concurrent use.
type Cluster struct {
	cfg       Config
	dir       string
	temporary bool
	net       *wires.Network
	// ports are the names of the nodes by the addresses of their Raft ports.
	ports   sync.Map
	records records

	mu    sync.Mutex
	nodes map[string]*slot // guarded by mu
}

// Open starts the nodes and returns once all of them are voters, or ctx ends. Of an
// existing folder those that were removed from the cluster are only shown.
func Open(ctx context.Context, cfg Config) (_ *Cluster, err error) {
	c := &Cluster{cfg: cfg, dir: cfg.Dir, nodes: make(map[string]*slot)}
	c.net = wires.New(wires.Config{Seed: cfg.Seed, Names: c.Names, NameAt: c.nameAt})
	if c.dir == "" {
		c.temporary = true
		if c.dir, err = os.MkdirTemp("", "kv-playground-"); err != nil {
			return nil, fmt.Errorf("make a folder for the playground: %w", err)
		}
	}
	defer func() {
		if err != nil {
			c.Close()
		}
	}()
	names, founder, err := c.names()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		s := c.newSlot(name)
		s.known = true
		c.nodes[name] = s
		err := c.open(s, name == founder)
		if errors.Is(err, kverr.ErrRemoved) {
			s.state = stateRemoved
		} else if err != nil {
			return nil, err
		}
	}
	return c, c.assemble(ctx)
}

// names returns the nodes that Dir holds, or as many new ones as are asked for, and
// which of them founds the cluster, unless that has been done.
func (c *Cluster) names() (names []string, founder string, err error) {
	found, err := filepath.Glob(filepath.Join(c.dir, "n[1-9]", "member.json"))
	if err != nil {
		return nil, "", err
	}
	count, founded := c.cfg.Nodes, false
	for _, path := range found {
		name := filepath.Base(filepath.Dir(path))
		names = append(names, name)
		// The founder may have a log and no cluster yet; it may be founded again.
		_, err := os.Stat(filepath.Join(c.dir, name, "log"))
		founded = founded || err == nil && name != allNames[0]
	}
	switch {
	case len(names) > 0 && count > 0 && count != len(names):
		return nil, "", fmt.Errorf("%s holds a playground of %d nodes, not %d", c.dir, len(names), count)
	case founded:
		return names, "", nil
	case len(names) > 0:
		return names, allNames[0], nil
	case count == 0:
		count = 3
	}
	if count < 1 || count > MaxNodes {
		return nil, "", fmt.Errorf("a playground has 1 to %d nodes, not %d", MaxNodes, count)
	}
	return allNames[:count], allNames[0], nil
}

// allNames are the names that nodes may have.
var allNames = func() []string {
	names := make([]string, MaxNodes)
	for i := range names {
		names[i] = fmt.Sprintf("n%d", i+1)
	}
	return names
}()

// assemble has all nodes join that do not belong to the cluster yet, and waits until
// all vote.
func (c *Cluster) assemble(ctx context.Context) error {
	all := c.slots()
	for _, s := range all {
		n := s.alive()
		if n == nil {
			continue
		}
		if id, _ := n.Cluster(); id != "" {
			continue
		}
		if err := n.Join(ctx, c.memberAddresses()); err != nil {
			return fmt.Errorf("join %s: %w", s.name, err)
		}
	}
	return c.await(ctx, "all nodes to vote", func() bool {
		var names []string
		var voters [][]string // as each node sees them
		for _, s := range all {
			if n := s.alive(); n != nil {
				names, voters = append(names, s.name), append(voters, n.Voters())
			}
		}
		lacks := func(seen []string) bool {
			return slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(seen, name) })
		}
		return !slices.ContainsFunc(voters, lacks) && c.Leader() != ""
	})
}

// Leader returns the name of the running node that leads in the highest term, or
// "" if none does.
func (c *Cluster) Leader() string {
	name, highest := "", uint64(0)
	for _, s := range c.slots() {
		if n := s.running(); n != nil {
			if term, leads := n.Leads(); leads && term >= highest {
				name, highest = s.name, term
			}
		}
	}
	return name
}

// Node returns a running node, or nil: a paused one answers nothing. It may have ended by
// itself.
func (c *Cluster) Node(name string) *node.Node {
	s, err := c.slot(name)
	if err != nil {
		return nil
	}
	return s.running()
}

// Names returns the names of all nodes, running or not, in order.
func (c *Cluster) Names() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	names := make([]string, 0, len(c.nodes))
	for name := range c.nodes {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Addresses returns the client addresses that the nodes have or had last, in the order
// of Names.
func (c *Cluster) Addresses() []string {
	var addrs []string
	for _, s := range c.slots() {
		s.mu.Lock()
		if s.kvAddr != "" {
			addrs = append(addrs, s.kvAddr)
		}
		s.mu.Unlock()
	}
	return addrs
}

// memberAddresses returns the client addresses of the nodes that answer and belong to
// the cluster.
func (c *Cluster) memberAddresses() []string {
	var addrs []string
	for _, s := range c.slots() {
		if n := s.alive(); n != nil {
			if id, _ := n.Cluster(); id != "" {
				addrs = append(addrs, n.KVAddress())
			}
		}
	}
	return addrs
}

// Close ends all nodes and removes a temporary folder. Nothing is lost by it.
func (c *Cluster) Close() error {
	var all sync.WaitGroup
	for _, s := range c.slots() {
		all.Go(s.close)
	}
	all.Wait()
	c.net.Close()
	if c.temporary {
		return os.RemoveAll(c.dir)
	}
	return os.RemoveAll(c.trash())
}

func (c *Cluster) slot(name string) (*slot, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s, ok := c.nodes[name]; ok {
		return s, nil
	}
	return nil, fmt.Errorf("there is no node %q; `nodes` lists them", name)
}

func (c *Cluster) slots() []*slot {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]*slot, 0, len(c.nodes))
	for _, s := range c.nodes {
		all = append(all, s)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].name < all[j].name })
	return all
}

func (c *Cluster) await(ctx context.Context, what string, cond func() bool) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", what, ctx.Err())
		}
	}
	return nil
}

var _ io.Closer = (*Cluster)(nil)
