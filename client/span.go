package client

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// span is the time of a call or of an attempt, without a timer: at its end nothing
// happens but for those who look at Deadline or Err. Done is the parent's. What
// waits by itself takes timed; a line has one clock for all its calls.
type span struct {
	context.Context
	end time.Time
	// sent says, after an attempt on a line, whether the request may have left.
	sent bool
}

// Deadline implements context.Context.
func (s *span) Deadline() (time.Time, bool) { return s.end, true }

// Err implements context.Context.
func (s *span) Err() error {
	if err := s.Context.Err(); err != nil {
		return err
	}
	if !time.Now().Before(s.end) {
		return context.DeadlineExceeded
	}
	return nil
}

// within is ctx, ending at the latest after d if it has no deadline.
func within(ctx context.Context, d time.Duration) *span {
	if end, ok := ctx.Deadline(); ok {
		return &span{Context: ctx, end: end}
	}
	return &span{Context: ctx, end: time.Now().Add(d)}
}

// timed is ctx as one that ends by itself at a time, zero for none of its own.
func timed(ctx context.Context, end time.Time) (context.Context, context.CancelFunc) {
	if end.IsZero() {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, end)
}

// byItself makes an attempt at a call of a stream as a unary one.
func byItself[Req, Resp any](s *span, c *conn, req Req, do func(kvv1.KVClient, context.Context, Req, ...grpc.CallOption) (Resp, error)) (Resp, error) {
	ctx, cancel := timed(s, s.end)
	defer cancel()
	ctx, mark := kverr.WithSentMark(forCluster(ctx, c.lines.cluster()))
	resp, err := do(kvv1.NewKVClient(c.grpc), ctx, req)
	s.sent = mark.Sent()
	return resp, err
}

// forCluster has the requests in ctx say which cluster they are for, if that is
// known.
func forCluster(ctx context.Context, id string) context.Context {
	if id == "" {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, clusterKey, id)
}
