package transport

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/raft"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// Confirm asks the node id whether it is still in term; the answer counts only if
// it is for a call made after the question arose. It fails fast without a
// connection, as do the calls below; their errors are entries of kverr, and
// kverr.ErrStopping after Close.
func (t *Transport) Confirm(ctx context.Context, id raft.ServerID, addr raft.ServerAddress, term uint64) (*kvv1.ConfirmResponse, error) {
	c := call{name: "confirm", id: id, target: addr, timeout: t.cfg.ElectionTimeout}
	p, err := t.peers.get(id, addr)
	if err != nil {
		return nil, fmt.Errorf("%s to %s: %w", c.name, c.id, stopping(err))
	}
	return p.confirms.call(ctx, t.calls.context(), p.swift, c, &kvv1.ConfirmRequest{Term: term})
}

// StandNow has the local Raft stand for election at once, as if the leader had asked
// for it. It returns when Raft has taken that up, or ctx or the transport ends.
func (t *Transport) StandNow(ctx context.Context) error {
	if err := t.gate(call{name: "stand for election"}); err != nil {
		return err
	}
	req := &raft.TimeoutNowRequest{RPCHeader: raft.RPCHeader{
		ProtocolVersion: raft.ProtocolVersionMax, ID: []byte(t.cfg.LocalID), Addr: []byte(t.cfg.Advertise),
	}}
	_, err := deliver[raft.TimeoutNowResponse](ctx, t, req, nil, nil)
	return err
}

// ReadIndex asks the node id, taken to be the leader, for an index that a
// linearizable read may be served at.
func (t *Transport) ReadIndex(ctx context.Context, id raft.ServerID, addr raft.ServerAddress) (*kvv1.ReadIndexResponse, error) {
	return ask(ctx, t, call{name: "read index", id: id, target: addr}, kvv1.RaftClient.ReadIndex, &kvv1.ReadIndexRequest{})
}

// Join passes a request to join on to the node id, taken to be the leader. For a
// node that has no cluster there is the function of the same name.
func (t *Transport) Join(ctx context.Context, id raft.ServerID, addr raft.ServerAddress, req *kvv1.JoinRequest) (*kvv1.JoinResponse, error) {
	return ask(ctx, t, call{name: "join", id: id, target: addr}, kvv1.RaftClient.Join, req)
}

// Removed tells the node id that it was removed from the cluster.
func (t *Transport) Removed(ctx context.Context, id raft.ServerID, addr raft.ServerAddress, req *kvv1.RemovedRequest) (*kvv1.RemovedResponse, error) {
	return ask(ctx, t, call{name: "removed", id: id, target: addr}, kvv1.RaftClient.Removed, req)
}

// Conn returns the connection to the node id for calls of services that its
// Config.Register added. It carries the metadata, belongs to the transport and
// must not be kept: the next address of the node closes it. If there is none to
// be had, its calls fail.
func (t *Transport) Conn(id raft.ServerID, addr raft.ServerAddress) grpc.ClientConnInterface {
	p, err := t.peers.get(id, addr)
	if err != nil {
		return brokenConn{stopping(err)}
	}
	return p.control
}

// Join asks the node at addr to take the sender in. It is for a node that belongs
// to no cluster and thus has no transport: it names neither cluster nor receiver,
// which the other side accepts for this call alone. It fails fast without a
// connection; errors are entries of kverr.
func Join(ctx context.Context, addr string, req *kvv1.JoinRequest, opts ...grpc.DialOption) (*kvv1.JoinResponse, error) {
	c := call{name: "join", id: "a member", target: raft.ServerAddress(addr)}
	conn, err := dial(addr, 2*defaultBytes, opts)
	if err != nil {
		return nil, kverr.ErrInvalid.WithCause(err)
	}
	defer func() { _ = conn.Close() }()
	from := req.GetMember().GetName() + "@" + req.GetMember().GetIncarnation()
	if !printable(from) {
		return nil, kverr.ErrInvalid.Withf("node id %q is not printable ASCII", from)
	}
	resp, err := kvv1.NewRaftClient(conn).Join(metadata.AppendToOutgoingContext(ctx, keyCluster, "", keyFrom, from, keyTo, ""), req)
	if err != nil {
		return nil, callError(ctx, c, err)
	}
	return resp, nil
}

// ask makes one of the node's own calls, in the caller's context.
func ask[Req, Resp any](ctx context.Context, t *Transport, c call, method func(kvv1.RaftClient, context.Context, Req, ...grpc.CallOption) (Resp, error), req Req) (Resp, error) {
	var none Resp
	p, err := t.peers.get(c.id, c.target)
	if err != nil {
		return none, fmt.Errorf("%s to %s: %w", c.name, c.id, stopping(err))
	}
	resp, err := method(kvv1.NewRaftClient(p.control), ctx, req)
	if err != nil {
		return none, callError(ctx, c, err)
	}
	return resp, nil
}

// stopping puts the error of peers.get into the dictionary's words.
func stopping(err error) *kverr.Error {
	if errors.Is(err, raft.ErrTransportShutdown) {
		return kverr.ErrStopping.WithCause(err)
	}
	return kverr.ErrUnreachable.WithCause(err)
}
