package rpc_test

import (
	"errors"
	"testing"

	"google.golang.org/protobuf/proto"

	"kv/node/rpc"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

func putOp(key string, value int) *kvv1.Op {
	return &kvv1.Op{Op: &kvv1.Op_Put{Put: &kvv1.PutOp{Key: []byte(key), Value: make([]byte, value)}}}
}

func listOp(from, to string) *kvv1.Op {
	return &kvv1.Op{Op: &kvv1.Op_List{List: &kvv1.ListOp{Range: between(from, to)}}}
}

func between(from, to string) *kvv1.Range { return &kvv1.Range{From: []byte(from), To: []byte(to)} }

func txn(ops ...*kvv1.Op) *kvv1.TxnRequest { return &kvv1.TxnRequest{Otherwise: ops} }

func compare(field kvv1.Compare_Field, relation kvv1.Compare_Relation) *kvv1.TxnRequest {
	return &kvv1.TxnRequest{Compare: []*kvv1.Compare{{Key: []byte("k"), Field: field, Relation: relation}}}
}

const tenYearsMs = 10 * 365 * 24 * 3600 * 1000

// What a request asks for that cannot be is refused before the Backend sees it;
// want nil is a request that must reach it.
func TestChecks(t *testing.T) {
	t.Parallel()
	_, cc := newServer(t, rpc.Config{Backend: echo{}, Limits: rpc.Limits{MaxKeyBytes: 8, MaxValueBytes: 16, MaxTxnOps: 3, MaxTxnBytes: 64}})
	key, long := []byte("k"), "123456789"
	stamp := func(session, sequence, acknowledged uint64) *kvv1.Stamp {
		return &kvv1.Stamp{Session: session, Sequence: sequence, Acknowledged: acknowledged}
	}
	invalid, keySize, valueSize := kverr.ErrInvalid, kverr.ErrKeyTooLarge, kverr.ErrValueTooLarge
	for name, tt := range map[string]struct {
		method string
		req    proto.Message
		want   *kverr.Error
	}{
		"put with lease and ttl": {"KV/Put", &kvv1.PutRequest{Key: key, Lease: 1, TtlMs: 1000}, invalid},
		"put with a short ttl":   {"KV/Put", &kvv1.PutRequest{Key: key, TtlMs: 99}, invalid},
		"put with a long ttl":    {"KV/Put", &kvv1.PutRequest{Key: key, TtlMs: tenYearsMs + 1}, invalid},
		"put for ten years":      {"KV/Put", &kvv1.PutRequest{Key: key, TtlMs: tenYearsMs}, nil},
		"stamp without session":  {"KV/Put", &kvv1.PutRequest{Key: key, Stamp: stamp(0, 1, 0)}, invalid},
		"stamp without sequence": {"KV/Put", &kvv1.PutRequest{Key: key, Stamp: stamp(1, 0, 0)}, invalid},
		"stamp over already":     {"KV/Put", &kvv1.PutRequest{Key: key, Stamp: stamp(1, 2, 3)}, invalid},
		"stamp of the oldest":    {"KV/Put", &kvv1.PutRequest{Key: key, Stamp: stamp(1, 2, 2)}, nil},

		"get at an odd level": {"KV/Get", &kvv1.GetRequest{Key: key, Consistency: 9}, invalid},
		"get at a revision":   {"KV/Get", &kvv1.GetRequest{Key: key, Revision: 7}, nil},

		"delete of nothing":           {"KV/Delete", &kvv1.DeleteRequest{}, kverr.ErrEmptyKey},
		"delete of key and range":     {"KV/Delete", &kvv1.DeleteRequest{Key: key, Range: between("", "")}, invalid},
		"delete of a range if":        {"KV/Delete", &kvv1.DeleteRequest{Range: between("", ""), IfModRevision: proto.Uint64(0)}, invalid},
		"delete of a range with prev": {"KV/Delete", &kvv1.DeleteRequest{Range: between("", ""), Prev: true}, invalid},
		"delete of everything":        {"KV/Delete", &kvv1.DeleteRequest{Range: between("", "")}, nil},
		"delete of an empty range":    {"KV/Delete", &kvv1.DeleteRequest{Range: between("b", "b")}, invalid},
		"delete of a reversed range":  {"KV/Delete", &kvv1.DeleteRequest{Range: between("b", "a")}, invalid},
		"delete with a bad stamp":     {"KV/Delete", &kvv1.DeleteRequest{Key: key, Stamp: stamp(1, 0, 0)}, invalid},
		"delete behind the longest":   {"KV/Delete", &kvv1.DeleteRequest{Range: between(long, "")}, nil},
		"delete of a long bound":      {"KV/Delete", &kvv1.DeleteRequest{Range: between(long+"0", "")}, keySize},

		"list of prefix and range": {"KV/List", &kvv1.ListRequest{Prefix: key, Range: between("a", "b")}, invalid},
		"list in an odd order":     {"KV/List", &kvv1.ListRequest{SortBy: 9}, invalid},
		"list at an odd level":     {"KV/List", &kvv1.ListRequest{Consistency: 9}, invalid},
		"list of a long range":     {"KV/List", &kvv1.ListRequest{Range: between("", long+"0")}, keySize},
		"list of all by version":   {"KV/List", &kvv1.ListRequest{SortBy: kvv1.SortBy_SORT_BY_VERSION}, nil},

		"txn of nothing":        {"KV/Txn", txn(), nil},
		"txn of too many":       {"KV/Txn", txn(putOp("a", 0), putOp("b", 0), putOp("c", 0), putOp("d", 0)), invalid},
		"txn of too many bytes": {"KV/Txn", txn(putOp("a", 16), putOp("b", 16), putOp("c", 16)), invalid},
		"txn with a long value": {"KV/Txn", txn(putOp("a", 17)), valueSize},
		"txn with a long key":   {"KV/Txn", txn(putOp(long, 0)), keySize},
		"txn with no key":       {"KV/Txn", txn(putOp("", 0)), kverr.ErrEmptyKey},
		"txn with no kind":      {"KV/Txn", txn(&kvv1.Op{}), invalid},
		"txn with a bad range":  {"KV/Txn", txn(listOp("b", "a")), invalid},
		"txn with no field":     {"KV/Txn", compare(0, kvv1.Compare_RELATION_EQUAL), invalid},
		"txn with odd field":    {"KV/Txn", compare(9, kvv1.Compare_RELATION_EQUAL), invalid},
		"txn with no relation":  {"KV/Txn", compare(kvv1.Compare_FIELD_VALUE, 0), invalid},
		"txn with odd relation": {"KV/Txn", compare(kvv1.Compare_FIELD_VALUE, 9), invalid},
		"txn with both bonds":   {"KV/Txn", txn(&kvv1.Op{Op: &kvv1.Op_Put{Put: &kvv1.PutOp{Key: key, Lease: 1, TtlMs: 100}}}), invalid},
		"txn deleting nothing":  {"KV/Txn", txn(&kvv1.Op{Op: &kvv1.Op_Delete{Delete: &kvv1.DeleteOp{}}}), kverr.ErrEmptyKey},
		"txn deleting both":     {"KV/Txn", txn(&kvv1.Op{Op: &kvv1.Op_Delete{Delete: &kvv1.DeleteOp{Key: key, Range: between("", "")}}}), invalid},
		"txn getting nothing":   {"KV/Txn", txn(&kvv1.Op{Op: &kvv1.Op_Get{Get: &kvv1.GetOp{}}}), kverr.ErrEmptyKey},
		"txn with a bad stamp":  {"KV/Txn", &kvv1.TxnRequest{Stamp: stamp(0, 1, 0)}, invalid},

		"history of nothing":       {"KV/History", &kvv1.HistoryRequest{}, kverr.ErrEmptyKey},
		"history at an odd level":  {"KV/History", &kvv1.HistoryRequest{Key: key, Consistency: 9}, invalid},
		"revert to no revision":    {"KV/Revert", &kvv1.RevertRequest{Key: key}, invalid},
		"revert with a bad stamp":  {"KV/Revert", &kvv1.RevertRequest{Key: key, Revision: 1, Stamp: stamp(1, 0, 0)}, invalid},
		"compact to no revision":   {"KV/Compact", &kvv1.CompactRequest{}, invalid},
		"compact with a bad stamp": {"KV/Compact", &kvv1.CompactRequest{Revision: 1, Stamp: stamp(1, 0, 0)}, invalid},

		"watch of key and range":  {"KV/Watch", &kvv1.WatchRequest{Key: key, Range: between("", "")}, invalid},
		"watch of an empty range": {"KV/Watch", &kvv1.WatchRequest{Range: between("a", "a")}, invalid},
		"watch of a long key":     {"KV/Watch", &kvv1.WatchRequest{Key: []byte(long)}, keySize},
		"watch with haste":        {"KV/Watch", &kvv1.WatchRequest{ProgressMs: 99}, invalid},
		"watch at an odd level":   {"KV/Watch", &kvv1.WatchRequest{Consistency: 9}, invalid},
		"watch of all":            {"KV/Watch", &kvv1.WatchRequest{ProgressMs: 100}, nil},

		"grant of nothing":          {"Leases/GrantLease", &kvv1.GrantLeaseRequest{}, invalid},
		"grant of a moment":         {"Leases/GrantLease", &kvv1.GrantLeaseRequest{TtlMs: 100}, nil},
		"grant with a bad stamp":    {"Leases/GrantLease", &kvv1.GrantLeaseRequest{TtlMs: 100, Stamp: stamp(0, 0, 0)}, invalid},
		"keeping alive no lease":    {"Leases/KeepAliveLease", &kvv1.KeepAliveLeaseRequest{}, invalid},
		"revoking no lease":         {"Leases/RevokeLease", &kvv1.RevokeLeaseRequest{}, invalid},
		"revoking with a bad stamp": {"Leases/RevokeLease", &kvv1.RevokeLeaseRequest{Lease: 1, Stamp: stamp(1, 0, 0)}, invalid},
		"listing all leases":        {"Leases/ListLeases", &kvv1.ListLeasesRequest{}, nil},
	} {
		e := send(newContext(t), cc, "/kv.v1."+tt.method, tt.req)
		reached := "/kv.v1.KV/"+e.Error() == "/kv.v1."+tt.method || "/kv.v1.Leases/"+e.Error() == "/kv.v1."+tt.method
		switch {
		case tt.want == nil && !reached:
			t.Errorf("%s: refused: %v", name, e)
		case tt.want != nil && (reached || !errors.Is(e, tt.want) || e.Outcome != kverr.NotDone):
			t.Errorf("%s: %v, %s; want %s", name, e, e.Reason, tt.want.Reason)
		}
	}
}
