package client

import (
	"context"

	kvv1 "kv/proto/kv/v1"
)

// Txn carries out a transaction. One that writes in neither list is a
// linearizable read. Errors: ErrInvalid (a list writes a key twice, too many
// parts), ErrResultTooLarge, ErrLeaseNotFound, and those of Put, but not
// ErrConflict: that conditions did not hold is a result, not an error.
func (c *Client) Txn(ctx context.Context, t Txn) (TxnResult, error) {
	req, err := t.proto()
	if err != nil {
		return TxnResult{}, err
	}
	op, do := newOp(read), c.look
	if t.writes() {
		op, do = newOp(stamped), c.change
	}
	op.req = req
	if err := do(ctx, op); err != nil {
		return TxnResult{}, err
	}
	defer op.free()
	resp := op.pending.reply.answer.GetTxn()
	out := TxnResult{Header: op.pending.reply.header(resp.GetHeader()), Succeeded: resp.GetSucceeded()}
	for _, r := range resp.GetResults() {
		out.Results = append(out.Results, opResultOf(r))
	}
	return out, nil
}

// writes reports whether the transaction may change anything.
func (t Txn) writes() bool {
	for _, ops := range [][]Op{t.Then, t.Else} {
		for _, op := range ops {
			if op.Kind != KindGet && op.Kind != KindList {
				return true
			}
		}
	}
	return false
}

func (t Txn) proto() (*kvv1.TxnRequest, error) {
	req := new(kvv1.TxnRequest)
	for _, c := range t.If {
		req.Compare = append(req.Compare, c.proto())
	}
	var err error
	if req.Then, err = opsProto(t.Then); err != nil {
		return nil, err
	}
	if req.Otherwise, err = opsProto(t.Else); err != nil {
		return nil, err
	}
	return req, nil
}

// proto relies on Field and Relation counting as the messages do; a test holds it.
func (c Compare) proto() *kvv1.Compare {
	return &kvv1.Compare{Key: []byte(c.Key), Field: kvv1.Compare_Field(c.Field), Relation: kvv1.Compare_Relation(c.Relation),
		Value: c.Value, Number: c.Number}
}

func opsProto(ops []Op) ([]*kvv1.Op, error) {
	out := make([]*kvv1.Op, 0, len(ops))
	for _, op := range ops {
		p, err := op.proto()
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func (o Op) proto() (*kvv1.Op, error) {
	switch o.Kind {
	case KindPut:
		ttl, err := ttlMillis(o.TTL)
		if err != nil {
			return nil, err
		}
		return &kvv1.Op{Op: &kvv1.Op_Put{Put: &kvv1.PutOp{Key: []byte(o.Key), Value: o.Value, Prev: o.Prev, Lease: uint64(o.Lease), TtlMs: ttl}}}, nil
	case KindDelete:
		return &kvv1.Op{Op: &kvv1.Op_Delete{Delete: &kvv1.DeleteOp{Key: []byte(o.Key), Range: o.Range.proto(), Prev: o.Prev}}}, nil
	case KindGet:
		return &kvv1.Op{Op: &kvv1.Op_Get{Get: &kvv1.GetOp{Key: []byte(o.Key)}}}, nil
	case KindList:
		return &kvv1.Op{Op: &kvv1.Op_List{List: &kvv1.ListOp{Range: o.Range.proto(), Limit: uint64(max(o.Limit, 0)),
			KeysOnly: o.KeysOnly, CountOnly: o.CountOnly, Reverse: o.Reverse}}}, nil
	default:
		return nil, ErrInvalid.Withf("an operation of a transaction has no kind; make it with OpPut and its like")
	}
}

func opResultOf(r *kvv1.OpResult) OpResult {
	switch r := r.GetResult().(type) {
	case *kvv1.OpResult_Put:
		return OpResult{Kind: KindPut, Prev: maybeKeyValue(r.Put.GetPrev()), Lease: LeaseID(r.Put.GetLease())}
	case *kvv1.OpResult_Delete:
		return OpResult{Kind: KindDelete, Prev: maybeKeyValue(r.Delete.GetPrev()), Deleted: r.Delete.GetDeleted()}
	case *kvv1.OpResult_Get:
		return OpResult{Kind: KindGet, KV: maybeKeyValue(r.Get.GetKv())}
	case *kvv1.OpResult_List:
		out := OpResult{Kind: KindList, More: r.List.GetMore(), Count: r.List.GetCount()}
		for _, kv := range r.List.GetKvs() {
			out.KVs = append(out.KVs, keyValueOf(kv))
		}
		return out
	default:
		return OpResult{}
	}
}
