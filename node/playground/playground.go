// Package playground runs a whole cluster in one process: real nodes with real
// ports and real files, and the wires between them, which can be cut. The same
// cluster serves `kv playground`, the integration tests and the examples.
package playground

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"sync"
	"time"

	"kv/node"
	"kv/node/playground/wires"
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

// slot is the place of one node, whether it runs or not.
type slot struct {
	name string
	dir  string
	// mu is held while the node is started or ended.
	mu   sync.Mutex
	node *node.Node // guarded by mu; nil before the first start
	// state is what was last done to the node: running, stopped or killed.
	state            string
	kvAddr, raftAddr string
}

// Open starts the nodes and returns once all of them are voters, or ctx ends.
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
	names, err := c.names()
	if err != nil {
		return nil, err
	}
	for i, name := range names {
		s := &slot{name: name, dir: filepath.Join(c.dir, name)}
		c.nodes[name] = s
		if err := c.open(s, i); err != nil {
			return nil, err
		}
	}
	return c, c.assemble(ctx, names)
}

// names returns the nodes that Dir holds, or as many new ones as are asked for.
func (c *Cluster) names() ([]string, error) {
	found, err := filepath.Glob(filepath.Join(c.dir, "n[1-9]", "member.json"))
	if err != nil {
		return nil, err
	}
	count := c.cfg.Nodes
	if count == 0 {
		count = 3
	}
	if len(found) > 0 {
		count = len(found)
		if c.cfg.Nodes > 0 && c.cfg.Nodes != count {
			return nil, fmt.Errorf("%s holds a playground of %d nodes, not %d", c.dir, count, c.cfg.Nodes)
		}
	}
	if count < 1 || count > MaxNodes {
		return nil, fmt.Errorf("a playground has 1 to %d nodes, not %d", MaxNodes, count)
	}
	names := make([]string, count)
	for i := range names {
		names[i] = fmt.Sprintf("n%d", i+1)
	}
	return names, nil
}

// open starts a node for the first time in this process.
func (c *Cluster) open(s *slot, i int) error {
	cfg := c.config(s)
	cfg.Bootstrap = i == 0
	if _, err := os.Stat(filepath.Join(s.dir, "member.json")); err != nil {
		// A new node: bind the ports here, so that others can be chosen.
		if cfg.KVListener, err = c.bind(FirstKVPort + i); err != nil {
			return err
		}
		if cfg.RaftListener, err = c.bind(FirstRaftPort + i); err != nil {
			cfg.KVListener.Close()
			return err
		}
	}
	return c.run(s, cfg)
}

// bind listens on the port, or on any free one if it is taken.
func (c *Cluster) bind(port int) (net.Listener, error) {
	if !c.cfg.FreePorts {
		if l, err := net.Listen("tcp", net.JoinHostPort(node.DefaultHost, strconv.Itoa(port))); err == nil {
			return l, nil
		}
	}
	l, err := net.Listen("tcp", net.JoinHostPort(node.DefaultHost, "0"))
	if err != nil {
		return nil, fmt.Errorf("find a free port: %w", err)
	}
	return l, nil
}

func (c *Cluster) config(s *slot) node.Config {
	cfg := node.Config{
		Name:         s.name,
		DataDir:      s.dir,
		ClusterName:  "playground",
		SegmentBytes: 4 << 20,
		DialOptions:  c.net.DialOptions(s.name),
		Patience:     c.net.Clock(),
		Events:       c.records.of(s.name),
	}
	if c.cfg.Logger != nil {
		cfg.Logger = c.cfg.Logger(s.name)
	}
	if c.cfg.Tune != nil {
		c.cfg.Tune(&cfg)
	}
	return cfg
}

// run opens a node in its place.
func (c *Cluster) run(s *slot, cfg node.Config) error {
	n, err := node.Open(cfg)
	if err != nil {
		return fmt.Errorf("start %s: %w", s.name, err)
	}
	s.node, s.state = n, "running"
	s.kvAddr, s.raftAddr = n.KVAddress(), n.RaftAddress()
	c.ports.Store(s.raftAddr, s.name)
	return nil
}

// assemble has all nodes but the first join it, and waits until all vote.
func (c *Cluster) assemble(ctx context.Context, names []string) error {
	first := c.nodes[names[0]]
	for _, name := range names[1:] {
		if err := c.nodes[name].node.Join(ctx, []string{first.kvAddr}); err != nil {
			return fmt.Errorf("join %s: %w", name, err)
		}
	}
	return c.await(ctx, "all nodes to vote", func() bool {
		for _, name := range names {
			if voters := c.nodes[name].node.Voters(); len(voters) < len(names) {
				return false
			}
		}
		return c.Leader() != ""
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

// Node returns a running node, or nil.
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

// Addresses returns the client addresses of all nodes, in the order of Names.
func (c *Cluster) Addresses() []string {
	var addrs []string
	for _, s := range c.slots() {
		s.mu.Lock()
		addrs = append(addrs, s.kvAddr)
		s.mu.Unlock()
	}
	return addrs
}

// Describe tells about a node: its state (running, stopped, killed, or failed
// with the reason), its two addresses and its folder.
func (c *Cluster) Describe(name string) (state, kvAddr, raftAddr, dataDir string) {
	s, err := c.slot(name)
	if err != nil {
		return "unknown", "", "", ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	state = s.state
	if s.node != nil && state == "running" && s.node.Err() != nil {
		state = "failed: " + s.node.Err().Error()
	}
	return state, s.kvAddr, s.raftAddr, s.dir
}

// Stop ends a node in good order: it hands over leadership and says goodbye.
func (c *Cluster) Stop(ctx context.Context, name string) error {
	return c.end(name, "stopped", func(n *node.Node) { n.Stop(ctx) })
}

// Kill ends a node without a goodbye.
func (c *Cluster) Kill(_ context.Context, name string) error {
	return c.end(name, "killed", (*node.Node).Kill)
}

func (c *Cluster) end(name, state string, end func(*node.Node)) error {
	s, err := c.slot(name)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != "running" {
		return fmt.Errorf("%s does not run; start it with: start %s", name, name)
	}
	c.Mark(deeds[state] + " " + name)
	end(s.node)
	s.state = state
	return nil
}

// Start starts a node that was stopped or killed, on its own data and ports.
func (c *Cluster) Start(_ context.Context, name string) error {
	s, err := c.slot(name)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == "running" && s.node.Err() == nil {
		return fmt.Errorf("%s runs already", name)
	}
	if s.node != nil {
		<-s.node.Done()
	}
	return c.run(s, c.config(s))
}

// Close kills all nodes and removes a temporary folder.
func (c *Cluster) Close() error {
	var all sync.WaitGroup
	for _, s := range c.slots() {
		all.Go(func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.node != nil {
				s.node.Kill()
				s.state = "killed"
			}
		})
	}
	all.Wait()
	c.net.Close()
	if c.temporary {
		return os.RemoveAll(c.dir)
	}
	return nil
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

func (s *slot) running() *node.Node {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != "running" {
		return nil
	}
	return s.node
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
