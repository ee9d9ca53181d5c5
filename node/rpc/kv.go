package rpc

import (
	"context"

	"google.golang.org/grpc"

	kvv1 "kv/proto/kv/v1"
)

// kvService is the service KV.
type kvService struct {
	kvv1.UnimplementedKVServer
	*handler
}

var _ kvv1.KVServer = (*kvService)(nil)

func (s *kvService) Put(ctx context.Context, req *kvv1.PutRequest) (*kvv1.PutResponse, error) {
	check := func(r *kvv1.PutRequest) error { return s.limits.checkPair(r.GetKey(), r.GetValue()) }
	return unary(ctx, s.handler, req, check, s.backend.Put)
}

func (s *kvService) Get(ctx context.Context, req *kvv1.GetRequest) (*kvv1.GetResponse, error) {
	check := func(r *kvv1.GetRequest) error { return s.limits.checkKey(r.GetKey()) }
	return unary(ctx, s.handler, req, check, s.backend.Get)
}

func (s *kvService) Delete(ctx context.Context, req *kvv1.DeleteRequest) (*kvv1.DeleteResponse, error) {
	check := func(r *kvv1.DeleteRequest) error { return s.limits.checkKey(r.GetKey()) }
	return unary(ctx, s.handler, req, check, s.backend.Delete)
}

func (s *kvService) List(req *kvv1.ListRequest, stream grpc.ServerStreamingServer[kvv1.ListResponse]) error {
	return s.guard(stream.Context(), func() error {
		if err := s.limits.checkPrefix(req.GetPrefix()); err != nil {
			return err
		}
		return s.backend.List(stream.Context(), req, stream.Send)
	})
}
