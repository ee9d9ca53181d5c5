package client

import (
	"context"
	"time"

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
	// began is about now when an attempt begins at once; zero after that.
	began time.Time
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

// left is how much time there is left.
func (s *span) left() time.Duration {
	if s.began.IsZero() {
		return time.Until(s.end)
	}
	left := s.end.Sub(s.began)
	s.began = time.Time{}
	return left
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

// byItself makes an attempt at an op as a unary call.
func (c *conn) byItself(s *span, o *op) error {
	ctx, cancel := timed(s, s.end)
	defer cancel()
	ctx, mark := kverr.WithSentMark(forCluster(ctx, c.lines.cluster()))
	kv := kvv1.NewKVClient(c.grpc)
	var err error
	answer := new(kvv1.Answer)
	switch r := o.req.(type) {
	case *kvv1.PutRequest:
		result := new(kvv1.Answer_Put)
		result.Put, err = kv.Put(ctx, r)
		answer.Result = result
	case *kvv1.GetRequest:
		result := new(kvv1.Answer_Get)
		result.Get, err = kv.Get(ctx, r)
		answer.Result = result
	case *kvv1.DeleteRequest:
		result := new(kvv1.Answer_Delete)
		result.Delete, err = kv.Delete(ctx, r)
		answer.Result = result
	case *kvv1.TxnRequest:
		result := new(kvv1.Answer_Txn)
		result.Txn, err = kv.Txn(ctx, r)
		answer.Result = result
	}
	o.pending.reply = reply{kind: answerTo(o.req), answer: answer}
	s.sent = mark.Sent()
	return err
}

// forCluster has the requests in ctx say which cluster they are for, if that is
// known.
func forCluster(ctx context.Context, id string) context.Context {
	if id == "" {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, clusterKey, id)
}
