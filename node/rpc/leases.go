package rpc

import (
	"context"

	kvv1 "kv/proto/kv/v1"
)

// leaseService is the service Leases.
type leaseService struct {
	kvv1.UnimplementedLeasesServer
	*handler
}

var _ kvv1.LeasesServer = (*leaseService)(nil)

func (s *leaseService) GrantLease(ctx context.Context, req *kvv1.GrantLeaseRequest) (*kvv1.GrantLeaseResponse, error) {
	return counted(ctx, s.handler, ordinary, req, checkGrant, s.backend.GrantLease)
}

func (s *leaseService) KeepAliveLease(ctx context.Context, req *kvv1.KeepAliveLeaseRequest) (*kvv1.KeepAliveLeaseResponse, error) {
	return counted(ctx, s.handler, urgent, req, checkKeepAlive, s.backend.KeepAliveLease)
}

func (s *leaseService) RevokeLease(ctx context.Context, req *kvv1.RevokeLeaseRequest) (*kvv1.RevokeLeaseResponse, error) {
	return counted(ctx, s.handler, ordinary, req, checkRevoke, s.backend.RevokeLease)
}

func (s *leaseService) ListLeases(ctx context.Context, req *kvv1.ListLeasesRequest) (*kvv1.ListLeasesResponse, error) {
	return counted(ctx, s.handler, ordinary, req, unchecked, s.backend.ListLeases)
}
