// Package lossy lets a client lose answers: what it asked for was done, its connection
// breaks before it hears so, and it has to ask again. That nothing is done twice by that is
// what the sessions of the store are for.
package lossy

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Lose decides, for each message of answers, whether it is lost, and for how long its
// client does not notice. It may be called by several goroutines at once.
type Lose func() (unnoticed time.Duration, lost bool)

// Options are what a client is dialled with to lose answers.
func Options(lose Lose) []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithChainUnaryInterceptor(lose.unary),
		grpc.WithChainStreamInterceptor(lose.stream),
	}
}

// answered is called with each answer, and returns how that ends.
func (l Lose) answered(ctx context.Context) error {
	unnoticed, lost := l()
	if !lost {
		return nil
	}
	timer := time.NewTimer(unnoticed)
	defer timer.Stop()
	select {
	case <-timer.C:
		return status.Error(codes.Unavailable, "the connection broke before the answer had come")
	case <-ctx.Done():
		return status.FromContextError(ctx.Err()).Err()
	}
}

func (l Lose) unary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if err := call(ctx, method, req, reply, cc, opts...); err != nil {
		return err
	}
	return l.answered(ctx)
}

func (l Lose) stream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	s, err := open(ctx, desc, cc, method, opts...)
	if err != nil {
		return nil, err
	}
	return stream{s, l}, nil
}

// stream is one whose answers may be lost, and it with them.
type stream struct {
	grpc.ClientStream
	lose Lose
}

// RecvMsg implements grpc.ClientStream.
func (s stream) RecvMsg(m any) error {
	if err := s.ClientStream.RecvMsg(m); err != nil {
		return err
	}
	return s.lose.answered(s.Context())
}
