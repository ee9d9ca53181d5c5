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

	kvv1 "kv/proto/kv/v1"
	"kv/proto/wire"
)

// peer is another node as we reach it, over three connections: HTTP/2 shares flow
// control and the write buffer among the calls of one.
type peer struct {
	address raft.ServerAddress
	swift   *stampedConn // for the lanes
	control *stampedConn // for all other calls
	bulk    *stampedConn // for snapshots

	appends  lanes[kvv1.AppendEntriesRequest, kvv1.AppendEntriesResponse]
	confirms lanes[kvv1.ConfirmRequest, kvv1.ConfirmResponse]
}

func (p *peer) close() {
	p.appends.close()
	p.confirms.close()
	for _, conn := range []*stampedConn{p.swift, p.control, p.bulk} {
		_ = conn.Close() // only reports that it was called before
	}
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
	p := &peer{address: address}
	p.appends.open, p.confirms.open = kvv1.RaftClient.AppendEntries, kvv1.RaftClient.Confirm
	p.appends.clock, p.confirms.clock = ps.cfg.Patience, ps.cfg.Patience
	for i, stamped := range []**stampedConn{&p.swift, &p.control, &p.bulk} {
		conn, err := dial(string(address), ps.cfg.maxMessageBytes(), ps.cfg.DialOptions)
		if err != nil {
			for _, open := range []*stampedConn{p.swift, p.control}[:i] {
				_ = open.Close()
			}
			return nil, err
		}
		*stamped = &stampedConn{ClientConn: conn, cluster: ps.cfg.ClusterID, from: string(ps.cfg.LocalID), to: string(id)}
	}
	return p, nil
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
		grpc.WithStaticStreamWindowSize(window),
		grpc.WithStaticConnWindowSize(window),
		grpc.WithDefaultCallOptions(
			grpc.ForceCodecV2(wire.Codec{}),
			grpc.MaxCallRecvMsgSize(maxMessageBytes),
			grpc.MaxCallSendMsgSize(maxMessageBytes)),
	}
	conn, err := grpc.NewClient("passthrough:///"+address, append(opts, extra...)...)
	if err != nil {
		return nil, fmt.Errorf("dial %q: %w", address, err)
	}
	return conn, nil
}

// window is how many bytes may be under way on a connection and in each of its calls.
// Given one, gRPC does not measure: it would ping with what it reads, which costs a
// message each way and wakes both sides.
const window = 8 << 20

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
