package playground

import (
	"context"
	"strings"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// wires are the ways between the nodes, one for each direction. A message on a
// cut wire is held until the wire is healed or the sender's patience ends, as TCP
// would do; an answer travels on the wire back.
type wires struct {
	mu     sync.Mutex
	cut    map[[2]string]bool // guarded by mu; {from, to}
	healed chan struct{}      // guarded by mu; closed and replaced when a wire is healed
}

func newWires() *wires {
	return &wires{cut: make(map[[2]string]bool), healed: make(chan struct{})}
}

// Cut cuts the wire from one node to another, in that direction only.
func (c *Cluster) Cut(from, to string) {
	c.wires.mu.Lock()
	defer c.wires.mu.Unlock()
	c.wires.cut[[2]string{from, to}] = true
}

// Isolate cuts all wires from and to a node.
func (c *Cluster) Isolate(name string) {
	for _, other := range c.Names() {
		if other != name {
			c.Cut(name, other)
			c.Cut(other, name)
		}
	}
}

// Heal mends all wires.
func (c *Cluster) Heal() {
	c.wires.mu.Lock()
	defer c.wires.mu.Unlock()
	clear(c.wires.cut)
	close(c.wires.healed)
	c.wires.healed = make(chan struct{})
}

// pass returns when a message may go from one node to another, or with ctx's error.
func (w *wires) pass(ctx context.Context, from, to string) error {
	for {
		w.mu.Lock()
		cut, healed := w.cut[[2]string{from, to}], w.healed
		w.mu.Unlock()
		if !cut {
			return nil
		}
		select {
		case <-healed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// dialOptions put the wires under all connections of a node to others.
func (w *wires) dialOptions(from string) []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithChainUnaryInterceptor(func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
			to := receiver(ctx)
			if err := w.pass(ctx, from, to); err != nil {
				return err
			}
			if err := invoke(ctx, method, req, reply, cc, opts...); err != nil {
				return err
			}
			return w.pass(ctx, to, from)
		}),
		grpc.WithChainStreamInterceptor(func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
			stream, err := open(ctx, desc, cc, method, opts...)
			if err != nil {
				return nil, err
			}
			return &wiredStream{ClientStream: stream, wires: w, from: from, to: receiver(ctx)}, nil
		}),
	}
}

// receiver returns the name of the node that a call goes to; a call of a node
// that has no cluster yet names none, and no wire holds it.
func receiver(ctx context.Context) string {
	md, _ := metadata.FromOutgoingContext(ctx)
	if to := md.Get("kv-to"); len(to) > 0 {
		name, _, _ := strings.Cut(to[0], "@")
		return name
	}
	return ""
}

// wiredStream passes every message of a stream over the wires.
type wiredStream struct {
	grpc.ClientStream
	wires    *wires
	from, to string
}

func (s *wiredStream) SendMsg(msg any) error {
	if err := s.wires.pass(s.Context(), s.from, s.to); err != nil {
		return err
	}
	return s.ClientStream.SendMsg(msg)
}

func (s *wiredStream) RecvMsg(msg any) error {
	if err := s.ClientStream.RecvMsg(msg); err != nil {
		return err
	}
	return s.wires.pass(s.Context(), s.to, s.from)
}
