package rpc

import (
	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// checkTxn checks the size of a transaction and each of its parts. Whether the
// parts go together is asked where it is carried out.
func (l Limits) checkTxn(r *kvv1.TxnRequest) error {
	parts := len(r.GetCompare()) + len(r.GetThen()) + len(r.GetOtherwise())
	if parts > l.MaxTxnOps {
		return kverr.ErrInvalid.Withf("the transaction has %d comparisons and operations, and at most %d are taken", parts, l.MaxTxnOps)
	}
	if size, most := proto.Size(r), l.txnBytes(r); size > most {
		return kverr.ErrInvalid.Withf("the transaction is too large: %d bytes, and at most %d are taken", size, most)
	}
	for _, c := range r.GetCompare() {
		if err := l.checkCompare(c); err != nil {
			return err
		}
	}
	for _, ops := range [][]*kvv1.Op{r.GetThen(), r.GetOtherwise()} {
		for _, op := range ops {
			if err := l.checkOp(op); err != nil {
				return err
			}
		}
	}
	return checkStamp(r.GetStamp())
}

// txnBytes is how large a transaction may be. One that does to a key what a put with a
// condition does may be as large as that.
func (l Limits) txnBytes(r *kvv1.TxnRequest) int {
	if len(r.GetCompare()) <= 1 && len(r.GetThen()) <= 1 && len(r.GetOtherwise()) <= 1 {
		return max(l.MaxTxnBytes, l.pairBytes())
	}
	return l.MaxTxnBytes
}

func (l Limits) checkCompare(c *kvv1.Compare) error {
	_, field := kvv1.Compare_Field_name[int32(c.GetField())]
	if !field || c.GetField() == kvv1.Compare_FIELD_UNSPECIFIED {
		return kverr.ErrInvalid.Withf("a comparison of the field %d, which is unknown to this version", c.GetField())
	}
	_, relation := kvv1.Compare_Relation_name[int32(c.GetRelation())]
	if !relation || c.GetRelation() == kvv1.Compare_RELATION_UNSPECIFIED {
		return kverr.ErrInvalid.Withf("a comparison by the relation %d, which is unknown to this version", c.GetRelation())
	}
	return l.checkPair(c.GetKey(), c.GetValue())
}

func (l Limits) checkOp(op *kvv1.Op) error {
	switch op := op.GetOp().(type) {
	case *kvv1.Op_Put:
		return firstOf(
			l.checkPair(op.Put.GetKey(), op.Put.GetValue()),
			checkBond(op.Put.GetLease(), op.Put.GetTtlMs()),
		)
	case *kvv1.Op_Delete:
		return l.checkTarget(op.Delete.GetKey(), op.Delete.GetRange(), op.Delete.GetPrev())
	case *kvv1.Op_Get:
		return l.checkKey(op.Get.GetKey())
	case *kvv1.Op_List:
		return l.checkRange(op.List.GetRange())
	default:
		return kverr.ErrInvalid.Withf("an operation of the transaction is of no kind that this version knows")
	}
}
