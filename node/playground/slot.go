package playground

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"google.golang.org/grpc"

	"kv/node"
	"kv/node/logstore"
	"kv/node/playground/drive"
	"kv/node/playground/freezer"
	"kv/proto/kverr"
)

// The states of a node, as Describe tells them; one more is failed, with the reason.
const (
	stateRunning = "running"
	statePaused  = "paused"
	stateStopped = "stopped"
	stateKilled  = "killed"
	stateRemoved = "removed"
	stateWiped   = "wiped"
	stateJoining = "joining"
	stateFailed  = "failed"
)

// unlockedWithin is how long a node whose disk hung may take to let go of its folder,
// once its disk answers.
const unlockedWithin = 3 * time.Second

// slot is the place of one node, whether it runs or not.
type slot struct {
	name string
	dir  string
	// drive is its disk over all of its runs.
	drive  *drive.Drive
	faults diskFaults
	clock  clock

	// mu is held while the node is started or ended.
	mu   sync.Mutex
	node *node.Node // guarded by mu; nil before the first start
	// state is what was last done to the node; see is.
	state   string
	freezer *freezer.Freezer // guarded by mu; of the node's run
	power   *drive.Power     // guarded by mu; of the node's run

	kvAddr, raftAddr string         // guarded by mu
	reserved         []*reservation // guarded by mu; its ports
	// known: it has been a node of the playground before.
	known bool // guarded by mu
}

// trash is where the drives keep what a power cut brings back.
func (c *Cluster) trash() string { return filepath.Join(c.dir, ".unsynced") }

func (c *Cluster) newSlot(name string) *slot {
	trash := filepath.Join(c.trash(), name)
	_ = os.RemoveAll(trash) // of a process that ended early
	return &slot{name: name, dir: filepath.Join(c.dir, name), drive: drive.New(trash), state: stateWiped}
}

// is returns the node's state: what was last done to it, or what it did by itself,
// with the reason.
func (s *slot) is() (state string, why error) {
	if s.state != stateRunning && s.state != statePaused {
		return s.state, nil
	}
	err := s.node.Err()
	switch {
	case err == nil:
		return s.state, nil
	case errors.Is(err, kverr.ErrRemoved):
		return stateRemoved, err
	}
	return stateFailed, err
}

// running returns the node if it was started and not paused or ended since. It may have
// ended by itself.
func (s *slot) running() *node.Node {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != stateRunning {
		return nil
	}
	return s.node
}

// alive returns the node if it answers.
func (s *slot) alive() *node.Node {
	if n := s.running(); n != nil && n.Err() == nil {
		return n
	}
	return nil
}

// open starts a node for the first time in this process. The founder of a cluster
// bootstraps it.
func (c *Cluster) open(s *slot, founder bool) (err error) {
	cfg := c.config(s)
	cfg.Bootstrap = founder
	if _, err := os.Stat(filepath.Join(s.dir, "member.json")); err != nil {
		// A new node: bind the ports here, so that others can be chosen.
		if err := c.bindPorts(s, &cfg); err != nil {
			return err
		}
	}
	return c.run(s, cfg)
}

// config gives the next run of a node its power, its connections and its settings.
func (c *Cluster) config(s *slot) node.Config {
	s.freezer = freezer.New()
	s.power = s.drive.On(s.freezer.Await)
	cfg := node.Config{
		Name:         s.name,
		DataDir:      s.dir,
		ClusterName:  "playground",
		SegmentBytes: 4 << 20,
		DialOptions:  append(c.net.DialOptions(s.name), grpc.WithContextDialer(s.freezer.Dial)),
		Patience:     c.net.Clock(),
		Events:       c.records.of(s.name),
		DiskGuard:    s.power.Guard,
		DiskClock:    s.freezer.Clock,
		WrapListener: s.freezer.Listener,
		Now:          s.clock.Now,
	}
	if c.cfg.Logger != nil {
		cfg.Logger = c.cfg.Logger(s.name)
	}
	if c.cfg.Tune != nil {
		c.cfg.Tune(&cfg)
	}
	return cfg
}

// run starts a run of a node. Its predecessor may still be about to leave the folder.
func (c *Cluster) run(s *slot, cfg node.Config) error {
	var n *node.Node
	var err error
	for end := time.Now().Add(unlockedWithin); ; time.Sleep(10 * time.Millisecond) {
		n, err = node.Open(cfg)
		if !errors.Is(err, logstore.ErrLocked) || s.node == nil || time.Now().After(end) {
			break
		}
	}
	if err != nil {
		s.freezer.Cut()
		s.power.Cut()
		return fmt.Errorf("start %s: %w", s.name, err)
	}
	s.node, s.state = n, stateRunning
	s.kvAddr, s.raftAddr = n.KVAddress(), n.RaftAddress()
	c.ports.Store(s.raftAddr, s.name)
	return nil
}

// release ends what is left of a node that has ended: a disk that hangs or a pause may
// hold it up.
func (s *slot) release() {
	s.freezer.Cut()
	s.power.Cut()
	s.node.Kill()
}

// close ends the node for good; see Cluster.Close.
func (s *slot) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.freePorts()
	if s.node == nil {
		return
	}
	if state, _ := s.is(); state != stateRunning || s.faults.any() {
		s.freezer.Cut()
		s.power.Cut()
	}
	s.node.Kill()
	s.state = stateKilled
}
