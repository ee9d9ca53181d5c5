package fsm

import (
	"bytes"
	"cmp"

	kvv1 "kv/proto/kv/v1"
)

// txn carries out a transaction; an error leaves m as it happens to be.
func (m *model) txn(c *kvv1.TxnCommand) (*TxnResult, error) {
	if len(c.GetCompare())+len(c.GetThen())+len(c.GetOtherwise()) > 0 &&
		(!validBranch(c.GetThen()) || !validBranch(c.GetOtherwise())) {
		return nil, ErrInvalid
	}
	out := &TxnResult{Succeeded: true}
	for _, cond := range c.GetCompare() {
		out.Succeeded = out.Succeeded && m.holds(cond)
	}
	branch := c.GetOtherwise()
	if out.Succeeded {
		branch = c.GetThen()
	}
	for _, op := range branch {
		r, err := m.op(op)
		if err != nil {
			return nil, err
		}
		out.Results = append(out.Results, r)
	}
	return out, nil
}

// written is the range of keys that an operation writes.
func written(op *kvv1.Op) (r Range, ok bool) {
	key := op.GetDelete().GetKey()
	switch {
	case op.GetPut() != nil:
		key = op.GetPut().GetKey()
	case op.GetDelete() == nil:
		return r, false
	case op.GetDelete().GetRange() != nil:
		r = rangeOf(op.GetDelete().GetRange())
		return r, r.To == "" || r.From < r.To
	}
	return Range{string(key), string(key) + "\x00"}, true
}

// validBranch tells whether a branch writes no key twice.
func validBranch(ops []*kvv1.Op) bool {
	for i, op := range ops {
		a, ok := written(op)
		for _, other := range ops[:i] {
			b, also := written(other)
			if ok && also && (b.To == "" || a.From < b.To) && (a.To == "" || b.From < a.To) {
				return false
			}
		}
	}
	return true
}

// holds tells whether a condition is met.
func (m *model) holds(c *kvv1.Compare) bool {
	it := m.live[string(c.GetKey())]
	if c.GetField() == kvv1.Compare_FIELD_VALUE && it == nil {
		return false
	}
	if it == nil {
		it = noItem
	}
	var order int
	switch c.GetField() {
	case kvv1.Compare_FIELD_VALUE:
		order = bytes.Compare(it.Value(), c.GetValue())
	case kvv1.Compare_FIELD_VERSION:
		order = cmp.Compare(it.Version(), c.GetNumber())
	case kvv1.Compare_FIELD_CREATE_REVISION:
		order = cmp.Compare(it.CreateRevision(), c.GetNumber())
	case kvv1.Compare_FIELD_MOD_REVISION:
		order = cmp.Compare(it.ModRevision(), c.GetNumber())
	case kvv1.Compare_FIELD_LEASE:
		order = cmp.Compare(it.Lease(), c.GetNumber())
	}
	switch c.GetRelation() {
	case kvv1.Compare_RELATION_EQUAL:
		return order == 0
	case kvv1.Compare_RELATION_NOT_EQUAL:
		return order != 0
	case kvv1.Compare_RELATION_LESS:
		return order < 0
	case kvv1.Compare_RELATION_GREATER:
		return order > 0
	case kvv1.Compare_RELATION_LESS_OR_EQUAL:
		return order <= 0
	case kvv1.Compare_RELATION_GREATER_OR_EQUAL:
		return order >= 0
	}
	return false
}

// op carries out one operation of a transaction.
func (m *model) op(op *kvv1.Op) (*kvv1.OpResult, error) {
	switch o := op.GetOp().(type) {
	case *kvv1.Op_Put:
		r := m.put(o.Put)
		return &kvv1.OpResult{Result: &kvv1.OpResult_Put{Put: &kvv1.PutResult{Prev: keyValueOf(r.KV, false), Lease: r.Lease}}}, r.Err
	case *kvv1.Op_Delete:
		r := m.delete(o.Delete)
		return &kvv1.OpResult{Result: &kvv1.OpResult_Delete{Delete: &kvv1.DeleteResult{Deleted: r.Deleted, Prev: keyValueOf(r.KV, false)}}}, r.Err
	case *kvv1.Op_Get:
		it := m.live[string(o.Get.GetKey())]
		return &kvv1.OpResult{Result: &kvv1.OpResult_Get{Get: &kvv1.GetResult{Kv: keyValueOf(it, false)}}}, nil
	case *kvv1.Op_List:
		return &kvv1.OpResult{Result: &kvv1.OpResult_List{List: m.list(o.List)}}, nil
	}
	return nil, ErrInvalid
}

func (m *model) list(l *kvv1.ListOp) *kvv1.ListResult {
	all := sorted(m.live, rangeOf(l.GetRange()), l.GetReverse())
	if l.GetCountOnly() {
		return &kvv1.ListResult{Count: uint64(len(all))}
	}
	out := &kvv1.ListResult{}
	for i, it := range all {
		if l.GetLimit() > 0 && uint64(i) == l.GetLimit() {
			out.More = true
			break
		}
		out.Kvs = append(out.Kvs, keyValueOf(it, l.GetKeysOnly()))
	}
	return out
}
