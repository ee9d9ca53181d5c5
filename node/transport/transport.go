// Package transport carries what nodes say to each other: it is hashicorp/raft's
// Transport over gRPC, with the node's own calls (Confirm, ReadIndex, Join,
// Removed) and any further service on the same port. DESIGN.md tells the path of
// a request and why the shape is as it is.
package transport

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"
	"google.golang.org/grpc"
)

// Transport speaks for one node. All methods are safe for concurrent use.
type Transport struct {
	cfg    Config
	limits limits

	// rpcCh is unbuffered: a request whose caller has given up is withdrawn, and
	// never reaches Raft late.
	rpcCh chan raft.RPC

	server   *grpc.Server
	listener *trackingListener
	peers    peers
	matches  matches
	highest  atomic.Uint64 // term that was heard of
	calls    calls

	closedCh  chan struct{} // closed when Close begins
	closeOnce sync.Once
	wg        sync.WaitGroup // Serve and the pumps of incoming snapshots
}

// limits are the waits that do not come from Config; tests shorten them.
type limits struct {
	append         time.Duration // one AppendEntries with entries, waiting for a connection included
	snapshotIdle   time.Duration // without a chunk moving
	snapshotAnswer time.Duration // from the last chunk to the answer: the receiver restores its state
	standIn        time.Duration // how long a heartbeat may wait for Raft's main loop
	drain          time.Duration // for calls under way at Close
}

func defaultLimits(cfg Config) limits {
	return limits{
		append:         5 * time.Second,
		snapshotIdle:   10 * time.Second,
		snapshotAnswer: 5 * time.Minute,
		standIn:        min(50*time.Millisecond, cfg.HeartbeatTimeout/10),
		drain:          500 * time.Millisecond,
	}
}

// Open starts to serve on cfg.Listener and returns the transport, which the
// caller must Close. An error means that cfg is wrong and that nothing began.
func Open(cfg Config) (*Transport, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("open transport: %w", err)
	}
	t := newTransport(cfg, defaultLimits(cfg))
	t.wg.Go(t.runServer)
	return t, nil
}

func newTransport(cfg Config, l limits) *Transport {
	t := &Transport{
		cfg:      cfg,
		limits:   l,
		listener: &trackingListener{Listener: cfg.Listener},
		rpcCh:    make(chan raft.RPC),
		closedCh: make(chan struct{}),
	}
	t.peers.cfg = cfg
	t.calls.renew()
	t.server = newServer(t)
	return t
}

func (t *Transport) runServer() {
	if err := t.server.Serve(t.listener); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		t.cfg.Logger.Error("raft port stopped serving", "address", t.cfg.Advertise, "error", err)
	}
}

// Close cancels outgoing calls, closes all connections and the listener, and
// waits for every goroutine; calls of others that are under way have half a
// second to end. Later calls fail with raft.ErrTransportShutdown. It cannot fail
// and may be called again.
//
// It returns nothing on purpose: with `Close() error` the transport would be a
// raft.WithClose, which raft.Shutdown closes (future.go:181), and the node may
// start Raft again above a living transport.
func (t *Transport) Close() {
	t.closeOnce.Do(func() {
		close(t.closedCh)
		t.calls.close()
		t.peers.close()
		t.stopServer()
	})
	t.wg.Wait()
}

// stopServer lets the calls under way end, and cuts them off when limits.drain
// has passed.
func (t *Transport) stopServer() {
	drainedCh := make(chan struct{})
	t.wg.Go(func() {
		timer := time.NewTimer(t.limits.drain)
		defer timer.Stop()
		select {
		case <-drainedCh:
		case <-timer.C:
			t.listener.cut()
			t.server.Stop()
		}
	})
	// Raft answers no more, so that a lane carries nothing that is worth waiting for.
	t.listener.cutLanes()
	t.server.GracefulStop()
	close(drainedCh)
}

// CancelCalls cancels all Raft calls under way, outgoing ones and incoming
// snapshots, so that raft.Shutdown need not wait for their deadlines (it joins
// the replication goroutines before anything else, future.go:171-181). Calls
// made afterwards work again.
func (t *Transport) CancelCalls() { t.calls.renew() }

// errCallsCanceled is what calls ended by CancelCalls or Close return.
var errCallsCanceled = errors.New("raft calls canceled by this node")

// calls holds the context of all Raft calls under way. The zero value is unusable
// until renew.
type calls struct {
	mu     sync.Mutex // guards all below
	ctx    context.Context
	cancel context.CancelCauseFunc
	closed bool
}

// context returns the parent for a new call.
func (c *calls) context() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ctx
}

// renew cancels the calls under way and starts afresh, unless closed.
func (c *calls) renew() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	if c.cancel != nil {
		c.cancel(errCallsCanceled)
	}
	c.ctx, c.cancel = context.WithCancelCause(context.Background())
}

func (c *calls) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.cancel(raft.ErrTransportShutdown)
}
