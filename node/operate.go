package node

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// AddMember implements rpc.Backend: it invites the waiting node at a client
// address, which then joins as if it had been started with -join. Errors:
// ErrNodeUnreachable, ErrNotKV, ErrAlreadyMember and those of the leader's Join.
func (n *Node) AddMember(ctx context.Context, req *kvv1.AddMemberRequest) (*kvv1.AddMemberResponse, error) {
	return onLeader(ctx, n, func(m *member) (*kvv1.AddMemberResponse, error) {
		conn, err := dialKV(req.GetAddress())
		if err != nil {
			return nil, err
		}
		defer conn.Close()
		clusterID, name := m.machine.Cluster()
		invite := &kvv1.InviteRequest{ClusterId: clusterID, ClusterName: name, Addresses: []string{m.self.GetKvAddress()}}
		resp, err := kvv1.NewClusterClient(conn).Invite(ctx, invite)
		if err != nil {
			return nil, explainDial(req.GetAddress(), err)
		}
		return &kvv1.AddMemberResponse{Header: m.header(m.machine.Revision()), Member: resp.GetMember()}, nil
	}, func(ctx context.Context, conn grpc.ClientConnInterface) (*kvv1.AddMemberResponse, error) {
		return kvv1.NewClusterClient(conn).AddMember(ctx, req)
	})
}

// RemoveMember implements rpc.Backend. A leader that is to remove itself hands
// leadership over, and its successor removes it. Errors: ErrMemberNotFound,
// ErrUnsafeRemoval, and those of a write.
func (n *Node) RemoveMember(ctx context.Context, req *kvv1.RemoveMemberRequest) (*kvv1.RemoveMemberResponse, error) {
	there := func(ctx context.Context, conn grpc.ClientConnInterface) (*kvv1.RemoveMemberResponse, error) {
		return kvv1.NewClusterClient(conn).RemoveMember(ctx, req)
	}
	here := func(m *member) (*kvv1.RemoveMemberResponse, error) {
		row, err := m.removeMember(ctx, req.GetName())
		if err != nil {
			return nil, err
		}
		return &kvv1.RemoveMemberResponse{Header: m.header(m.machine.Revision()), Member: row}, nil
	}
	m, err := n.cluster()
	if err == nil && m.leading() && req.GetName() == m.cfg.Name && m.otherVoters() > 0 {
		if err := m.safeToRemove(m.id); err != nil {
			return nil, err
		}
		if _, err := m.transferTo(ctx, ""); err != nil {
			return nil, err
		}
		if err := m.awaitReadyLeader(ctx); err != nil {
			return nil, err
		}
	}
	resp, err := onLeader(ctx, n, here, there)
	if err != nil && m != nil && req.GetName() == m.cfg.Name && errors.Is(n.Err(), kverr.ErrRemoved) {
		// Our end, which cancels what was passed on, is the answer.
		return &kvv1.RemoveMemberResponse{Header: m.header(m.machine.Revision()), Member: m.self}, nil
	}
	return resp, err
}

// awaitReadyLeader waits until the leader serves reads: a successor needs a
// moment before it may change the configuration.
func (m *member) awaitReadyLeader(ctx context.Context) error {
	ready := m.await(ctx, func() bool {
		ctx, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		return m.readIndex(ctx) == nil
	})
	if !ready {
		return kverr.From(ctx.Err())
	}
	return nil
}

// TransferLeadership implements rpc.Backend. Errors: ErrMemberNotFound,
// ErrNotVoter, ErrInvalid, ErrTransferring.
func (n *Node) TransferLeadership(ctx context.Context, req *kvv1.TransferLeadershipRequest) (*kvv1.TransferLeadershipResponse, error) {
	return onLeader(ctx, n, func(m *member) (*kvv1.TransferLeadershipResponse, error) {
		leader, err := m.transferTo(ctx, req.GetName())
		if err != nil {
			return nil, err
		}
		return &kvv1.TransferLeadershipResponse{Header: m.header(m.machine.Revision()), Leader: protoLeader(leader)}, nil
	}, func(ctx context.Context, conn grpc.ClientConnInterface) (*kvv1.TransferLeadershipResponse, error) {
		return kvv1.NewClusterClient(conn).TransferLeadership(ctx, req)
	})
}
