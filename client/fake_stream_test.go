package client_test

import (
	"context"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// Stream answers each call as if it had come by itself, on a goroutine of its own.
func (m *member) Stream(stream grpc.BidiStreamingServer[kvv1.StreamRequest, kvv1.StreamResponse]) error {
	m.streams.Add(1)
	m.mu.Lock()
	f := m.stream
	m.mu.Unlock()
	if f != nil {
		return f(stream)
	}
	var calls sync.WaitGroup
	defer calls.Wait()
	ctx, end := context.WithCancel(stream.Context())
	defer end()
	cancels := map[uint64]func(){}
	var sending sync.Mutex
	for {
		message, err := stream.Recv()
		if err != nil {
			return err
		}
		m.messages.Add(1)
		for _, c := range message.GetCalls() {
			if _, ok := c.GetRequest().(*kvv1.Call_Cancel); ok {
				m.canceled.Add(1)
				cancels[c.GetId()]()
				continue
			}
			ctx, cancel := context.WithTimeout(ctx, time.Duration(c.GetTimeoutMs())*time.Millisecond)
			cancels[c.GetId()] = cancel
			calls.Go(func() {
				defer cancel()
				a := m.answer(ctx, c)
				sending.Lock()
				defer sending.Unlock()
				stream.Send(&kvv1.StreamResponse{Header: m.header(), Answers: []*kvv1.Answer{a}})
			})
		}
	}
}

// answer passes a call of a stream to the script of its kind.
func (m *member) answer(ctx context.Context, c *kvv1.Call) *kvv1.Answer {
	a := &kvv1.Answer{Id: c.GetId()}
	var err error
	switch r := c.GetRequest().(type) {
	case *kvv1.Call_Put:
		var resp *kvv1.PutResponse
		resp, err = through(ctx, m, r.Put, m.Put)
		a.Result = &kvv1.Answer_Put{Put: resp}
	case *kvv1.Call_Get:
		var resp *kvv1.GetResponse
		resp, err = through(ctx, m, r.Get, m.Get)
		a.Result = &kvv1.Answer_Get{Get: resp}
	case *kvv1.Call_Delete:
		var resp *kvv1.DeleteResponse
		resp, err = through(ctx, m, r.Delete, m.Delete)
		a.Result = &kvv1.Answer_Delete{Delete: resp}
	case *kvv1.Call_Txn:
		var resp *kvv1.TxnResponse
		resp, err = through(ctx, m, r.Txn, m.Txn)
		a.Result = &kvv1.Answer_Txn{Txn: resp}
	}
	if err != nil {
		a.Result = &kvv1.Answer_Failure{Failure: kverr.ToFailure(err)}
	}
	return a
}

// through lets the hook at a request, as an interceptor does.
func through[Req, Resp proto.Message](ctx context.Context, m *member, req Req, do func(context.Context, Req) (Resp, error)) (Resp, error) {
	got, err := m.unary(ctx, req, nil, func(ctx context.Context, _ any) (any, error) { return do(ctx, req) })
	resp, _ := got.(Resp)
	return resp, err
}
