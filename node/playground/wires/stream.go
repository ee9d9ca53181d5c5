package wires

import (
	"context"
	"errors"
	"io"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// window is how many messages of a stream may be on their way before its sender waits.
// Snapshots travel by such streams, in pieces of half a megabyte.
const window = 8

// stream passes the messages of a stream over the wires: the pieces of a snapshot, and
// the answer at their end. One goroutine sends the pieces on as they arrive.
type stream struct {
	grpc.ClientStream
	ends
	n      *Network
	method string
	single bool // there is one answer
	// ctx ends with the caller's, and when the stream fails on its way; its cause says why.
	ctx    context.Context
	cancel context.CancelCauseFunc

	used atomic.Bool   // the stream goes by way
	call atomic.Uint64 // number of the first message
	way  chan piece    // what is to be sent on
	over chan struct{} // closed when nothing is sent on any more
}

// piece is a message on its way, or the end of them.
type piece struct {
	passage *passage
	msg     any // nil for the end
}

// errGone fails what travels when the playground ends.
var errGone = status.Error(codes.Unavailable, "the playground has ended")

// errLost ends a stream of which a message was lost, in whichever direction.
var errLost = status.Error(codes.Unavailable, "the connection broke: a message was lost")

func newStream(ctx context.Context, n *Network, e ends, method string) *stream {
	s := &stream{ends: e, n: n, method: method, way: make(chan piece, window), over: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancelCause(ctx)
	return s
}

// SendMsg sends a message on its way. Chance loses a stream as a whole, by its first
// message: TCP would break, and not leave out a piece.
func (s *stream) SendMsg(msg any) error {
	first := !s.used.Load()
	if first && (!s.n.busy.Load() || s.to == "" || !s.n.spawn(s.carry)) {
		return s.ClientStream.SendMsg(msg)
	}
	s.used.Store(true)
	m := describe(s.method, msg)
	m.From, m.To, m.Call = s.from, s.to, s.call.Load()
	p := s.n.send(m, first)
	s.call.Store(p.Call)
	return s.put(piece{p, msg})
}

// CloseSend ends what is sent, behind all that is on its way.
func (s *stream) CloseSend() error {
	if !s.used.Load() {
		return s.ClientStream.CloseSend()
	}
	_ = s.put(piece{}) // if nothing is sent on any more, RecvMsg tells why
	return nil
}

// put waits until there is room on the way. io.EOF is gRPC's word for: RecvMsg tells why.
func (s *stream) put(p piece) error {
	select {
	case s.way <- p:
		return nil
	case <-s.over:
		return io.EOF
	}
}

// carry sends on what has arrived, until the end of the stream.
func (s *stream) carry() {
	defer close(s.over)
	defer context.AfterFunc(s.n.ctx, func() { s.cancel(errGone) })()
	for {
		select {
		case p := <-s.way:
			err := s.pass(p)
			if err != nil && !errors.Is(err, io.EOF) {
				s.cancel(err)
			}
			if err != nil || p.msg == nil {
				return
			}
		case <-s.ctx.Done():
			return
		case <-s.ClientStream.Context().Done():
			return
		}
	}
}

// pass sends one message on once it has arrived.
func (s *stream) pass(p piece) error {
	if p.msg == nil {
		return s.ClientStream.CloseSend()
	}
	select {
	case <-p.passage.here:
		return s.ClientStream.SendMsg(p.msg)
	case <-p.passage.lost:
		return errLost
	case <-s.ctx.Done():
	case <-s.ClientStream.Context().Done():
	}
	s.n.giveUp(p.passage)
	return io.EOF
}

// RecvMsg receives an answer, which comes by the wire back.
func (s *stream) RecvMsg(msg any) error {
	err := s.ClientStream.RecvMsg(msg)
	if err == nil && s.n.busy.Load() && s.to != "" {
		m := describe(s.method, msg)
		m.From, m.To, m.Answer, m.Call = s.to, s.from, true, s.call.Load()
		err = s.arrive(s.n.send(m, true))
	}
	if own := context.Cause(s.ctx); err != nil && own != nil && status.Code(own) != codes.Unknown {
		err = own
	}
	if err != nil || s.single {
		s.cancel(nil)
	}
	return err
}

// arrive waits for an answer. Its loss is told, unlike that of a call's: the sender of a
// snapshot is patient for as long as restoring one may take.
func (s *stream) arrive(p *passage) error {
	select {
	case <-p.here:
		return nil
	case <-p.lost:
		return errLost
	case <-s.ctx.Done():
		s.n.giveUp(p)
		return status.FromContextError(s.ctx.Err()).Err()
	}
}
