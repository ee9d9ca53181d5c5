package transport

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"kv/node/patience"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// lanes are the open streams of one method to one peer. A call takes one that is free,
// asks, waits for the answer and gives it back. So what a call costs beyond its two
// messages, setting it up and taking it down on both sides, is paid once.
type lanes[Req, Resp any] struct {
	open  opener[Req, Resp]
	clock *patience.Clock // measures how long a call may last

	mu     sync.Mutex
	free   []*lane[Req, Resp] // guarded by mu; the one that was used last is the last
	closed bool               // guarded by mu
}

// opener opens a stream of a method.
type opener[Req, Resp any] func(kvv1.RaftClient, context.Context, ...grpc.CallOption) (grpc.BidiStreamingClient[Req, Resp], error)

// lane is one stream, for one call at a time.
type lane[Req, Resp any] struct {
	ctx    context.Context // of the stream
	end    context.CancelCauseFunc
	timer  *patience.Timer // ends the lane when a call lasts too long, or none has come for long
	stream grpc.BidiStreamingClient[Req, Resp]
}

// laneRest is how long a lane stays open without a call. The connection to a member
// that was removed ends so in the end.
const laneRest = time.Minute

// errUnanswered ends a lane whose timer has run out.
var errUnanswered = errors.New("no answer in time")

// call asks the peer behind conn for an answer, until ctx ends. A lane that it opens
// may last as long as parent. One that has broken, which shows at the next call only,
// is replaced: so a request may arrive twice.
func (ls *lanes[Req, Resp]) call(ctx, parent context.Context, conn grpc.ClientConnInterface, c call, req *Req) (*Resp, error) {
	deadline := time.Now().Add(c.timeout)
	for {
		l, used := ls.take(parent, deadline)
		resp, err := l.call(ctx, ls.open, conn, c, req)
		if err == nil {
			ls.give(l)
			return resp, nil
		}
		again := used && broken(err) && ctx.Err() == nil && parent.Err() == nil && time.Now().Before(deadline)
		if !again {
			err = l.callError(ctx, c, err)
		}
		l.close()
		if !again {
			return nil, err
		}
	}
}

// take returns a lane, and whether it was used before.
func (ls *lanes[Req, Resp]) take(parent context.Context, deadline time.Time) (l *lane[Req, Resp], used bool) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if last := len(ls.free) - 1; last >= 0 {
		l = ls.free[last]
		ls.free[last] = nil
		ls.free = ls.free[:last]
		l.timer.Reset(time.Until(deadline))
		return l, true
	}
	l = &lane[Req, Resp]{}
	l.ctx, l.end = context.WithCancelCause(parent)
	l.timer = ls.clock.AfterFunc(time.Until(deadline), func() { l.end(errUnanswered) })
	return l, false
}

// give takes a lane back.
func (ls *lanes[Req, Resp]) give(l *lane[Req, Resp]) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if ls.closed {
		l.close()
		return
	}
	l.timer.Reset(laneRest)
	ls.free = append(ls.free, l)
}

// close ends the lanes that are free now, and the others when they are given back.
func (ls *lanes[Req, Resp]) close() {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.closed = true
	for _, l := range ls.free {
		l.close()
	}
	ls.free = nil
}

func (l *lane[Req, Resp]) close() {
	l.timer.Stop()
	l.end(nil)
}

// call makes one call. If ctx ends it, even a moment too late, the lane has ended, too.
func (l *lane[Req, Resp]) call(ctx context.Context, open opener[Req, Resp], conn grpc.ClientConnInterface, c call, req *Req) (*Resp, error) {
	if ctx.Done() != nil {
		defer context.AfterFunc(ctx, func() { l.end(context.Cause(ctx)) })()
	}
	if l.stream == nil {
		var err error
		if l.stream, err = open(kvv1.NewRaftClient(conn), l.ctx, grpc.WaitForReady(c.wait)); err != nil {
			return nil, err
		}
	}
	if err := l.stream.Send(req); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return l.stream.Recv() // tells why the stream has ended, if it has
}

// broken reports whether an error may come of a lane that had ended before.
func broken(err error) bool {
	switch code := status.Code(err); code {
	case codes.Unavailable, codes.Canceled:
		return len(status.Convert(err).Details()) == 0
	default:
		return errors.Is(err, io.EOF)
	}
}

// callError is callError for a call on this lane.
func (l *lane[Req, Resp]) callError(ctx context.Context, c call, err error) error {
	switch {
	case errors.Is(err, io.EOF):
		err = kverr.ToStatus(kverr.ErrLostConnection)
	case ctx.Err() != nil:
		err = status.FromContextError(ctx.Err()).Err()
	case errors.Is(context.Cause(l.ctx), errUnanswered):
		err = status.FromContextError(context.DeadlineExceeded).Err()
	}
	return callError(l.ctx, c, err)
}

// serveLane answers the requests of a stream one after the other. An error of answer
// is the end of it. The connection carries nothing but lanes, see Transport.Close.
func serveLane[Req, Resp any](t *Transport, stream grpc.BidiStreamingServer[Req, Resp], answer func(context.Context, *Req) (*Resp, error)) error {
	ctx := stream.Context()
	t.listener.lane(ctx)
	for {
		req, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		resp, err := answer(ctx, req)
		if err != nil {
			return kverr.ToStatus(err)
		}
		if err := stream.Send(resp); err != nil {
			return err
		}
	}
}
