package rpc

import (
	"context"

	kvv1 "kv/proto/kv/v1"
)

// clusterService is the service Cluster.
type clusterService struct {
	kvv1.UnimplementedClusterServer
	*handler
}

var _ kvv1.ClusterServer = (*clusterService)(nil)

func (s *clusterService) Status(ctx context.Context, req *kvv1.StatusRequest) (*kvv1.StatusResponse, error) {
	return unary(ctx, s.handler, req, unchecked, s.backend.Status)
}

func (s *clusterService) Members(ctx context.Context, req *kvv1.MembersRequest) (*kvv1.MembersResponse, error) {
	return unary(ctx, s.handler, req, unchecked, s.backend.Members)
}

func (s *clusterService) AddMember(ctx context.Context, req *kvv1.AddMemberRequest) (*kvv1.AddMemberResponse, error) {
	return unary(ctx, s.handler, req, unchecked, s.backend.AddMember)
}

func (s *clusterService) RemoveMember(ctx context.Context, req *kvv1.RemoveMemberRequest) (*kvv1.RemoveMemberResponse, error) {
	return unary(ctx, s.handler, req, unchecked, s.backend.RemoveMember)
}

func (s *clusterService) TransferLeadership(ctx context.Context, req *kvv1.TransferLeadershipRequest) (*kvv1.TransferLeadershipResponse, error) {
	return unary(ctx, s.handler, req, unchecked, s.backend.TransferLeadership)
}

func (s *clusterService) Invite(ctx context.Context, req *kvv1.InviteRequest) (*kvv1.InviteResponse, error) {
	return unary(ctx, s.handler, req, unchecked, s.backend.Invite)
}
