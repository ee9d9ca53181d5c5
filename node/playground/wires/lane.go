package wires

import (
	"context"

	"google.golang.org/grpc"

	kvv1 "kv/proto/kv/v1"
)

// lane is a stream on which calls follow each other: a question is sent, its answer
// received, and then comes the next. Each is a call over the wires like any other.
type lane struct {
	grpc.ClientStream
	n                *Network
	from, to, method string
	// open opens another such stream.
	open func(context.Context) (grpc.ClientStream, error)
	// asked is the question that is to be sent when its answer is asked for; nil if it
	// has been sent.
	asked any
}

func (l *lane) begin(ctx context.Context) (grpc.ClientStream, error) {
	inner, err := l.open(ctx)
	if err != nil {
		return nil, err
	}
	l.ClientStream = inner
	return l, nil
}

// SendMsg sends a question. If it has to go by a wire it is kept: the caller shall not
// wait here, where nothing but flow control may hold it up.
func (l *lane) SendMsg(msg any) error {
	if l.n.busy.Load() && l.to != "" {
		l.asked = msg
		return nil
	}
	return l.ClientStream.SendMsg(msg)
}

// RecvMsg receives the answer.
func (l *lane) RecvMsg(reply any) error {
	c := call{n: l.n, from: l.from, to: l.to, method: l.method}
	asked := l.asked
	l.asked = nil
	c.invoke = func(_ context.Context, reply any) error { return exchange(l.ClientStream, asked, reply) }
	if beat, ok := asked.(*kvv1.AppendEntriesRequest); ok && isHeartbeat(beat) && c.travels(false) {
		// It may outlast this call, and the lane belongs to the next one then.
		c.invoke = l.aside(beat)
		return c.beat(l.Context(), beat, reply.(*kvv1.AppendEntriesResponse))
	}
	return c.run(l.Context(), asked, reply)
}

// exchange sends a question, unless it has been sent, and receives the answer.
func exchange(stream grpc.ClientStream, asked, reply any) error {
	if asked != nil {
		if err := stream.SendMsg(asked); err != nil {
			return stream.RecvMsg(reply) // tells why
		}
	}
	return stream.RecvMsg(reply)
}

// aside makes a call on a stream of its own.
func (l *lane) aside(req any) func(context.Context, any) error {
	return func(ctx context.Context, reply any) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		stream, err := l.open(ctx)
		if err != nil {
			return err
		}
		return exchange(stream, req, reply)
	}
}
