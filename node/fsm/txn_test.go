package fsm

import (
	"errors"
	"testing"
	"unsafe"

	kvv1 "kv/proto/kv/v1"
)

func txnCommand(c *kvv1.TxnCommand) *kvv1.Command {
	return &kvv1.Command{Op: &kvv1.Command_Txn{Txn: c}}
}

func putOp(key, value string) *kvv1.Op {
	return &kvv1.Op{Op: &kvv1.Op_Put{Put: &kvv1.PutOp{Key: []byte(key), Value: []byte(value)}}}
}

func getOp(key string) *kvv1.Op {
	return &kvv1.Op{Op: &kvv1.Op_Get{Get: &kvv1.GetOp{Key: []byte(key)}}}
}

// A transaction that fails at its end has no result either: it would be kept for
// the session and look like one that was carried out.
func TestRefusedTxnHasNoResult(t *testing.T) {
	t.Parallel()
	m := New(Options{})
	do(t, m, encoded(t, setQuota(1)))
	c := txnCommand(&kvv1.TxnCommand{Then: []*kvv1.Op{getOp("k"), putOp("k", "too much")}})
	c.Stamp = &kvv1.Stamp{Session: 1, Sequence: 1}
	for range 2 { // the second answer is the one that was kept
		if r := do(t, m, encoded(t, c)); !errors.Is(r.Err, ErrQuota) || r.Txn != nil || r.Revision != 0 {
			t.Fatalf("result %+v, want ErrQuota and nothing else", r)
		}
	}
}

// The keys in a result that is kept for a session do not hold the memory of their
// values, which was not asked for and is not counted.
func TestKeptKeysDoNotHoldTheirValues(t *testing.T) {
	t.Parallel()
	m := New(Options{})
	do(t, m, put("k", "value"))
	c := txnCommand(&kvv1.TxnCommand{Then: []*kvv1.Op{
		putOp("other", ""), {Op: &kvv1.Op_List{List: &kvv1.ListOp{KeysOnly: true, Limit: 1}}},
	}})
	got := do(t, m, encoded(t, stamped(c, 1))).Txn.Results[1].GetList().GetKvs()[0].GetKey()
	item := m.View().Get([]byte("k"))
	if string(got) != "k" || unsafe.SliceData(got) == unsafe.StringData(item.Key()) {
		t.Errorf("the key %q of the result is the store's own", got)
	}
}
