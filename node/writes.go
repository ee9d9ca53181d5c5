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
func (n *Node) Put(ctx context.Context, req *kvv1.PutRequest) (_ *kvv1.PutResponse, err error) {
	defer func() { n.refusedWrite(err) }()
	pass := onLeader[*kvv1.PutResponse]
	if !plainPut(req) {
		pass = onUpgraded[*kvv1.PutResponse]
	}
	return pass(ctx, n, func(m *member) (*kvv1.PutResponse, error) {
		command, err := m.encodePut(nil, req)
		if err != nil {
			return nil, err
		}
		result, err := m.write(ctx, command)
		if err != nil {
			return nil, err
		}
		resp, err := putResponse(req, &result)
		if err != nil {
			return nil, err
		}
		resp.Header = m.header(result.Revision)
		return resp, nil
	}, func(ctx context.Context, conn grpc.ClientConnInterface) (*kvv1.PutResponse, error) {
		return kvv1.NewKVClient(conn).Put(ctx, req)
	})
}

// plainPut reports whether version 0.1.0 knows all that a put asks for.
func plainPut(req *kvv1.PutRequest) bool {
	return req.GetStamp() == nil && req.IfModRevision == nil && !req.GetPrev() && req.GetLease() == 0 && req.GetTtlMs() == 0
}

// encodePut appends the command of a put to b.
func (m *member) encodePut(b []byte, req *kvv1.PutRequest) ([]byte, error) {
	if req.IfModRevision != nil {
		put := &kvv1.PutOp{Key: req.GetKey(), Value: req.GetValue(), Lease: req.GetLease(), TtlMs: req.GetTtlMs(), Prev: req.GetPrev()}
		return m.encodeIf(b, req.GetKey(), req.GetIfModRevision(), &kvv1.Op{Op: &kvv1.Op_Put{Put: put}}, req.GetStamp())
	}
	if !plainPut(req) {
		if err := m.upgraded(); err != nil {
			return b, err
		}
	}
	if err := m.room(req); err != nil {
		return b, err
	}
	command := kvv1.PutCommand{Key: req.GetKey(), Value: req.GetValue(), Lease: req.GetLease(), TtlMs: req.GetTtlMs(), Prev: req.GetPrev()}
	return fsm.AppendPut(b, &command, req.GetStamp()), nil
}

// putResponse is what a put came to, without the header.
func putResponse(req *kvv1.PutRequest, r *fsm.Result) (*kvv1.PutResponse, error) {
	if req.IfModRevision == nil {
		return &kvv1.PutResponse{Prev: r.KV.Message(false), Lease: r.Lease}, nil
	}
	op, err := opIf(r, req.GetIfModRevision())
	if err != nil {
		return nil, err
	}
	return &kvv1.PutResponse{Prev: op.GetPut().GetPrev(), Lease: op.GetPut().GetLease()}, nil
}

// encodeIf appends an operation on a condition: a transaction that carries it out
// if a key was last changed at a revision, 0 meaning that it is not there, and
// otherwise tells what is there instead.
func (m *member) encodeIf(b []byte, key []byte, revision uint64, then *kvv1.Op, stamp *kvv1.Stamp) ([]byte, error) {
	txn := &kvv1.TxnCommand{
		Compare:   []*kvv1.Compare{{Key: key, Field: kvv1.Compare_FIELD_MOD_REVISION, Relation: kvv1.Compare_RELATION_EQUAL, Number: revision}},
		Then:      []*kvv1.Op{then},
		Otherwise: []*kvv1.Op{revisionOf(key)},
	}
	return m.encodeModel(b, &kvv1.Command{Op: &kvv1.Command_Txn{Txn: txn}, Stamp: stamp})
}

// opIf is what the operation of encodeIf came to. Errors: ErrConflict.
func opIf(r *fsm.Result, revision uint64) (*kvv1.OpResult, error) {
	if r.Txn == nil || len(r.Txn.Results) != 1 {
		return nil, kverr.ErrInternal.Withf("the state machine gave a condition no result")
	}
	op := r.Txn.Results[0]
	if !r.Txn.Succeeded {
		var is uint64 // 0 if the key is not there
		for _, kv := range op.GetList().GetKvs() {
			is = kv.GetModRevision()
		}
		return nil, conflict(is, revision)
	}
	return op, nil
}

// revisionOf reads a key without its value, which may be larger than an answer and
// would be kept with the result.
func revisionOf(key []byte) *kvv1.Op {
	only := &kvv1.Range{From: key, To: append(key[:len(key):len(key)], 0)}
	return &kvv1.Op{Op: &kvv1.Op_List{List: &kvv1.ListOp{Range: only, KeysOnly: true}}}
}

// Delete implements rpc.Backend, with the errors of Put.
func (n *Node) Delete(ctx context.Context, req *kvv1.DeleteRequest) (_ *kvv1.DeleteResponse, err error) {
	defer func() { n.refusedWrite(err) }()
	pass := onLeader[*kvv1.DeleteResponse]
	if !plainDelete(req) {
		pass = onUpgraded[*kvv1.DeleteResponse]
	}
	return pass(ctx, n, func(m *member) (*kvv1.DeleteResponse, error) {
		command, err := m.encodeDelete(nil, req)
		if err != nil {
			return nil, err
		}
		result, err := m.write(ctx, command)
		if err != nil {
			return nil, err
		}
		resp, err := deleteResponse(req, &result)
		if err != nil {
			return nil, err
		}
		resp.Header = m.header(result.Revision)
		return resp, nil
	}, func(ctx context.Context, conn grpc.ClientConnInterface) (*kvv1.DeleteResponse, error) {
		return kvv1.NewKVClient(conn).Delete(ctx, req)
	})
}

// plainDelete reports whether version 0.1.0 knows all that a deletion asks for.
func plainDelete(req *kvv1.DeleteRequest) bool {
	return req.GetStamp() == nil && req.IfModRevision == nil && !req.GetPrev() && req.GetRange() == nil
}

// encodeDelete appends the command of a deletion to b.
func (m *member) encodeDelete(b []byte, req *kvv1.DeleteRequest) ([]byte, error) {
	switch {
	case req.IfModRevision != nil:
		erase := &kvv1.DeleteOp{Key: req.GetKey(), Prev: req.GetPrev()}
		return m.encodeIf(b, req.GetKey(), req.GetIfModRevision(), &kvv1.Op{Op: &kvv1.Op_Delete{Delete: erase}}, req.GetStamp())
	case req.GetRange() != nil:
		command := &kvv1.DeleteCommand{Range: req.GetRange()}
		return m.encodeModel(b, &kvv1.Command{Op: &kvv1.Command_Delete{Delete: command}, Stamp: req.GetStamp()})
	}
	if !plainDelete(req) {
		if err := m.upgraded(); err != nil {
			return b, err
		}
	}
	return fsm.AppendDelete(b, &kvv1.DeleteCommand{Key: req.GetKey(), Prev: req.GetPrev()}, req.GetStamp()), nil
}

// deleteResponse is what a deletion came to, without the header.
func deleteResponse(req *kvv1.DeleteRequest, r *fsm.Result) (*kvv1.DeleteResponse, error) {
	if req.IfModRevision == nil {
		return &kvv1.DeleteResponse{Deleted: r.Deleted, Prev: r.KV.Message(false)}, nil
	}
	op, err := opIf(r, req.GetIfModRevision())
	if err != nil {
		return nil, err
	}
	return &kvv1.DeleteResponse{Deleted: op.GetDelete().GetDeleted(), Prev: op.GetDelete().GetPrev()}, nil
}

// writeModel replicates a client's command of a kind that version 0.1.0 does not
// know.
func (m *member) writeModel(ctx context.Context, c *kvv1.Command) (fsm.Result, error) {
	command, err := m.encodeModel(nil, c)
	if err != nil {
		return fsm.Result{}, err
	}
	return m.write(ctx, command)
}

// encodeModel appends a command of such a kind to b.
func (m *member) encodeModel(b []byte, c *kvv1.Command) ([]byte, error) {
	if err := m.upgraded(); err != nil {
		return b, err
	}
	b, err := fsm.AppendCommand(b, c)
	if err != nil {
		return b, kverr.ErrInvalid.WithCause(err)
	}
	return b, nil
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
		grows -= len(item.Key()) + len(item.Value())
	}
	if grows > 0 && m.machine.LiveBytes()+uint64(grows) > quota {
		return kverr.ErrQuota
	}
	return nil
}
