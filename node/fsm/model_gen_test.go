package fsm

import (
	"bytes"
	"math"

	"pgregory.net/rapid"

	kvv1 "kv/proto/kv/v1"
)

// Few keys and few bounds, so that commands meet each other; the wide ones let the
// trees grow.
var someKeys = []string{"", "a", "a/1", "a/2", "a/3", "ab", "b", "b\xff", "\xff", "\xff\xff"}

func anyKey(t *rapid.T) []byte {
	if rapid.IntRange(0, 9).Draw(t, "wide") == 0 {
		return rapid.SliceOfN(rapid.Byte(), 0, 3).Draw(t, "key")
	}
	return []byte(rapid.SampledFrom(someKeys).Draw(t, "key"))
}

func anyRange(t *rapid.T) *kvv1.Range {
	r := &kvv1.Range{From: anyKey(t)}
	if rapid.IntRange(0, 3).Draw(t, "bounded") > 0 {
		r.To = anyKey(t)
	}
	return r
}

func anyValue(t *rapid.T) []byte {
	if rapid.IntRange(0, 9).Draw(t, "big") == 0 {
		return bytes.Repeat([]byte{'x'}, rapid.IntRange(20, 80).Draw(t, "size"))
	}
	return rapid.SliceOfN(rapid.SampledFrom([]byte{0, 'a', 0xff}), 0, 3).Draw(t, "value")
}

// seldom is true in one case of n.
func seldom(t *rapid.T, n int, what string) bool { return rapid.IntRange(1, n).Draw(t, what) == n }

// anyRevision is mostly near a border: 0, the oldest, the newest, or beyond.
func (m *model) anyRevision(t *rapid.T) uint64 {
	near := rapid.SampledFrom([]uint64{0, m.oldest, m.revision}).Draw(t, "near")
	if near == 0 {
		return rapid.Uint64Range(0, m.revision+1).Draw(t, "revision")
	}
	return max(near+rapid.Uint64Range(0, 4).Draw(t, "off"), 2) - 2
}

// anyLease is none, a lease that is there, or one that was or will be.
func (m *model) anyLease(t *rapid.T) uint64 {
	if ids := m.leaseIDs(); len(ids) > 0 && !seldom(t, 4, "odd lease") {
		return rapid.SampledFrom(ids).Draw(t, "lease")
	}
	return rapid.Uint64Range(0, m.lastLease+1).Draw(t, "lease")
}

func anyTTL(t *rapid.T) uint64 {
	return rapid.SampledFrom([]uint64{100, 5000, 5000, math.MaxUint64, 0}).Draw(t, "ttl")
}

func (m *model) anyPut(t *rapid.T) *kvv1.PutOp {
	p := &kvv1.PutOp{Key: anyKey(t), Value: anyValue(t), Prev: rapid.Bool().Draw(t, "prev")}
	switch rapid.IntRange(0, 9).Draw(t, "bond") {
	case 0, 1, 2:
		p.Lease = m.anyLease(t)
	case 3, 4:
		p.TtlMs = anyTTL(t)
	case 5:
		if seldom(t, 5, "both") {
			p.Lease, p.TtlMs = m.anyLease(t), anyTTL(t)
		}
	}
	return p
}

func anyDelete(t *rapid.T) *kvv1.DeleteOp {
	if seldom(t, 4, "range") {
		return &kvv1.DeleteOp{Range: anyRange(t)}
	}
	return &kvv1.DeleteOp{Key: anyKey(t), Prev: rapid.Bool().Draw(t, "prev")}
}

func anyList(t *rapid.T) *kvv1.ListOp {
	l := &kvv1.ListOp{Range: anyRange(t), Reverse: rapid.Bool().Draw(t, "reverse"), Limit: rapid.Uint64Range(0, 3).Draw(t, "limit")}
	switch rapid.IntRange(0, 3).Draw(t, "what") {
	case 0:
		l.KeysOnly = true
	case 1:
		l.CountOnly = true
	}
	return l
}

func (m *model) anyOp(t *rapid.T) *kvv1.Op {
	switch rapid.IntRange(0, 6).Draw(t, "op") {
	case 0, 1, 2:
		return &kvv1.Op{Op: &kvv1.Op_Put{Put: m.anyPut(t)}}
	case 3, 4:
		return &kvv1.Op{Op: &kvv1.Op_Delete{Delete: anyDelete(t)}}
	case 5:
		return &kvv1.Op{Op: &kvv1.Op_Get{Get: &kvv1.GetOp{Key: anyKey(t)}}}
	}
	return &kvv1.Op{Op: &kvv1.Op_List{List: anyList(t)}}
}

// anyOps is a branch; one that writes a key twice only now and then.
func (m *model) anyOps(t *rapid.T) (ops []*kvv1.Op) {
	bad := seldom(t, 20, "invalid branch")
	for range rapid.IntRange(0, 6).Draw(t, "ops") {
		next := append(ops, m.anyOp(t))
		if bad || validBranch(next) {
			ops = next
		}
	}
	return ops
}

// anyCompare often compares with what is there.
func (m *model) anyCompare(t *rapid.T) *kvv1.Compare {
	c := &kvv1.Compare{
		Key:      anyKey(t),
		Field:    kvv1.Compare_Field(rapid.IntRange(1, 5).Draw(t, "field")),
		Relation: kvv1.Compare_Relation(rapid.IntRange(1, 6).Draw(t, "relation")),
	}
	it := m.live[string(c.GetKey())]
	if it == nil || !rapid.Bool().Draw(t, "as it is") {
		other := fields[string]{value: anyValue(t), version: 1, create: m.anyRevision(t), mod: m.anyRevision(t), lease: m.anyLease(t)}
		it = other.item()
	}
	c.Number = map[kvv1.Compare_Field]uint64{
		kvv1.Compare_FIELD_VERSION: it.Version(), kvv1.Compare_FIELD_CREATE_REVISION: it.CreateRevision(),
		kvv1.Compare_FIELD_MOD_REVISION: it.ModRevision(), kvv1.Compare_FIELD_LEASE: it.Lease(),
	}[c.GetField()]
	if c.GetField() == kvv1.Compare_FIELD_VALUE {
		c.Value = it.Value()
	}
	return c
}

func (m *model) anyTxn(t *rapid.T) *kvv1.TxnCommand {
	c := &kvv1.TxnCommand{Then: m.anyOps(t), Otherwise: m.anyOps(t)}
	for range rapid.IntRange(0, 2).Draw(t, "comparisons") {
		c.Compare = append(c.Compare, m.anyCompare(t))
	}
	return c
}

// anyStamp is near what the session has come to: new, repeated, given up, too far.
func (m *model) anyStamp(t *rapid.T) *kvv1.Stamp {
	s := &kvv1.Stamp{Session: rapid.Uint64Range(1, modelSessions+2).Draw(t, "session")}
	var done uint64
	for _, known := range m.sessions {
		if known.id == s.GetSession() {
			done = known.acknowledged
		}
	}
	s.Sequence = max(done+rapid.Uint64Range(0, modelResults+3).Draw(t, "sequence"), 2) - 1
	switch rapid.IntRange(0, 7).Draw(t, "acknowledged") {
	case 0:
		s.Acknowledged = s.GetSequence()
	case 1:
		s.Acknowledged = done + 1
	case 2:
		s.Acknowledged = done
	case 3:
		if seldom(t, 5, "absurd") {
			s.Acknowledged = s.GetSequence() + 1
		}
	}
	s.Opened = max(rapid.SampledFrom([]uint64{0, m.forgotten, m.forgotten, m.index}).Draw(t, "opened")+
		rapid.Uint64Range(0, 1).Draw(t, "later"), 1) - 1
	return s
}

// anyCommand is the next command of a log that has made m.
func (m *model) anyCommand(t *rapid.T) *kvv1.Command {
	c := m.anyOperation(t)
	if rapid.IntRange(0, 2).Draw(t, "stamped") == 0 {
		c.Stamp = m.anyStamp(t)
	}
	return c
}

func (m *model) anyOperation(t *rapid.T) *kvv1.Command {
	switch rapid.IntRange(0, 29).Draw(t, "kind") {
	case 0, 1, 2, 3, 4, 5, 6, 7:
		p := m.anyPut(t)
		return &kvv1.Command{Op: &kvv1.Command_Put{Put: &kvv1.PutCommand{
			Key: p.GetKey(), Value: p.GetValue(), Lease: p.GetLease(), TtlMs: p.GetTtlMs(), Prev: p.GetPrev()}}}
	case 8, 9, 10, 11:
		d := anyDelete(t)
		return &kvv1.Command{Op: &kvv1.Command_Delete{Delete: &kvv1.DeleteCommand{Key: d.GetKey(), Range: d.GetRange(), Prev: d.GetPrev()}}}
	case 12, 13, 14, 15, 16, 17, 18:
		return &kvv1.Command{Op: &kvv1.Command_Txn{Txn: m.anyTxn(t)}}
	case 19, 20:
		return revertCommand(string(anyKey(t)), m.anyRevision(t))
	case 21, 22:
		return compactCommand(m.anyRevision(t))
	case 23, 24:
		return grantCommand(anyTTL(t))
	case 25, 26:
		return revokeCommand(m.anyLease(t))
	case 27:
		quota := rapid.SampledFrom([]uint64{0, 0, m.bytes(), m.bytes() + 10, m.bytes() + 100, 1}).Draw(t, "quota")
		return setQuota(quota)
	case 28:
		return setMember(rapid.SampledFrom([]string{"n1", "n2"}).Draw(t, "name"), rapid.SampledFrom([]string{"i1", "i2"}).Draw(t, "incarnation"), "", "")
	}
	return removeMember(rapid.SampledFrom([]string{"n1", "n2"}).Draw(t, "name"), rapid.SampledFrom([]string{"i1", "i2"}).Draw(t, "incarnation"))
}
