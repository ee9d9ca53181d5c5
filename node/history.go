package node

import (
	"context"

	"google.golang.org/grpc"

	"kv/node/fsm"
	kvv1 "kv/proto/kv/v1"
)

// History implements rpc.Backend, with the errors of Get and of send. What is sent is
// gathered first, as in List.
func (n *Node) History(ctx context.Context, req *kvv1.HistoryRequest, send func(*kvv1.HistoryResponse) error) error {
	m, freshness, err := n.readable(ctx, req.GetConsistency())
	if err != nil {
		return err
	}
	changes, page := m.history(req)
	page.Freshness = freshness
	header, oldest := page.Header, page.OldestRevision
	wants, bytes := filter{}, 0
	for i, c := range changes {
		if limit := req.GetLimit(); limit > 0 && uint64(i) == limit {
			page.More = true
			break
		}
		if len(page.Changes) >= pageKeys || bytes >= pageBytes {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := send(page); err != nil {
				return err
			}
			page, bytes = &kvv1.HistoryResponse{Header: header, OldestRevision: oldest}, 0
		}
		page.Changes = append(page.Changes, wants.message(c))
		bytes += wants.size(c)
	}
	return send(page)
}

// history returns the changes that are to be sent, and one more if there are more, with
// a page for the first of them.
func (m *member) history(req *kvv1.HistoryRequest) (changes []fsm.Change, page *kvv1.HistoryResponse) {
	view := m.machine.View()
	defer view.Release()
	view.History(req.GetKey(), func(c fsm.Change) bool {
		changes = append(changes, c)
		return req.GetLimit() == 0 || uint64(len(changes)) <= req.GetLimit()
	})
	return changes, &kvv1.HistoryResponse{Header: m.viewHeader(view), OldestRevision: view.Oldest()}
}

// Revert implements rpc.Backend. Errors: those of Put, ErrCompacted,
// ErrFutureRevision.
func (n *Node) Revert(ctx context.Context, req *kvv1.RevertRequest) (_ *kvv1.RevertResponse, err error) {
	defer func() { n.refusedWrite(err) }()
	return onUpgraded(ctx, n, func(m *member) (*kvv1.RevertResponse, error) {
		revert := &kvv1.RevertCommand{Key: req.GetKey(), Revision: req.GetRevision()}
		result, err := m.writeModel(ctx, &kvv1.Command{Op: &kvv1.Command_Revert{Revert: revert}, Stamp: req.GetStamp()})
		if err != nil {
			return nil, err
		}
		return &kvv1.RevertResponse{Header: m.header(result.Revision), Kv: result.KV.Message(false)}, nil
	}, func(ctx context.Context, conn grpc.ClientConnInterface) (*kvv1.RevertResponse, error) {
		return kvv1.NewKVClient(conn).Revert(ctx, req)
	})
}

// Compact implements rpc.Backend, with the errors of Revert.
func (n *Node) Compact(ctx context.Context, req *kvv1.CompactRequest) (_ *kvv1.CompactResponse, err error) {
	defer func() { n.refusedWrite(err) }()
	return onUpgraded(ctx, n, func(m *member) (*kvv1.CompactResponse, error) {
		compact := &kvv1.CompactCommand{Revision: req.GetRevision()}
		result, err := m.writeModel(ctx, &kvv1.Command{Op: &kvv1.Command_Compact{Compact: compact}, Stamp: req.GetStamp()})
		if err != nil {
			return nil, err
		}
		return &kvv1.CompactResponse{Header: m.header(result.Revision)}, nil
	}, func(ctx context.Context, conn grpc.ClientConnInterface) (*kvv1.CompactResponse, error) {
		return kvv1.NewKVClient(conn).Compact(ctx, req)
	})
}
