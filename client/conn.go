package client

import (
	"context"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
	"kv/proto/wire"
)

const (
	// maxConns bounds the connections: when there are more, those that nobody
	// uses go. Addresses come from the members, and those may lie.
	maxConns = 64
	// maxAnswerBytes bounds a message from a member: a page of a List.
	maxAnswerBytes = 64 << 20
)

// conn is the connection to one address.
type conn struct {
	address string
	grpc    *grpc.ClientConn
	look    *lookout
	lines   *lines
	users   int // guarded by pool.mu

	mu         sync.Mutex // guards what follows
	line       *line      // nil while none is open
	unaryUntil time.Time
}

// lines is what the lines of a client have in common.
type lines struct {
	off bool // all calls go by themselves
	// start runs a function on a goroutine that Close waits for, with a context that
	// Close ends. It reports false once the client is closed.
	start   func(run func(context.Context)) bool
	cluster func() string // its id, "" while it is not known
	// heard takes the header of a message with answers. Errors: that it comes from a
	// stranger.
	heard func(address string, h *kvv1.Header) error
}

// awakening bounds how long awaken waits for the connection to begin anew.
const awakening = 100 * time.Millisecond

// awaken has a connection that has failed lately dial again now. Until its back-off
// is over gRPC would give the failure of then for an answer, which is too old for a
// caller that names this member and no other: it may have started since. Calls that
// may go elsewhere must not wait for a dial to a member that is gone.
func (c *conn) awaken(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, awakening)
	defer cancel()
	if c.grpc.GetState() == connectivity.Connecting {
		c.grpc.WaitForStateChange(ctx, connectivity.Connecting) // that dial is of before, too
	}
	if c.grpc.GetState() != connectivity.TransientFailure {
		return
	}
	c.grpc.ResetConnectBackoff()
	c.grpc.WaitForStateChange(ctx, connectivity.TransientFailure)
}

// pool has one conn for each address, made when first asked for.
type pool struct {
	dial  []grpc.DialOption
	tls   bool
	lines *lines

	mu     sync.Mutex // guards what follows
	conns  map[string]*conn
	closed bool
}

func newPool(dial []grpc.DialOption, tls bool, lines *lines) *pool {
	return &pool{dial: dial, tls: tls, lines: lines, conns: make(map[string]*conn)}
}

// acquire returns the connection to address, which the caller releases.
func (p *pool) acquire(address string) (*conn, *kverr.Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errClosed()
	}
	c, ok := p.conns[address]
	if !ok {
		var err error
		if c, err = newConn(address, p.tls, p.dial); err != nil {
			return nil, ErrInvalid.Withf("connect to %q: %v", address, err)
		}
		c.lines = p.lines
		p.evict()
		p.conns[address] = c
	}
	c.users++
	return c, nil
}

// hold counts another user of a connection that the caller holds.
func (p *pool) hold(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.users++
}

func (p *pool) release(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.users--
}

// evict closes connections that nobody uses until there is room. p.mu is held.
func (p *pool) evict() {
	for address, c := range p.conns {
		if len(p.conns) < maxConns {
			return
		}
		if c.users == 0 {
			_ = c.grpc.Close() // only says that it was closed before
			delete(p.conns, address)
		}
	}
}

func (p *pool) close() {
	p.mu.Lock()
	conns := p.conns
	p.conns, p.closed = nil, true
	p.mu.Unlock()
	for _, c := range conns {
		_ = c.grpc.Close() // only says that it was closed before
	}
}

// streamWindow is how many bytes a call's answer may be ahead of its reader. Given one, gRPC
// does not measure what would be best, by pings that cost both sides more.
const streamWindow = 1 << 20

func newConn(address string, tls bool, extra []grpc.DialOption) (*conn, error) {
	look, version := &lookout{tls: tls}, new(versionCheck)
	opts := append([]grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(look.dial),
		grpc.WithStatsHandler(kverr.SentHandler{}),
		grpc.WithChainUnaryInterceptor(version.unary),
		grpc.WithChainStreamInterceptor(version.stream),
		grpc.WithNoProxy(),              // a proxy for the web is none for us
		grpc.WithDisableServiceConfig(), // no retry rules from DNS
		grpc.WithDisableRetry(),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswerBytes), grpc.ForceCodecV2(wire.Codec{})),
		grpc.WithStaticStreamWindowSize(streamWindow),
		grpc.WithStaticConnWindowSize(streamWindow),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 5 * time.Second, Timeout: 3 * time.Second}),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 20 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: time.Second},
			MinConnectTimeout: time.Second,
		}),
	}, extra...)
	// passthrough: the dialer resolves the name, and tries IPv6 and IPv4.
	cc, err := grpc.NewClient("passthrough:///"+address, opts...)
	if err != nil {
		return nil, err
	}
	return &conn{address: address, grpc: cc, look: look}, nil
}
