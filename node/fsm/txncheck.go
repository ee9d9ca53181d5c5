package fsm

import (
	"errors"
	"fmt"

	kvv1 "kv/proto/kv/v1"
)

// ReadOnly reports whether neither list of a transaction writes.
func ReadOnly(c *kvv1.TxnCommand) bool {
	for _, ops := range [][]*kvv1.Op{c.GetThen(), c.GetOtherwise()} {
		for _, op := range ops {
			if op.GetPut() != nil || op.GetDelete() != nil {
				return false
			}
		}
	}
	return true
}

// Txn carries out a transaction that only reads; see ReadOnly. Errors: ErrInvalid,
// ErrResultTooLarge.
func (v *View) Txn(c *kvv1.TxnCommand) (*TxnResult, error) {
	if err := CheckTxn(c); err != nil || !ReadOnly(c) {
		return nil, ErrInvalid
	}
	t := &txn{keys: layer{base: past{v.frozen, v.revision}}}
	return t.run(c)
}

// CheckTxn returns why a transaction makes no sense, in words for people, or nil.
// The machine refuses with ErrInvalid what does not pass.
func CheckTxn(c *kvv1.TxnCommand) error {
	for i, condition := range c.GetCompare() {
		if err := checkCompare(condition); err != nil {
			return fmt.Errorf("condition %d: %w", i+1, err)
		}
	}
	if err := checkOps(c.GetThen()); err != nil {
		return fmt.Errorf("then: %w", err)
	}
	if err := checkOps(c.GetOtherwise()); err != nil {
		return fmt.Errorf("otherwise: %w", err)
	}
	return nil
}

func checkCompare(c *kvv1.Compare) error {
	if _, known := kvv1.Compare_Field_name[int32(c.GetField())]; !known || c.GetField() == kvv1.Compare_FIELD_UNSPECIFIED {
		return errors.New("it names no field")
	}
	if _, known := kvv1.Compare_Relation_name[int32(c.GetRelation())]; !known || c.GetRelation() == kvv1.Compare_RELATION_UNSPECIFIED {
		return errors.New("it names no relation")
	}
	return nil
}

// checkOps sees to it that each key is written once at most: two versions of a key
// at one revision could not be told apart.
func checkOps(ops []*kvv1.Op) error {
	var written []Range
	for i, op := range ops {
		r, writes, err := writtenBy(op)
		if err != nil {
			return fmt.Errorf("operation %d: %w", i+1, err)
		}
		if !writes {
			continue
		}
		for _, other := range written {
			if overlap(r, other) {
				return fmt.Errorf("operation %d writes a key that another writes, too", i+1)
			}
		}
		written = append(written, r)
	}
	return nil
}

// writtenBy returns the keys that an operation may write.
func writtenBy(op *kvv1.Op) (r Range, writes bool, err error) {
	switch op := op.GetOp().(type) {
	case *kvv1.Op_Put:
		return only(op.Put.GetKey()), true, nil
	case *kvv1.Op_Delete:
		if op.Delete.GetRange() != nil {
			if len(op.Delete.GetKey()) > 0 {
				return r, true, errors.New("it names a key and a range")
			}
			return rangeOf(op.Delete.GetRange()), true, nil
		}
		return only(op.Delete.GetKey()), true, nil
	case *kvv1.Op_Get, *kvv1.Op_List:
		return r, false, nil
	default:
		return r, false, errors.New("it has no kind")
	}
}

// only is the range of one key: the next string is the key with a zero behind it.
func only(key []byte) Range { return Range{string(key), string(key) + "\x00"} }

func overlap(a, b Range) bool {
	return a.below(b.From) && b.below(a.From) && !a.empty() && !b.empty()
}

func (r Range) empty() bool { return r.To != "" && r.To <= r.From }
