package rpc

import (
	"context"
	"io"
	"log/slog"

	"google.golang.org/grpc"

	kvv1 "kv/proto/kv/v1"
)

// exchange is a stream on which one message comes in.
type exchange struct {
	grpc.BidiStreamingServer[kvv1.StreamRequest, kvv1.StreamResponse]
	ctx     context.Context
	in      chan *kvv1.StreamRequest
	answers []*kvv1.Answer
}

func (e *exchange) Context() context.Context { return e.ctx }

func (e *exchange) Recv() (*kvv1.StreamRequest, error) {
	if m, ok := <-e.in; ok {
		return m, nil
	}
	return nil, io.EOF
}

func (e *exchange) Send(m *kvv1.StreamResponse) error {
	e.answers = append(e.answers, m.GetAnswers()...)
	return nil
}

// Exchange lets a session take one message, and returns what it answers.
func Exchange(b Backend, m *kvv1.StreamRequest) ([]*kvv1.Answer, error) {
	e := &exchange{ctx: context.Background(), in: make(chan *kvv1.StreamRequest, 1)}
	e.in <- m
	close(e.in)
	h := &handler{backend: b, limits: DefaultLimits, pressure: NewPressure(Bounds{}), sendTimeout: defaultSendTimeout, logger: slog.Default()}
	err := newSession(h, e).run()
	if err == nil && len(h.pressure.conns) > 0 {
		panic("calls are still counted")
	}
	return e.answers, err
}
