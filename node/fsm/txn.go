package fsm

import (
	"bytes"
	"cmp"

	"kv/node/planted"
	kvv1 "kv/proto/kv/v1"
)

// maxAnswerBytes bounds what a transaction reads, in bytes. It is part
// of the state machine: all members must have the same.
const maxAnswerBytes = 4 << 20

// answerOverhead is what a key adds to an answer besides its bytes.
const answerOverhead = 32

// TxnResult is what a transaction came to. Its messages share the memory of the
// store: they are only to be read.
type TxnResult struct {
	// Succeeded tells whether all comparisons held.
	Succeeded bool
	// Results has one element for each operation that was carried out, in order.
	Results []*kvv1.OpResult
}

// transact carries out a transaction as a whole or, on an error, not at all.
func (s *state) transact(c *kvv1.TxnCommand) (*TxnResult, error) {
	if err := CheckTxn(c); err != nil {
		return nil, ErrInvalid
	}
	t := &txn{state: s, keys: layer{base: stateKeys{s}, over: make(map[string]*Item)}, revision: s.revision + 1}
	result, err := t.run(c)
	if err != nil {
		return nil, err
	}
	t.commit()
	return result, nil
}

// txn is a transaction at work. What it writes stays in a layer over the keys, so
// that it may fail at any operation, and is then carried over to the state.
type txn struct {
	state    *state // nil for one that only reads
	keys     layer
	revision uint64 // that the writes make

	writes []Change
	grants []uint64 // ttls of the leases to make, in the order of their ids
	growth int64
	read   int // bytes of the answer
}

func (t *txn) run(c *kvv1.TxnCommand) (*TxnResult, error) {
	result := &TxnResult{Succeeded: true}
	for i, condition := range c.GetCompare() {
		if planted.OneCondition && i > 0 {
			break
		}
		if !holds(condition, t.keys.Get(condition.GetKey())) {
			result.Succeeded = false
			break
		}
	}
	ops := c.GetThen()
	if !result.Succeeded {
		ops = c.GetOtherwise()
	}
	for _, op := range ops {
		r, err := t.do(op)
		if err == nil && t.read > maxAnswerBytes {
			err = ErrResultTooLarge
		}
		if err != nil {
			return nil, err
		}
		result.Results = append(result.Results, r)
	}
	if t.state != nil {
		return result, t.state.fits(t.growth)
	}
	return result, nil
}

func (t *txn) do(op *kvv1.Op) (*kvv1.OpResult, error) {
	switch op := op.GetOp().(type) {
	case *kvv1.Op_Put:
		r, err := t.put(op.Put)
		return &kvv1.OpResult{Result: &kvv1.OpResult_Put{Put: r}}, err
	case *kvv1.Op_Delete:
		return &kvv1.OpResult{Result: &kvv1.OpResult_Delete{Delete: t.delete(op.Delete)}}, nil
	case *kvv1.Op_Get:
		it := t.keys.Get(op.Get.GetKey())
		return &kvv1.OpResult{Result: &kvv1.OpResult_Get{Get: &kvv1.GetResult{Kv: t.answer(it, false)}}}, nil
	default:
		return &kvv1.OpResult{Result: &kvv1.OpResult_List{List: t.list(op.(*kvv1.Op_List).List)}}, nil
	}
}

func (t *txn) put(op *kvv1.PutOp) (*kvv1.PutResult, error) {
	if len(op.GetKey())+len(op.GetValue()) > MaxItemBytes {
		return nil, ErrTooLarge
	}
	old := t.keys.Get(op.GetKey())
	r := &kvv1.PutResult{}
	lease, err := t.lease(op.GetLease(), op.GetTtlMs())
	if err != nil {
		return nil, err
	}
	if op.GetTtlMs() != 0 {
		r.Lease = lease
	}
	if op.GetPrev() {
		r.Prev = t.answer(old, false)
	}
	t.write(Change{Item: newVersion(op.GetKey(), op.GetValue(), t.revision, old, lease), Prev: old})
	return r, nil
}

// lease is leaseFor of a transaction, whose leases are made when it is carried out.
func (t *txn) lease(id, ttl uint64) (uint64, error) {
	switch {
	case id != 0 && ttl != 0:
		return 0, ErrInvalid
	case id != 0 && !t.state.hasLease(id):
		return 0, ErrLeaseNotFound
	case ttl == 0:
		return id, nil
	case t.state.leases.Len()+len(t.grants) >= maxLeases:
		return 0, ErrTooManyLeases
	}
	t.grants = append(t.grants, ttl)
	return t.state.lastLease + uint64(len(t.grants)), nil
}

func (t *txn) delete(op *kvv1.DeleteOp) *kvv1.DeleteResult {
	r := &kvv1.DeleteResult{}
	var doomed []*Item
	if op.GetRange() != nil {
		t.keys.Scan(rangeOf(op.GetRange()), false, func(it *Item) bool {
			doomed = append(doomed, it)
			return true
		})
	} else if old := t.keys.Get(op.GetKey()); old != nil {
		doomed = append(doomed, old)
		if op.GetPrev() {
			r.Prev = t.answer(old, false)
		}
	}
	for _, it := range doomed {
		t.write(Change{Prev: it})
	}
	r.Deleted = uint64(len(doomed))
	return r
}

// write notes a change; one without an item is a deletion.
func (t *txn) write(c Change) {
	t.writes = append(t.writes, c)
	if c.Item == nil {
		t.keys.over[c.Prev.Key()] = nil
		t.growth -= int64(c.Prev.bytes())
		return
	}
	t.keys.over[c.Item.Key()] = c.Item
	t.growth += growth(int(c.Item.bytes()), c.Prev)
}

func (t *txn) list(op *kvv1.ListOp) *kvv1.ListResult {
	r := &kvv1.ListResult{}
	t.keys.Scan(rangeOf(op.GetRange()), op.GetReverse(), func(it *Item) bool {
		switch {
		case op.GetCountOnly():
			r.Count++
		case op.GetLimit() > 0 && uint64(len(r.Kvs)) == op.GetLimit():
			r.More = true
		default:
			r.Kvs = append(r.Kvs, t.answer(it, op.GetKeysOnly()))
		}
		return !r.More && t.read <= maxAnswerBytes
	})
	return r
}

// answer makes a part of the answer of an item, nil of none.
func (t *txn) answer(it *Item, keysOnly bool) *kvv1.KeyValue {
	if it == nil {
		return nil
	}
	kv := it.Message(keysOnly)
	if keysOnly { // the answer may be kept, and must not keep the value with the key
		kv.Key = bytes.Clone(kv.Key)
	}
	t.read += len(kv.GetKey()) + len(kv.GetValue()) + answerOverhead
	return kv
}

// commit carries the writes over to the state.
func (t *txn) commit() {
	s := t.state
	if len(t.writes) > 0 {
		s.revision = t.revision
	}
	for _, ttl := range t.grants {
		_, _ = s.grant(ttl, true) // cannot fail: lease has looked
	}
	for _, w := range t.writes {
		if w.Item == nil {
			s.erase(s.index.find(w.Prev.Key()))
		} else {
			s.insert(w.Item, s.index.find(w.Item.Key()))
		}
	}
}

// holds tells whether an item, nil if the key is not there, meets a condition.
func holds(c *kvv1.Compare, it *Item) bool {
	if c.GetField() == kvv1.Compare_FIELD_VALUE {
		return it != nil && related(bytes.Compare(it.Value(), c.GetValue()), c.GetRelation())
	}
	if it == nil {
		it = noItem
	}
	var n uint64
	switch c.GetField() {
	case kvv1.Compare_FIELD_VERSION:
		n = it.Version()
	case kvv1.Compare_FIELD_CREATE_REVISION:
		n = it.CreateRevision()
	case kvv1.Compare_FIELD_MOD_REVISION:
		n = it.ModRevision()
	case kvv1.Compare_FIELD_LEASE:
		n = it.Lease()
	}
	return related(cmp.Compare(n, c.GetNumber()), c.GetRelation())
}

// related tells whether an order, as cmp.Compare gives it, fits a relation.
func related(order int, r kvv1.Compare_Relation) bool {
	switch r {
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
	default:
		return order >= 0
	}
}
