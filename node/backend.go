package node

import (
	"context"

	"google.golang.org/grpc"

	"kv/node/fsm"
	"kv/node/rpc"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

var _ rpc.Backend = (*Node)(nil)

// Bounds of one page of a listing.
const (
	pageKeys  = 1000
	pageBytes = 1 << 20
)

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
	addr, id := m.raft().LeaderWithID()
	if id == "" || id == m.id || rpc.Forwarded(ctx) {
		return none, m.notLeader()
	}
	ctx, mark := kverr.WithSentMark(rpc.WithForwarded(ctx))
	result, err := there(ctx, m.transport.Conn(id, addr))
	if err != nil {
		return none, m.fromLeader(err, id, mark.Sent())
	}
	return result, nil
}

// Put implements rpc.Backend. Errors: ErrNotLeader, ErrNoLeader, ErrTransferring,
// ErrStopping (not done); ErrLostLeadership, ErrLostConnection, ErrShutdown,
// ErrTimeout (unknown).
func (n *Node) Put(ctx context.Context, req *kvv1.PutRequest) (*kvv1.PutResponse, error) {
	return onLeader(ctx, n, func(m *member) (*kvv1.PutResponse, error) {
		result, err := m.write(ctx, fsm.AppendPut(nil, req.GetKey(), req.GetValue()))
		if err != nil {
			return nil, err
		}
		return &kvv1.PutResponse{Header: m.header(result.Revision)}, nil
	}, func(ctx context.Context, conn grpc.ClientConnInterface) (*kvv1.PutResponse, error) {
		return kvv1.NewKVClient(conn).Put(ctx, req)
	})
}

// Delete implements rpc.Backend, with the errors of Put.
func (n *Node) Delete(ctx context.Context, req *kvv1.DeleteRequest) (*kvv1.DeleteResponse, error) {
	return onLeader(ctx, n, func(m *member) (*kvv1.DeleteResponse, error) {
		result, err := m.write(ctx, fsm.AppendDelete(nil, req.GetKey()))
		if err != nil {
			return nil, err
		}
		return &kvv1.DeleteResponse{Header: m.header(result.Revision), Deleted: result.Deleted}, nil
	}, func(ctx context.Context, conn grpc.ClientConnInterface) (*kvv1.DeleteResponse, error) {
		return kvv1.NewKVClient(conn).Delete(ctx, req)
	})
}

// Get implements rpc.Backend. Errors: ErrNoLeader, ErrNotLeader, ErrNoQuorum,
// ErrTimeout; a stale read fails only on a node that waits.
func (n *Node) Get(ctx context.Context, req *kvv1.GetRequest) (*kvv1.GetResponse, error) {
	m, freshness, err := n.readable(ctx, req.GetConsistency())
	if err != nil {
		return nil, err
	}
	item, revision, applied := m.machine.Get(req.GetKey())
	resp := &kvv1.GetResponse{Header: m.header(revision), Freshness: freshness}
	resp.Header.AppliedIndex = applied
	if item != nil {
		resp.Kv = keyValue(item, false)
	}
	return resp, nil
}

// readable returns the member once its state may be read at the asked level, and
// for a stale read how old that state may be.
func (n *Node) readable(ctx context.Context, level kvv1.Consistency) (*member, *kvv1.Freshness, error) {
	m, err := n.cluster()
	if err != nil {
		return nil, nil, err
	}
	switch level {
	case kvv1.Consistency_CONSISTENCY_STALE:
		return m, m.freshness(), nil
	case kvv1.Consistency_CONSISTENCY_UNSPECIFIED, kvv1.Consistency_CONSISTENCY_LINEARIZABLE:
		return m, nil, m.readIndex(ctx)
	default:
		return nil, nil, kverr.ErrInvalid.Withf("consistency %d is unknown to this version", level)
	}
}

// List implements rpc.Backend, with the errors of Get and of send. The pages all
// come from one frozen view, so that writes may go on.
func (n *Node) List(ctx context.Context, req *kvv1.ListRequest, send func(*kvv1.ListResponse) error) error {
	m, freshness, err := n.readable(ctx, req.GetConsistency())
	if err != nil {
		return err
	}
	view := m.machine.View()
	header := m.header(view.Revision())
	header.AppliedIndex, _ = view.Applied()
	page := &kvv1.ListResponse{Header: header, Freshness: freshness}
	var sent, bytes uint64
	var failed error
	view.Scan(req.GetPrefix(), func(item *fsm.Item) bool {
		if failed = ctx.Err(); failed != nil {
			return false
		}
		if limit := req.GetLimit(); limit > 0 && sent == limit {
			page.More = true
			return false
		}
		if len(page.Kvs) >= pageKeys || bytes >= pageBytes {
			if failed = send(page); failed != nil {
				return false
			}
			page, bytes = &kvv1.ListResponse{Header: header}, 0
		}
		kv := keyValue(item, req.GetKeysOnly())
		page.Kvs = append(page.Kvs, kv)
		bytes += uint64(len(kv.Key) + len(kv.Value))
		sent++
		return true
	})
	if failed != nil {
		return failed
	}
	return send(page)
}

func keyValue(item *fsm.Item, keysOnly bool) *kvv1.KeyValue {
	kv := &kvv1.KeyValue{
		Key:            []byte(item.Key),
		CreateRevision: item.CreateRevision,
		ModRevision:    item.ModRevision,
		Version:        item.Version,
	}
	if !keysOnly {
		kv.Value = item.Value
	}
	return kv
}
