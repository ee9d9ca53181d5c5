package node

import (
	"context"
	"errors"

	"google.golang.org/grpc"

	"kv/node/rpc"
	"kv/proto/kverr"
)

var _ rpc.Backend = (*Node)(nil)

// cluster returns the member, or why there is none: the node has ended, is still
// opening what its folder holds (ErrNoLeader: this passes), or waits (ErrWaiting).
func (n *Node) cluster() (*member, error) {
	if err := n.Err(); err != nil {
		return nil, kverr.ErrStopping.Withf("%s has ended: %v", n.cfg.Name, err)
	}
	if m := n.member.Load(); m != nil {
		return m, nil
	}
	if n.cfg.Bootstrap || n.identity().ClusterID != "" {
		return nil, kverr.ErrNoLeader.Withf("%s is starting; try again", n.cfg.Name)
	}
	return nil, kverr.ErrWaiting.Withf("%s belongs to no cluster yet; on a member's shell: join %s", n.cfg.Name, selfMember(n.cfg, n.identity()).GetKvAddress())
}

// onLeader runs here if this member leads, and there on the leader otherwise. A
// call that was passed on once is not passed on again: two members that take
// each other for the leader would play ball with it.
func onLeader[R any](ctx context.Context, n *Node, here func(*member) (R, error), there func(context.Context, grpc.ClientConnInterface) (R, error)) (R, error) {
	var none R
	m, err := n.cluster()
	if err != nil {
		return none, err
	}
	if m.leading() {
		return here(m)
	}
	present := m.reign.present()
	addr, id := m.raft().LeaderWithID()
	if id == "" || id == m.id || rpc.Forwarded(ctx) {
		return none, m.notLeader()
	}
	ctx, cancel := m.whileLeads(ctx, present, id)
	defer cancel()
	ctx, mark := kverr.WithSentMark(rpc.WithForwarded(ctx))
	result, err := there(ctx, m.transport.Conn(id, addr))
	switch {
	case err == nil:
		return result, nil
	case errors.Is(context.Cause(ctx), errDeposed) && mark.Sent() && kverr.FromStatus(err).Outcome != kverr.NotDone:
		return none, kverr.ErrLostLeadership
	case errors.Is(context.Cause(ctx), errDeposed) && !mark.Sent():
		return none, m.notLeader()
	}
	return none, m.fromLeader(err, id, mark.Sent())
}

// onUpgraded is onLeader for what members of version 0.1.0 do not know. Whether all
// members know it the leader asks when it writes.
func onUpgraded[R any](ctx context.Context, n *Node, here func(*member) (R, error), there func(context.Context, grpc.ClientConnInterface) (R, error)) (R, error) {
	var none R
	m, err := n.cluster()
	if err != nil {
		return none, err
	}
	if !m.leading() {
		if err := m.leaderUpgraded(m.leader().Name); err != nil {
			return none, err
		}
	}
	return onLeader(ctx, n, here, there)
}
