package node

import (
	"context"

	"google.golang.org/grpc"

	"kv/node/fsm"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// Put implements rpc.Backend. Errors: ErrNotLeader, ErrNoLeader, ErrTransferring,
// ErrOverloaded, ErrUpgrading, ErrStopping, and those of the state machine (not
// done); ErrLostLeadership, ErrLostConnection, ErrShutdown, ErrTimeout (unknown).
func (n *Node) Put(ctx context.Context, req *kvv1.PutRequest) (*kvv1.PutResponse, error) {
	pass := onLeader[*kvv1.PutResponse]
	if !plainPut(req) {
		pass = onUpgraded[*kvv1.PutResponse]
	}
	return pass(ctx, n, func(m *member) (*kvv1.PutResponse, error) {
		if req.IfModRevision != nil {
			return m.putIf(ctx, req)
		}
		return m.put(ctx, req)
	}, func(ctx context.Context, conn grpc.ClientConnInterface) (*kvv1.PutResponse, error) {
		return kvv1.NewKVClient(conn).Put(ctx, req)
	})
}

// plainPut reports whether version 0.1.0 knows all that a put asks for.
func plainPut(req *kvv1.PutRequest) bool {
	return req.GetStamp() == nil && req.IfModRevision == nil && !req.GetPrev() && req.GetLease() == 0 && req.GetTtlMs() == 0
}

func (m *member) put(ctx context.Context, req *kvv1.PutRequest) (*kvv1.PutResponse, error) {
	if !plainPut(req) {
		if err := m.upgraded(); err != nil {
			return nil, err
		}
	}
	if err := m.room(req); err != nil {
		return nil, err
	}
	command := &kvv1.PutCommand{Key: req.GetKey(), Value: req.GetValue(), Lease: req.GetLease(), TtlMs: req.GetTtlMs(), Prev: req.GetPrev()}
	result, err := m.write(ctx, fsm.AppendPut(nil, command, req.GetStamp()))
	if err != nil {
		return nil, err
	}
	return &kvv1.PutResponse{Header: m.header(result.Revision), Prev: keyValue(result.KV, false), Lease: result.Lease}, nil
}

// putIf is put on a condition: a transaction that, if it does not hold, tells what
// is there instead.
func (m *member) putIf(ctx context.Context, req *kvv1.PutRequest) (*kvv1.PutResponse, error) {
	put := &kvv1.PutOp{Key: req.GetKey(), Value: req.GetValue(), Lease: req.GetLease(), TtlMs: req.GetTtlMs(), Prev: req.GetPrev()}
	result, op, err := m.writeIf(ctx, req.GetKey(), req.GetIfModRevision(), &kvv1.Op{Op: &kvv1.Op_Put{Put: put}}, req.GetStamp())
	if err != nil {
		return nil, err
	}
	return &kvv1.PutResponse{Header: m.header(result.Revision), Prev: op.GetPut().GetPrev(), Lease: op.GetPut().GetLease()}, nil
}

// writeIf carries out an operation if a key was last changed at a revision, 0
// meaning that it is not there. Errors: those of a write, ErrConflict.
func (m *member) writeIf(ctx context.Context, key []byte, revision uint64, then *kvv1.Op, stamp *kvv1.Stamp) (fsm.Result, *kvv1.OpResult, error) {
	txn := &kvv1.TxnCommand{
		Compare:   []*kvv1.Compare{{Key: key, Field: kvv1.Compare_FIELD_MOD_REVISION, Relation: kvv1.Compare_RELATION_EQUAL, Number: revision}},
		Then:      []*kvv1.Op{then},
		Otherwise: []*kvv1.Op{revisionOf(key)},
	}
	result, err := m.writeModel(ctx, &kvv1.Command{Op: &kvv1.Command_Txn{Txn: txn}, Stamp: stamp})
	if err != nil {
		return result, nil, err
	}
	if result.Txn == nil || len(result.Txn.Results) != 1 {
		return result, nil, kverr.ErrInternal.Withf("the state machine gave a condition no result")
	}
	op := result.Txn.Results[0]
	if !result.Txn.Succeeded {
		var is uint64 // 0 if the key is not there
		for _, kv := range op.GetList().GetKvs() {
			is = kv.GetModRevision()
		}
		return result, nil, conflict(is, revision)
	}
	return result, op, nil
}

// revisionOf reads a key without its value, which may be larger than an answer and
// would be kept with the result.
func revisionOf(key []byte) *kvv1.Op {
	only := &kvv1.Range{From: key, To: append(key[:len(key):len(key)], 0)}
	return &kvv1.Op{Op: &kvv1.Op_List{List: &kvv1.ListOp{Range: only, KeysOnly: true}}}
}

// Delete implements rpc.Backend, with the errors of Put.
func (n *Node) Delete(ctx context.Context, req *kvv1.DeleteRequest) (*kvv1.DeleteResponse, error) {
	pass := onLeader[*kvv1.DeleteResponse]
	if !plainDelete(req) {
		pass = onUpgraded[*kvv1.DeleteResponse]
	}
	return pass(ctx, n, func(m *member) (*kvv1.DeleteResponse, error) {
		switch {
		case req.IfModRevision != nil:
			return m.deleteIf(ctx, req)
		case req.GetRange() == nil:
			return m.deleteKey(ctx, req)
		}
		command := &kvv1.DeleteCommand{Range: req.GetRange()}
		result, err := m.writeModel(ctx, &kvv1.Command{Op: &kvv1.Command_Delete{Delete: command}, Stamp: req.GetStamp()})
		return m.deleted(result, err)
	}, func(ctx context.Context, conn grpc.ClientConnInterface) (*kvv1.DeleteResponse, error) {
		return kvv1.NewKVClient(conn).Delete(ctx, req)
	})
}

// plainDelete reports whether version 0.1.0 knows all that a deletion asks for.
func plainDelete(req *kvv1.DeleteRequest) bool {
	return req.GetStamp() == nil && req.IfModRevision == nil && !req.GetPrev() && req.GetRange() == nil
}

func (m *member) deleteKey(ctx context.Context, req *kvv1.DeleteRequest) (*kvv1.DeleteResponse, error) {
	if !plainDelete(req) {
		if err := m.upgraded(); err != nil {
			return nil, err
		}
	}
	return m.deleted(m.write(ctx, fsm.AppendDelete(nil, &kvv1.DeleteCommand{Key: req.GetKey(), Prev: req.GetPrev()}, req.GetStamp())))
}

func (m *member) deleted(result fsm.Result, err error) (*kvv1.DeleteResponse, error) {
	if err != nil {
		return nil, err
	}
	return &kvv1.DeleteResponse{Header: m.header(result.Revision), Deleted: result.Deleted, Prev: keyValue(result.KV, false)}, nil
}

func (m *member) deleteIf(ctx context.Context, req *kvv1.DeleteRequest) (*kvv1.DeleteResponse, error) {
	erase := &kvv1.DeleteOp{Key: req.GetKey(), Prev: req.GetPrev()}
	result, op, err := m.writeIf(ctx, req.GetKey(), req.GetIfModRevision(), &kvv1.Op{Op: &kvv1.Op_Delete{Delete: erase}}, req.GetStamp())
	if err != nil {
		return nil, err
	}
	return &kvv1.DeleteResponse{Header: m.header(result.Revision), Deleted: op.GetDelete().GetDeleted(), Prev: op.GetDelete().GetPrev()}, nil
}

// writeModel replicates a client's command of a kind that version 0.1.0 does not
// know.
func (m *member) writeModel(ctx context.Context, c *kvv1.Command) (fsm.Result, error) {
	if err := m.upgraded(); err != nil {
		return fsm.Result{}, err
	}
	encoded, err := fsm.AppendCommand(nil, c)
	if err != nil {
		return fsm.Result{}, kverr.ErrInvalid.WithCause(err)
	}
	return m.write(ctx, encoded)
}

// room refuses a put for which the store has no room, as the state machine would:
// the log need not be filled by what changes nothing. A stamped put may be one that
// was done before, and what a condition or a transaction does to the size is known
// only there: these go to the state machine.
func (m *member) room(req *kvv1.PutRequest) error {
	quota := m.machine.Quota()
	if quota == 0 || req.GetStamp() != nil {
		return nil
	}
	grows := len(req.GetKey()) + len(req.GetValue())
	if item, _, _ := m.machine.Get(req.GetKey()); item != nil {
		grows -= len(item.Key) + len(item.Value)
	}
	if grows > 0 && m.machine.LiveBytes()+uint64(grows) > quota {
		return kverr.ErrQuota
	}
	return nil
}
