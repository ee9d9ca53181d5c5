package transport

import (
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/raft"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
)

// peer is another node as we reach it. Snapshots have a connection of their own:
// HTTP/2 shares flow control and the write buffer among the calls of one.
type peer struct {
	address raft.ServerAddress
	control *stampedConn
	bulk    *stampedConn
}

func (p *peer) close() {
	// Close only reports that it was called before.
	_ = p.control.Close()
	_ = p.bulk.Close()
}

// peers keeps the connections, made when first asked for.
type peers struct {
	cfg Config

	mu     sync.Mutex // guards all below
	byID   map[raft.ServerID]*peer
	closed bool
}

// get returns the peer's connections. A new address replaces, and closes, the
// connections to the old one. After close it is raft.ErrTransportShutdown.
func (ps *peers) get(id raft.ServerID, address raft.ServerAddress) (*peer, error) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.closed {
		return nil, raft.ErrTransportShutdown
	}
	old, ok := ps.byID[id]
	if ok && old.address == address {
		return old, nil
	}
	p, err := ps.dial(id, address)
	if err != nil {
		return nil, err
	}
	if ok {
		old.close()
	}
	if ps.byID == nil {
		ps.byID = make(map[raft.ServerID]*peer)
	}
	ps.byID[id] = p
	return p, nil
}

func (ps *peers) dial(id raft.ServerID, address raft.ServerAddress) (*peer, error) {
	control, err := dial(string(address), ps.cfg.maxMessageBytes(), ps.cfg.DialOptions)
	if err != nil {
		return nil, err
	}
	bulk, err := dial(string(address), ps.cfg.maxMessageBytes(), ps.cfg.DialOptions)
	if err != nil {
		_ = control.Close()
		return nil, err
	}
	return &peer{address: address, control: ps.stamped(control, id), bulk: ps.stamped(bulk, id)}, nil
}

func (ps *peers) stamped(conn *grpc.ClientConn, to raft.ServerID) *stampedConn {
	return &stampedConn{ClientConn: conn, cluster: ps.cfg.ClusterID, from: string(ps.cfg.LocalID), to: string(to)}
}

func (ps *peers) close() {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.closed = true
	for _, p := range ps.byID {
		p.close()
	}
	ps.byID = nil
}

// dial makes a connection that is opened by its first call. The address is passed
// through to the dialer: gRPC's own resolver asks DNS again only after 30 s.
func dial(address string, maxMessageBytes int, extra []grpc.DialOption) (*grpc.ClientConn, error) {
	opts := []grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithNoProxy(),
		grpc.WithConnectParams(connectParams),
		grpc.WithKeepaliveParams(clientKeepalive),
		grpc.WithIdleTimeout(idleTimeout),
		grpc.WithDefaultCallOptions(
			grpc.MaxCallRecvMsgSize(maxMessageBytes),
			grpc.MaxCallSendMsgSize(maxMessageBytes)),
	}
	conn, err := grpc.NewClient("passthrough:///"+address, append(opts, extra...)...)
	if err != nil {
		return nil, fmt.Errorf("dial %q: %w", address, err)
	}
	return conn, nil
}

// connectParams let a healed partition be noticed within a second: gRPC's own
// delay grows to two minutes. 0.8 s with 20 % jitter stays below one second.
var connectParams = grpc.ConnectParams{
	Backoff:           backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 800 * time.Millisecond},
	MinConnectTimeout: time.Second,
}

// clientKeepalive notices a dead connection. 10 s is the least that grpc-go
// allows between pings; what counts is Timeout, which also becomes
// TCP_USER_TIMEOUT: on Linux heartbeats that nobody acknowledges break the
// connection after 2 s.
var clientKeepalive = keepalive.ClientParameters{
	Time:                10 * time.Second,
	Timeout:             2 * time.Second,
	PermitWithoutStream: true,
}

// serverKeepalive does the same from the other side, where 2 s are allowed.
var serverKeepalive = keepalive.ServerParameters{
	Time:    2 * time.Second,
	Timeout: 2 * time.Second,
}

// keepalivePolicy must allow what clientKeepalive does.
var keepalivePolicy = keepalive.EnforcementPolicy{
	MinTime:             time.Second,
	PermitWithoutStream: true,
}

// idleTimeout closes connections without calls, as those to a member that was
// removed, and that for snapshots. The next call opens them again.
const idleTimeout = time.Minute
