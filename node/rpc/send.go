package rpc

import (
	"time"

	"google.golang.org/grpc"

	"kv/proto/kverr"
)

// defaultSendTimeout is long against any network and short against how long a
// connection may last.
const defaultSendTimeout = 30 * time.Second

// sender sends the messages of one stream, each within a time: a receiver that has
// stopped reading holds up gRPC's Send for as long as it likes, and with it what the
// Backend keeps for the stream. It is for one goroutine.
type sender[Resp any] struct {
	*handler
	to    grpc.ServerStreamingServer[Resp]
	sent  chan error // buffered by one
	timer *time.Timer
	late  error // once a Send was left behind
}

func newSender[Resp any](h *handler, to grpc.ServerStreamingServer[Resp]) *sender[Resp] {
	timer := time.NewTimer(h.sendTimeout)
	timer.Stop()
	return &sender[Resp]{handler: h, to: to, sent: make(chan error, 1), timer: timer}
}

// send sends m, or returns ErrTimeout. It then leaves a Send behind, which ends
// together with the stream when the handler returns: gRPC interrupts what is blocked
// on a stream that has its status. No two of them run at a time.
func (s *sender[Resp]) send(m *Resp) error {
	if s.late != nil {
		return s.late
	}
	go func() { s.sent <- s.sendNow(m) }()
	s.timer.Reset(s.sendTimeout)
	defer s.timer.Stop()
	select {
	case err := <-s.sent:
		return err
	case <-s.timer.C:
		e := *kverr.ErrTimeout.Withf("the answer was not read for %v: the rest of it is not sent", s.sendTimeout)
		e.Outcome = kverr.NotDone // a stream changes nothing
		s.late = &e
		return s.late
	}
}

// sendNow is Send, and a panic in it an error: it would else be the end of the process.
func (s *sender[Resp]) sendNow(m *Resp) (err error) {
	defer s.recovered(&err)
	return s.to.Send(m)
}
