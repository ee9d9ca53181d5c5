package rpc

import (
	"context"

	"google.golang.org/grpc"

	kvv1 "kv/proto/kv/v1"
)

// clusterService is the service Cluster.
type clusterService struct {
	kvv1.UnimplementedClusterServer
	*handler
}

var _ kvv1.ClusterServer = (*clusterService)(nil)

func (s *clusterService) Status(ctx context.Context, req *kvv1.StatusRequest) (*kvv1.StatusResponse, error) {
	if req.GetWaitMs() == 0 {
		return unary(ctx, s.handler, req, unchecked, s.backend.Status)
	}
	ctx, cancel := s.untilStop(ctx)
	defer cancel()
	return counted(ctx, s.handler, standing, req, unchecked, s.backend.Status)
}

// untilStop returns a context that also ends when the server begins to shut down, for
// a request that only waits.
func (h *handler) untilStop(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	if h.stopping != nil {
		go func() {
			select {
			case <-h.stopping:
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	return ctx, cancel
}

func (s *clusterService) StateHash(ctx context.Context, req *kvv1.StateHashRequest) (*kvv1.StateHashResponse, error) {
	ctx, cancel := s.untilStop(ctx)
	defer cancel()
	return counted(ctx, s.handler, ordinary, req, unchecked, s.backend.StateHash)
}

func (s *clusterService) Snapshot(ctx context.Context, req *kvv1.SnapshotRequest) (*kvv1.SnapshotResponse, error) {
	ctx, cancel := s.untilStop(ctx)
	defer cancel()
	return counted(ctx, s.handler, ordinary, req, unchecked, s.backend.Snapshot)
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

func (s *clusterService) Events(req *kvv1.EventsRequest, to grpc.ServerStreamingServer[kvv1.EventsResponse]) error {
	k := ordinary
	if req.GetFollow() {
		k = standing
	}
	return stream(s.handler, k, req, to, unchecked, s.backend.Events)
}

func (s *clusterService) LogEntries(ctx context.Context, req *kvv1.LogEntriesRequest) (*kvv1.LogEntriesResponse, error) {
	return unary(ctx, s.handler, req, unchecked, s.backend.LogEntries)
}

func (s *clusterService) Settings(ctx context.Context, req *kvv1.SettingsRequest) (*kvv1.SettingsResponse, error) {
	return unary(ctx, s.handler, req, unchecked, s.backend.Settings)
}

func (s *clusterService) Trace(ctx context.Context, req *kvv1.TraceRequest) (*kvv1.TraceResponse, error) {
	return unary(ctx, s.handler, req, unchecked, s.backend.Trace)
}
