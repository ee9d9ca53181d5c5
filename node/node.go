// Package node is one member of a cluster. A Node owns a data folder, the two
// ports, and, once it belongs to a cluster, the member inside: the log on disk,
// Raft, the state machine and the transport to the other nodes.
//
//	Open ─ waiting ─ Join ─ member ─ Stop or Kill
//	   └── bootstrap, or the folder belongs to a cluster ──┘
//
// The road of a write is in propose.go, of a read in read.go; DESIGN.md tells why
// they are as they are.
package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"kv/node/logstore"
	"kv/node/rpc"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

const (
	// silentWithin is longer than calls under way have to end when a port is closed.
	silentWithin = 2 * time.Second
	// closedWithin is how long Stop waits for the rest once its ctx has ended.
	closedWithin = 3 * time.Second
)

// Node is one running node. Its methods are safe for concurrent use.
type Node struct {
	cfg          Config
	started      time.Time
	dir          *logstore.Dir
	services     rpc.Config
	server       *rpc.Server
	raftListener net.Listener

	joining sync.Mutex // one join at a time
	member  atomic.Pointer[member]

	mu  sync.Mutex
	id  identity // guarded by mu
	err error    // guarded by mu; why the node ended on its own

	ending sync.Once
	ended  chan struct{} // see Done
	told   sync.Once     // of closing ended
	loops  sync.WaitGroup
	ctx    context.Context // ends when the node begins to end
	cancel context.CancelFunc
}

// Open starts a node on its data folder. What it is afterwards depends on the
// folder: a member that goes on, the founder of a new cluster if cfg.Bootstrap
// says so, or a node that waits for Join. Errors are made for people: a port in
// use, a folder of another version or in use, damage, a member that was removed.
func Open(cfg Config) (_ *Node, err error) {
	n := &Node{
		started: time.Now(),
		ended:   make(chan struct{}),
	}
	n.ctx, n.cancel = context.WithCancel(context.Background())
	if cfg.DataDir == "" {
		cfg.DataDir = DefaultDataDir
	}
	if n.dir, err = logstore.OpenDir(cfg.DataDir); errors.Is(err, logstore.ErrLocked) {
		return nil, fmt.Errorf("%w; if that is another node, give this one its own with -data-dir or DATA_DIR", err)
	} else if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			n.dir.Close()
		}
	}()
	if n.id, err = loadIdentity(cfg.DataDir); err != nil {
		return nil, err
	}
	kv, err := n.configure(cfg)
	if err != nil {
		return nil, err
	}
	// Both ports share one count of what is in flight.
	n.services = rpc.Config{Backend: n, Limits: n.cfg.Limits, Pressure: rpc.NewPressure(n.cfg.Bounds), Counts: new(rpc.Counts), Logger: n.cfg.Logger}
	n.services.Pressure.OnFull(func(err error) { n.cfg.Events.refused(err, 0, 1) })
	n.cfg.Events.note(&kvv1.Event{Kind: kvv1.EventKind_EVENT_KIND_STARTED, Reason: "kv " + Version})
	n.server = rpc.New(n.services)
	n.loops.Go(func() {
		if err := n.server.Serve(kv); err != nil {
			n.fail(fmt.Errorf("serve clients: %w", err))
		}
	})
	n.loops.Go(n.watchHealth)
	if err := n.start(); err != nil {
		n.end(err.Error(), func(m *member) { m.close() })
		return nil, err
	}
	return n, nil
}

// configure settles the configuration, binds the ports and writes the identity.
func (n *Node) configure(cfg Config) (kv net.Listener, err error) {
	if n.id.Removed {
		return nil, kverr.ErrRemoved.Withf("%s was removed from cluster %s; to use the node again, empty %s and join", n.id.Name, n.id.ClusterName, cfg.DataDir)
	}
	if cfg.Name != "" && n.id.Name != "" && cfg.Name != n.id.Name {
		return nil, fmt.Errorf("%s belongs to %s, not to %s: give each node a DATA_DIR of its own", cfg.DataDir, n.id.Name, cfg.Name)
	}
	cfg = portsOf(cfg)
	n.cfg = cfg.withDefaults(n.id)
	if err := n.cfg.validate(); err != nil {
		return nil, err
	}
	if kv, err = listen(n.cfg.KVListener, n.cfg.Host, n.cfg.KVPort, "KV_PORT", "-kv-port"); err != nil {
		return nil, err
	}
	if n.raftListener, err = listen(n.cfg.RaftListener, n.cfg.Host, n.cfg.RaftPort, "RAFT_PORT", "-raft-port"); err != nil {
		kv.Close()
		return nil, err
	}
	if wrap := n.cfg.WrapListener; wrap != nil {
		kv, n.raftListener = wrap(kv), wrap(n.raftListener)
	}
	id := n.id
	id.Name, id.Incarnation = n.cfg.Name, firstOf(id.Incarnation, randomID())
	id.Host, id.AdvertiseHost, id.KVPort, id.RaftPort = n.cfg.Host, n.cfg.AdvertiseHost, n.cfg.KVPort, n.cfg.RaftPort
	if err := n.saveIdentity(id); err != nil {
		kv.Close()
		n.raftListener.Close()
		return nil, err
	}
	return kv, nil
}

// portsOf takes the ports of listeners that are bound already.
func portsOf(cfg Config) Config {
	for l, port := range map[net.Listener]*int{cfg.KVListener: &cfg.KVPort, cfg.RaftListener: &cfg.RaftPort} {
		if l == nil {
			continue
		}
		if addr, ok := l.Addr().(*net.TCPAddr); ok {
			*port = addr.Port
		}
	}
	return cfg
}

func listen(bound net.Listener, host string, port int, env, flag string) (net.Listener, error) {
	if bound != nil {
		return bound, nil
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s %d on %s is in use by another process; choose another with %s or %s", env, port, host, flag, env)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", env, err)
	}
	return l, nil
}

// start makes the node what its folder and its configuration say. Clients are
// served already: an invitation that comes now waits and then finds a member.
func (n *Node) start() error {
	n.joining.Lock()
	defer n.joining.Unlock()
	id := n.identity()
	switch {
	case id.ClusterID != "":
		if n.cfg.Bootstrap {
			n.cfg.Logger.Info("this data folder belongs to a cluster already; nothing to bootstrap", "data-dir", n.cfg.DataDir, "cluster", id.ClusterName)
		}
		return n.becomeMember(id)
	case n.cfg.Bootstrap:
		id.ClusterID, id.ClusterName, id.Founding = randomID(), n.cfg.ClusterName, true
		return n.becomeMember(id)
	default:
		return nil
	}
}

// becomeMember opens the member of a node whose cluster has just become known,
// or has been for long.
func (n *Node) becomeMember(id identity) error {
	if n.identity().ClusterID == "" {
		if err := createStores(n.cfg.DataDir, n.cfg.DiskGuard); err != nil {
			return err
		}
		if err := n.saveIdentity(id); err != nil {
			return err
		}
	}
	m, err := openMember(n.cfg, id, n.cfg.DataDir, n.raftListener, n.services, n.fail)
	if err != nil {
		return err
	}
	n.member.Store(m)
	if id.Founding {
		id.Founding = false
		return n.saveIdentity(id)
	}
	return nil
}

func (n *Node) identity() identity {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.id
}

func (n *Node) saveIdentity(id identity) error {
	if err := id.save(n.cfg.DataDir, n.cfg.DiskGuard); err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.id = id
	return nil
}

// fail ends the node for a reason of its own. It returns at once; the first
// reason counts.
func (n *Node) fail(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.err != nil || n.ctx.Err() != nil {
		return
	}
	n.err = err
	n.cfg.Logger.Error("the node ends", "error", err)
	go n.end(err.Error(), func(m *member) {
		if errors.Is(err, errStalled) {
			n.leave(m)
		}
		m.close()
	})
}

// leave tells of the end without waiting for a disk that hangs. Nothing is served any
// more: the ports are closed first. Requests that wait for the disk, too, would hold
// that up; after silentWithin their connections are cut, and only they are left.
func (n *Node) leave(m *member) {
	silent := make(chan struct{})
	go func() {
		defer close(silent)
		var ports sync.WaitGroup
		ports.Go(m.silence)
		ports.Go(n.closeClients)
		ports.Wait()
	}()
	select {
	case <-silent:
	case <-time.After(silentWithin):
	}
	n.tell()
}

func (n *Node) tell() { n.told.Do(func() { close(n.ended) }) }

// Done is closed once the node has ended and everything is closed, be it by Stop,
// by Kill or on its own; Err tells. If the disk hangs, only the ports are closed: the
// folder stays locked until the disk has answered, or the process ends.
func (n *Node) Done() <-chan struct{} { return n.ended }

// Err returns why the node ended on its own: a disk that failed, damage, or
// ErrRemoved. It is nil after Stop and Kill.
func (n *Node) Err() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.err
}

// Stop ends the node in good order: it hands leadership over, finishes what is
// under way, tells its clients to go elsewhere, and closes. ctx bounds the wait;
// then the node ends at once. Calling it again waits for the end. It returns three
// seconds after the end of ctx at the latest: a disk that hangs may hold up the end.
func (n *Node) Stop(ctx context.Context) {
	go n.end("stopped", func(m *member) { m.stop(ctx) }) // another end may be held up
	select {
	case <-n.ended:
		return
	case <-ctx.Done():
	}
	select {
	case <-n.ended:
	case <-time.After(closedWithin):
		n.cfg.Logger.Warn("stopping without the end of what waits for the disk")
	}
}

// Kill ends the node without a word to anybody, as near to kill -9 as a process
// can come to itself.
func (n *Node) Kill() {
	go n.end("killed", func(m *member) { m.close() })
	<-n.ended
}

// end closes everything once, for a reason.
func (n *Node) end(reason string, member func(*member)) {
	n.ending.Do(func() {
		n.cfg.Events.note(&kvv1.Event{Kind: kvv1.EventKind_EVENT_KIND_STOPPED, Reason: reason})
		n.cancel()
		n.joining.Lock() // a join under way ends first: it hears of n.ctx
		defer n.joining.Unlock()
		n.server.SetServing(false)
		if m := n.member.Load(); m != nil {
			member(m)
		} else {
			n.raftListener.Close()
		}
		n.noteRemoved()
		n.closeClients()
		n.loops.Wait()
		n.dir.Close()
		n.tell()
	})
}

// closeClients closes the client port. Calls under way have a second to end.
func (n *Node) closeClients() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	n.server.Shutdown(ctx)
}

// noteRemoved makes the folder remember that its member was removed.
func (n *Node) noteRemoved() {
	if !errors.Is(n.Err(), kverr.ErrRemoved) {
		return
	}
	id := n.identity()
	id.Removed = true
	if err := n.saveIdentity(id); err != nil {
		n.cfg.Logger.Error("note the removal", "error", err)
	}
}

// watchHealth keeps the health service right: a node serves while it knows a
// leader.
func (n *Node) watchHealth() {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			m := n.member.Load()
			n.server.SetServing(m != nil && m.leader().Name != "")
		case <-n.ctx.Done():
			return
		}
	}
}
