package rpc

import (
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc/peer"

	"kv/proto/kverr"
)

// Bounds is how much may be in flight. A zero field means the default.
type Bounds struct {
	// Requests in flight in the node, and on one connection. Watches that are open
	// are counted apart, by the same bounds: they may be idle for days and must not
	// take the room of requests. Default 16,384 and 4,096.
	Requests, ConnRequests int
	// Bytes of the requests in flight in the node, and on one connection, as they
	// travel. Default 256 MiB and 64 MiB.
	Bytes, ConnBytes int
}

// DefaultBounds are the bounds of a node whose configuration names none.
var DefaultBounds = Bounds{Requests: 16_384, ConnRequests: 4096, Bytes: 256 << 20, ConnBytes: 64 << 20}

// WithDefaults returns b with its zero fields filled in.
func (b Bounds) WithDefaults() Bounds {
	fill := func(field *int, value int) {
		if *field <= 0 {
			*field = value
		}
	}
	fill(&b.Requests, DefaultBounds.Requests)
	fill(&b.ConnRequests, DefaultBounds.ConnRequests)
	fill(&b.Bytes, DefaultBounds.Bytes)
	fill(&b.ConnBytes, DefaultBounds.ConnBytes)
	return b
}

// kind is what a request is counted as.
type kind uint8

const (
	// ordinary requests, and streams that end by themselves.
	ordinary kind = iota
	// urgent requests are small and keep something alive: they may take an eighth
	// more than the bound, lest an overload end the leases of those who hold them.
	urgent
	// standing streams stay until they are canceled.
	standing
	kinds
)

// load is what is in flight.
type load struct {
	requests, bytes [kinds]int
}

func (l *load) add(k kind, requests, bytes int) {
	l.requests[k] += requests
	l.bytes[k] += bytes
}

func (l *load) idle() bool { return *l == load{} }

// fits reports whether one more request stays within the bounds. A request of
// more bytes than are ever allowed fits when it is alone: its own limits let it
// pass, and it would else never be served.
func (l *load) fits(k kind, bytes, maxRequests, maxBytes int) bool {
	count, size := l.requests[ordinary]+l.requests[urgent], l.bytes[ordinary]+l.bytes[urgent]
	switch k {
	case standing:
		count, size = l.requests[standing], l.bytes[standing]
	case urgent:
		maxRequests += maxRequests/8 + 1
		maxBytes += maxBytes / 8
	}
	return count < maxRequests && (size == 0 || size+bytes <= maxBytes)
}

// Pressure counts the requests in flight in a node and on each connection, and
// refuses those that are too many: before anything was done for them, and at
// once, so that the sender learns of it. It is safe for concurrent use; a node has
// one for both of its ports.
type Pressure struct {
	bounds Bounds
	onFull func(error) // told of what is refused; may be nil

	mu    sync.Mutex // guards all below
	node  load
	conns map[net.Addr]*load
}

// NewPressure returns a Pressure with nothing in flight.
func NewPressure(b Bounds) *Pressure {
	return &Pressure{bounds: b.WithDefaults(), conns: make(map[net.Addr]*load)}
}

// OnFull has f told of each refusal. It is to be called before the Pressure is used. f
// must not block.
func (p *Pressure) OnFull(f func(error)) { p.onFull = f }

// admit counts a request until release is called, once, or refuses it with
// ErrOverloaded.
func (p *Pressure) admit(ctx context.Context, k kind, bytes int) (release func(), err error) {
	conn := connection(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.admitLocked(conn, k, bytes); err != nil {
		return nil, err
	}
	return func() { p.release(conn, k, 1, bytes) }, nil
}

// admitCalls counts the calls of a message on a stream until releaseCalls. Those
// that it refuses fail, and are not counted.
func (p *Pressure) admitCalls(conn net.Addr, calls []*Call) (refused, admitted []*Call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	admitted = calls[:0]
	for _, c := range calls {
		if err := p.admitLocked(conn, ordinary, c.bytes); err != nil {
			c.Fail(err)
			refused = append(refused, c)
			continue
		}
		c.counted = true
		admitted = append(admitted, c)
	}
	return refused, admitted
}

// releaseCalls ends those of the calls that are counted.
func (p *Pressure) releaseCalls(conn net.Addr, calls []*Call) {
	requests, bytes := 0, 0
	for _, c := range calls {
		if c.counted {
			requests++
			bytes += c.bytes
		}
	}
	if requests > 0 {
		p.release(conn, ordinary, requests, bytes)
	}
}

// admitLocked counts a request, or refuses it. p.mu is held.
func (p *Pressure) admitLocked(conn net.Addr, k kind, bytes int) error {
	own := p.conns[conn]
	if own == nil {
		own = new(load)
	}
	switch {
	case !own.fits(k, bytes, p.bounds.ConnRequests, p.bounds.ConnBytes):
		return p.full("this connection has as many requests under way as it may")
	case !p.node.fits(k, bytes, p.bounds.Requests, p.bounds.Bytes):
		return p.full("the member has as many requests under way as it can bear")
	}
	p.conns[conn] = own
	own.add(k, 1, bytes)
	p.node.add(k, 1, bytes)
	return nil
}

func (p *Pressure) full(text string) error {
	err := overloaded(text)
	if p.onFull != nil {
		p.onFull(err)
	}
	return err
}

// release ends requests of a connection that have so many bytes together.
func (p *Pressure) release(conn net.Addr, k kind, requests, bytes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	own := p.conns[conn]
	own.add(k, -requests, -bytes)
	p.node.add(k, -requests, -bytes)
	if own.idle() {
		delete(p.conns, conn)
	}
}

// connection tells the connections apart: gRPC gives all calls of one the same
// address value.
func connection(ctx context.Context) net.Addr {
	if p, ok := peer.FromContext(ctx); ok {
		return p.Addr
	}
	return nil
}

// Wait of a sender that was refused: long against what a request takes, and
// random, so that those who were refused together do not come back together.
const (
	minRetryAfter = 20 * time.Millisecond
	maxRetryAfter = 50 * time.Millisecond
)

func overloaded(text string) error {
	return kverr.ErrOverloaded.Withf("%s; slow down and try again", text).WithRetryAfter(RetryAfter())
}

// RetryAfter returns how long a sender that is refused for overload should wait.
func RetryAfter() time.Duration {
	return minRetryAfter + rand.N(maxRetryAfter-minRetryAfter)
}
