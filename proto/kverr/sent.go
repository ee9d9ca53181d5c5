package kverr

import (
	"context"
	"sync/atomic"

	"google.golang.org/grpc/stats"
)

// SentMark tells whether a call's request may have left this process. gRPC
// reports OutPayload right after it has handed the message to the connection's
// writer: as long as that was not seen, no byte of the request is on its way, and
// a unary handler does not start without its request. So "not seen" proves "not
// done". The opposite proves nothing.
type SentMark struct{ sent atomic.Bool }

// Sent reports whether the request may have left. It is safe for concurrent use.
func (m *SentMark) Sent() bool { return m.sent.Load() }

// Note says whether the request may have left: for a sender that hands over many
// requests in one message and knows of each.
func (m *SentMark) Note(sent bool) { m.sent.Store(sent) }

type sentKey struct{}

// WithSentMark returns a context whose call sets the mark, if its connection was
// made with a SentHandler.
func WithSentMark(ctx context.Context) (context.Context, *SentMark) {
	m := new(SentMark)
	return m.In(ctx), m
}

// In returns a context whose call sets the mark as well.
func (m *SentMark) In(ctx context.Context) context.Context {
	return context.WithValue(ctx, sentKey{}, m)
}

// SentMarkOf returns the mark that a call in ctx sets, nil if none.
func SentMarkOf(ctx context.Context) *SentMark {
	m, _ := ctx.Value(sentKey{}).(*SentMark)
	return m
}

// SentHandler is the stats.Handler that sets the marks: an option of a client's
// connection.
type SentHandler struct{}

var _ stats.Handler = SentHandler{}

// TagRPC implements stats.Handler.
func (SentHandler) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

// HandleRPC implements stats.Handler.
func (SentHandler) HandleRPC(ctx context.Context, s stats.RPCStats) {
	m := SentMarkOf(ctx)
	if m == nil {
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
func (SentHandler) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// HandleConn implements stats.Handler.
func (SentHandler) HandleConn(context.Context, stats.ConnStats) {}
