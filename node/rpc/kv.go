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
	s.counts.one(puts)
	return counted(ctx, s.handler, ordinary, req, s.limits.checkPut, s.backend.Put)
}

func (s *kvService) Get(ctx context.Context, req *kvv1.GetRequest) (*kvv1.GetResponse, error) {
	s.counts.one(gets)
	return counted(ctx, s.handler, ordinary, req, s.limits.checkGet, s.backend.Get)
}

func (s *kvService) Delete(ctx context.Context, req *kvv1.DeleteRequest) (*kvv1.DeleteResponse, error) {
	s.counts.one(deletes)
	return counted(ctx, s.handler, ordinary, req, s.limits.checkDelete, s.backend.Delete)
}

func (s *kvService) Txn(ctx context.Context, req *kvv1.TxnRequest) (*kvv1.TxnResponse, error) {
	s.counts.one(txns)
	return counted(ctx, s.handler, ordinary, req, s.limits.checkTxn, s.backend.Txn)
}

func (s *kvService) Revert(ctx context.Context, req *kvv1.RevertRequest) (*kvv1.RevertResponse, error) {
	return counted(ctx, s.handler, ordinary, req, s.limits.checkRevert, s.backend.Revert)
}

func (s *kvService) Compact(ctx context.Context, req *kvv1.CompactRequest) (*kvv1.CompactResponse, error) {
	return counted(ctx, s.handler, ordinary, req, checkCompact, s.backend.Compact)
}

func (s *kvService) List(req *kvv1.ListRequest, to grpc.ServerStreamingServer[kvv1.ListResponse]) error {
	s.counts.one(lists)
	return stream(s.handler, ordinary, req, to, s.limits.checkList, s.backend.List)
}

func (s *kvService) History(req *kvv1.HistoryRequest, to grpc.ServerStreamingServer[kvv1.HistoryResponse]) error {
	s.counts.one(lists)
	return stream(s.handler, ordinary, req, to, s.limits.checkHistory, s.backend.History)
}

func (s *kvService) Watch(req *kvv1.WatchRequest, to grpc.ServerStreamingServer[kvv1.WatchResponse]) error {
	return stream(s.handler, standing, req, to, s.limits.checkWatch, s.backend.Watch)
}

func (s *kvService) Stream(to grpc.BidiStreamingServer[kvv1.StreamRequest, kvv1.StreamResponse]) error {
	return s.guard(to.Context(), newSession(s.handler, to).run)
}
