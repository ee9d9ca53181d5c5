package client

import (
	"context"
	"sync/atomic"

	"google.golang.org/grpc/stats"
)

// sentMark tells whether a call's request may have left this process. gRPC
// reports OutPayload right after it has handed the message to the connection's
// writer: as long as that was not seen, no byte of the request is on its way, and
// a unary handler does not start without its request. So "not seen" proves "not
// done". The opposite proves nothing.
type sentMark struct{ sent atomic.Bool }

type sentKey struct{}

// withSentMark returns a context whose call sets the mark.
func withSentMark(ctx context.Context) (context.Context, *sentMark) {
	m := new(sentMark)
	return context.WithValue(ctx, sentKey{}, m), m
}

// sentHandler is the stats.Handler that sets the marks.
type sentHandler struct{}

var _ stats.Handler = sentHandler{}

// TagRPC implements stats.Handler.
func (sentHandler) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

// HandleRPC implements stats.Handler.
func (sentHandler) HandleRPC(ctx context.Context, s stats.RPCStats) {
	m, ok := ctx.Value(sentKey{}).(*sentMark)
	if !ok {
		return
	}
	switch s := s.(type) {
	case *stats.Begin:
		// gRPC repeats a call by itself only if the server said that it did not
		// look at the first one (GOAWAY or REFUSED_STREAM, RFC 9113 section 8.7).
		if s.IsTransparentRetryAttempt {
			m.sent.Store(false)
		}
	case *stats.OutPayload:
		m.sent.Store(true)
	}
}

// TagConn implements stats.Handler.
func (sentHandler) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// HandleConn implements stats.Handler.
func (sentHandler) HandleConn(context.Context, stats.ConnStats) {}
