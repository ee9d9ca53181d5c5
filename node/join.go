package node

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/hashicorp/raft"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"kv/node/transport"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// Join makes a waiting node a member of the cluster that any of the given client
// addresses belongs to, and returns once it follows the cluster's log. While no
// leader can be reached it tries again until ctx ends. On a node that belongs to
// a cluster it does nothing. Errors: those of the leader's Join, ErrNotKV,
// ErrNodeUnreachable, ErrNoLeader.
func (n *Node) Join(ctx context.Context, addrs []string) error {
	n.joining.Lock()
	defer n.joining.Unlock()
	if n.ctx.Err() != nil {
		return kverr.ErrStopping
	}
	ctx, cancel := context.WithCancel(ctx) // ends with n.ctx too
	defer cancel()
	defer context.AfterFunc(n.ctx, cancel)()
	if m := n.member.Load(); m != nil {
		n.cfg.Logger.Info("this data folder belongs to a cluster already; nothing to join",
			"data-dir", n.cfg.DataDir, "cluster", n.identity().ClusterID)
		return nil
	}
	resp, sponsors, err := n.askToJoin(ctx, addrs)
	if err != nil {
		return err
	}
	id := n.identity()
	id.ClusterID, id.ClusterName, id.Sponsors = resp.GetClusterId(), resp.GetClusterName(), sponsors
	if err := n.becomeMember(id); err != nil {
		n.fail(err)
		return err
	}
	n.cfg.Logger.Info("joined", "cluster", id.ClusterName, "cluster-id", id.ClusterID, "leader", resp.GetLeader())
	m := n.member.Load()
	if !m.await(ctx, m.known.Load) {
		return kverr.From(ctx.Err()).Withf("joined cluster %s, but its log has not arrived yet; `members` shows how far it is", id.ClusterName)
	}
	return nil
}

// AwaitVoter returns once the node votes, as it does soon after it has joined, or
// with ctx's error.
func (n *Node) AwaitVoter(ctx context.Context) error {
	m := n.member.Load()
	if m == nil {
		return kverr.ErrWaiting
	}
	if !m.await(ctx, func() bool { return slices.Contains(n.Voters(), n.cfg.Name) }) {
		return ctx.Err()
	}
	return nil
}

// askToJoin tries the addresses in turn until a leader has added the node.
func (n *Node) askToJoin(ctx context.Context, addrs []string) (_ *kvv1.JoinResponse, sponsors []sponsor, _ error) {
	var last error
	attempt := func() (*kvv1.JoinResponse, error) {
		for _, addr := range addrs {
			resp, members, err := n.askOneToJoin(ctx, addr)
			if err == nil {
				sponsors = members
				return resp, nil
			}
			if last == nil || ctx.Err() == nil { // the end of our patience tells nothing
				last = err
			}
			if e := kverr.FromStatus(err); !temporary(e) {
				return nil, backoff.Permanent(err)
			}
		}
		return nil, last
	}
	schedule := backoff.NewExponentialBackOff()
	schedule.InitialInterval, schedule.MaxInterval = 100*time.Millisecond, 2*time.Second
	resp, err := backoff.Retry(ctx, attempt, backoff.WithBackOff(schedule), backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, wait time.Duration) {
			n.cfg.Logger.Warn("cannot join yet", "error", err, "again-in", wait.Round(time.Millisecond))
		}))
	if err != nil && last != nil {
		err = last
	}
	return resp, sponsors, err
}

// temporary reports whether a join may succeed later without anybody's doing.
func temporary(e *kverr.Error) bool {
	return e.Is(kverr.ErrNoLeader) || e.Is(kverr.ErrNotLeader) || e.Is(kverr.ErrNoQuorum) ||
		e.Is(kverr.ErrNodeUnreachable) || e.Is(kverr.ErrTransferring) || e.Is(kverr.ErrStopping) || e.Outcome == kverr.Unknown
}

// askOneToJoin finds the leader through the member at a client address, and asks
// it. A join may be repeated, so an unknown outcome does no harm.
func (n *Node) askOneToJoin(ctx context.Context, addr string) (*kvv1.JoinResponse, []sponsor, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*n.cfg.ElectionTimeout)
	defer cancel()
	members, err := membersAt(ctx, addr)
	if err != nil {
		return nil, nil, err
	}
	leader := members.GetHeader().GetLeader().GetName()
	var sponsors []sponsor
	for _, s := range members.GetMembers() {
		sponsors = append(sponsors, sponsor{memberID(s.GetMember()), raft.ServerAddress(s.GetMember().GetRaftAddress())})
	}
	for _, s := range members.GetMembers() {
		if s.GetMember().GetName() != leader {
			continue
		}
		req := &kvv1.JoinRequest{Member: selfMember(n.cfg, n.identity())}
		resp, err := transport.Join(ctx, s.GetMember().GetRaftAddress(), req, n.cfg.DialOptions...)
		if err != nil {
			return nil, nil, kverr.FromStatus(err)
		}
		return resp, sponsors, nil
	}
	return nil, nil, kverr.ErrNoLeader.Withf("the cluster of %s has no leader at the moment", addr)
}

// membersAt asks the member at a client address who is in its cluster.
func membersAt(ctx context.Context, addr string) (*kvv1.MembersResponse, error) {
	conn, err := dialKV(addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	resp, err := kvv1.NewClusterClient(conn).Members(ctx, &kvv1.MembersRequest{})
	if err == nil {
		return resp, nil
	}
	return nil, explainDial(addr, err)
}

func dialKV(addr string) (*grpc.ClientConn, error) {
	conn, err := grpc.NewClient("passthrough:///"+addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, kverr.ErrInvalid.Withf("%q is no address: %v", addr, err)
	}
	return conn, nil
}

// explainDial puts into words why a node could not be asked.
func explainDial(addr string, err error) error {
	switch e := kverr.FromStatus(err); {
	case e.Is(kverr.ErrWaiting):
		return kverr.ErrWaiting.Withf("the node at %s belongs to no cluster itself; start one node with -bootstrap first", addr)
	case e.Is(kverr.ErrLostConnection):
		return kverr.ErrNodeUnreachable.Withf("no kv node answers at %s: is it running, and is this its client port?", addr).WithCause(errors.Unwrap(e))
	case e.Is(kverr.ErrNotKV), e.Is(kverr.ErrClusterMismatch), e.Is(kverr.ErrWrongReceiver):
		return kverr.ErrNotKV.Withf("what listens at %s is not a kv node's client port; give the KV_PORT of a member", addr)
	default:
		return e
	}
}

// Invite implements rpc.Backend: a member asks this waiting node to join.
// Errors: ErrAlreadyMember and those of Join.
func (n *Node) Invite(ctx context.Context, req *kvv1.InviteRequest) (*kvv1.InviteResponse, error) {
	if id := n.identity(); id.ClusterID != "" {
		return nil, kverr.ErrAlreadyMember.Withf("%s belongs to cluster %s (%s) already", id.Name, id.ClusterName, id.ClusterID)
	}
	if len(req.GetAddresses()) == 0 {
		return nil, kverr.ErrInvalid.Withf("the invitation names no address")
	}
	if err := n.Join(ctx, req.GetAddresses()); err != nil {
		return nil, err
	}
	if id := n.identity(); req.GetClusterId() != "" && id.ClusterID != req.GetClusterId() {
		return nil, kverr.ErrAlreadyMember.Withf("%s has just become a member of cluster %s (%s)", id.Name, id.ClusterName, id.ClusterID)
	}
	return &kvv1.InviteResponse{Member: selfMember(n.cfg, n.identity())}, nil
}
