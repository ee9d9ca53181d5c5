package wires

import (
	"context"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	kvv1 "kv/proto/kv/v1"
)

// DialOptions put the wires under all connections of a node to others.
func (n *Network) DialOptions(from string) []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithChainUnaryInterceptor(func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
			c := call{n: n, from: from, method: method}
			c.receiver = func() string { return n.receiver(ctx, cc) }
			c.invoke = func(ctx context.Context, reply any) error { return invoke(ctx, method, req, reply, cc, opts...) }
			return c.run(ctx, req, reply)
		}),
		grpc.WithChainStreamInterceptor(func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
			if desc.ClientStreams && desc.ServerStreams {
				l := &lane{n: n, from: from, to: n.receiver(ctx, cc), method: method}
				l.open = func(ctx context.Context) (grpc.ClientStream, error) { return open(ctx, desc, cc, method, opts...) }
				return l.begin(ctx)
			}
			s := newStream(ctx, n, ends{from, n.receiver(ctx, cc)}, method)
			inner, err := open(s.ctx, desc, cc, method, opts...)
			if err != nil {
				s.cancel(nil)
				return nil, err
			}
			s.ClientStream, s.single = inner, !desc.ServerStreams
			return s, nil
		}),
	}
}

// receiver returns the name of the node that a call goes to, "" if nobody knows it. A
// call of a node that has no cluster yet names none, but goes to a known address.
func (n *Network) receiver(ctx context.Context, cc *grpc.ClientConn) string {
	md, _ := metadata.FromOutgoingContext(ctx)
	if to := md.Get("kv-to"); len(to) > 0 && to[0] != "" {
		name, _, _ := strings.Cut(to[0], "@")
		return name
	}
	if n.cfg.NameAt == nil {
		return ""
	}
	return n.cfg.NameAt(strings.TrimPrefix(cc.Target(), "passthrough:///"))
}

// call is a question and its answer.
type call struct {
	n                *Network
	from, to, method string        // to is known once something travels
	receiver         func() string // finds it
	invoke           func(ctx context.Context, reply any) error
}

// run makes the call over the wires. Its question may have been on its way before
// anything was wrong (req is nil then, or nobody looked), and its answer not; so each
// looks for itself.
func (c *call) run(ctx context.Context, req, reply any) error {
	var asked *passage
	if req != nil && c.travels(false) {
		m := describe(c.method, req)
		m.From, m.To = c.from, c.to
		asked = c.n.send(m, true)
		if err := c.n.wait(ctx, asked); err != nil {
			return err
		}
	}
	err := c.invoke(ctx, reply)
	if err != nil && len(status.Convert(err).Details()) == 0 {
		return err // it is not the receiver that says so
	}
	if c.travels(true) {
		if lost := c.n.wait(ctx, c.n.send(c.answer(asked, reply, err), true)); lost != nil {
			return lost
		}
	}
	return err
}

// travels reports whether the question, or the answer, goes by a wire now. The look at
// the members, which every prompt takes all the time, passes by those that a person has
// taken in hand.
func (c *call) travels(back bool) bool {
	if !c.n.busy.Load() {
		return false
	}
	if c.to == "" && c.receiver != nil {
		c.to = c.receiver()
	}
	from, to := c.from, c.to
	if back {
		from, to = to, from
	}
	if c.to == "" || c.to == c.from {
		return false
	}
	if c.method != kvv1.Cluster_Members_FullMethodName {
		return true
	}
	c.n.mu.Lock()
	defer c.n.mu.Unlock()
	w := c.n.wire(from, to)
	return !w.held || w.cut
}

// answer describes the answer to a question, which may have passed without a trace.
func (c *call) answer(asked *passage, reply any, err error) Message {
	m := describe(c.method, reply)
	if err != nil {
		m.Text = "error: " + status.Convert(err).Message()
	}
	m.From, m.To, m.Answer = c.to, c.from, true
	if asked != nil {
		m.Call = asked.Call
		if asked.Kind == "heartbeat" && err == nil {
			m.Kind, m.Text = asked.Kind, "answers the heartbeat"
		}
	}
	return m
}

// wait returns when a message has arrived, or with the reason why nobody waits for it
// any more. Of a loss nobody is told: the sender waits until its patience ends. Only
// while that stands still, and the sender would wait for ever, it ends at once.
func (n *Network) wait(ctx context.Context, p *passage) error {
	lost := p.lost
	var changed <-chan struct{}
	for {
		select {
		case <-p.here:
			return nil
		case <-ctx.Done():
			n.giveUp(p)
			return status.FromContextError(ctx.Err()).Err()
		case <-lost:
			lost = nil
		case <-changed:
		}
		var stopped bool
		if stopped, changed = n.cfg.Clock.Look(); stopped {
			return status.Error(codes.DeadlineExceeded, "a message was lost")
		}
	}
}
