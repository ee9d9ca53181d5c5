package node

import (
	"context"

	"google.golang.org/grpc"

	"kv/node/fsm"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// Txn implements rpc.Backend. One that writes in neither of its lists is a read,
// which any member serves. Errors: those of Put, and ErrInvalid, ErrResultTooLarge.
func (n *Node) Txn(ctx context.Context, req *kvv1.TxnRequest) (_ *kvv1.TxnResponse, err error) {
	txn := txnCommand(req)
	if err := fsm.CheckTxn(txn); err != nil {
		return nil, kverr.ErrInvalid.Withf("%v", err)
	}
	if fsm.ReadOnly(txn) {
		return n.readTxn(ctx, txn)
	}
	defer func() { n.refusedWrite(err) }()
	return onUpgraded(ctx, n, func(m *member) (*kvv1.TxnResponse, error) {
		result, err := m.writeModel(ctx, &kvv1.Command{Op: &kvv1.Command_Txn{Txn: txn}, Stamp: req.GetStamp()})
		if err != nil {
			return nil, err
		}
		return txnResponse(m.header(result.Revision), result.Txn), nil
	}, func(ctx context.Context, conn grpc.ClientConnInterface) (*kvv1.TxnResponse, error) {
		return kvv1.NewKVClient(conn).Txn(ctx, req)
	})
}

func txnCommand(req *kvv1.TxnRequest) *kvv1.TxnCommand {
	return &kvv1.TxnCommand{Compare: req.GetCompare(), Then: req.GetThen(), Otherwise: req.GetOtherwise()}
}

func (n *Node) readTxn(ctx context.Context, txn *kvv1.TxnCommand) (*kvv1.TxnResponse, error) {
	m, _, err := n.readable(ctx, kvv1.Consistency_CONSISTENCY_LINEARIZABLE)
	if err != nil {
		return nil, err
	}
	view := m.machine.View()
	defer view.Release()
	result, err := view.Txn(txn)
	if err != nil {
		return nil, m.fromState(err)
	}
	return txnResponse(m.viewHeader(view), result), nil
}

func txnResponse(h *kvv1.Header, r *fsm.TxnResult) *kvv1.TxnResponse {
	if r == nil {
		return &kvv1.TxnResponse{Header: h}
	}
	return &kvv1.TxnResponse{Header: h, Succeeded: r.Succeeded, Results: r.Results}
}
