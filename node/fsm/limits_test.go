package fsm

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	kvv1 "kv/proto/kv/v1"
)

// putTTL is a put that makes a lease of its own.
func putTTL(key string) *kvv1.Op {
	return &kvv1.Op{Op: &kvv1.Op_Put{Put: &kvv1.PutOp{Key: []byte(key), TtlMs: 1000}}}
}

// The store takes so many leases and not one more, however they are made, and a
// transaction that would make one too many makes none.
func TestTooManyLeases(t *testing.T) {
	t.Parallel()
	m := New(Options{})
	for id := uint64(1); id <= maxLeases; id++ { // as that many grants would
		m.state.leases.Load(lease{id: id, ttl: 1000})
	}
	m.state.lastLease = maxLeases
	do(t, m, encoded(t, revokeCommand(7)))
	for what, c := range map[string]*kvv1.Command{
		"two in a transaction": txnCommand(&kvv1.TxnCommand{Then: []*kvv1.Op{putTTL("a"), putTTL("b")}}),
		"none":                 txnCommand(&kvv1.TxnCommand{Then: []*kvv1.Op{putOp("c", ""), putTTL("d"), putTTL("e")}}),
	} {
		if r := do(t, m, encoded(t, c)); !errors.Is(r.Err, ErrTooManyLeases) || m.Len() != 0 || m.LeaseCount() != maxLeases-1 {
			t.Errorf("%s: %s, with %d keys and %d leases", what, showResult(r), m.Len(), m.LeaseCount())
		}
	}
	one := txnCommand(&kvv1.TxnCommand{Then: []*kvv1.Op{putTTL("a")}})
	if r := do(t, m, encoded(t, one)); r.Err != nil || r.Txn.Results[0].GetPut().GetLease() != maxLeases+1 {
		t.Errorf("the last lease: %s", showResult(r))
	}
	put := putCommand("b", "")
	put.GetPut().TtlMs = 1000
	for what, c := range map[string]*kvv1.Command{"grant": grantCommand(1000), "put": put, "transaction": one} {
		if r := do(t, m, encoded(t, c)); !errors.Is(r.Err, ErrTooManyLeases) || m.Len() != 1 || m.Revision() != 1 {
			t.Errorf("%s: %s", what, showResult(r))
		}
	}
}

// A transaction reads up to the bound of an answer; one that reads more writes
// nothing. What is only counted is not read.
func TestResultTooLarge(t *testing.T) {
	t.Parallel()
	const n = 8
	m := New(Options{})
	for i := range n {
		do(t, m, put(fmt.Sprint(i), string(make([]byte, maxAnswerBytes/n-answerOverhead-1))))
	}
	list := func(l *kvv1.ListOp) *kvv1.Op { return &kvv1.Op{Op: &kvv1.Op_List{List: l}} }
	prev := &kvv1.Op{Op: &kvv1.Op_Delete{Delete: &kvv1.DeleteOp{Key: []byte("0"), Prev: true}}}
	overwrite := &kvv1.Op{Op: &kvv1.Op_Put{Put: &kvv1.PutOp{Key: []byte("1"), Prev: true}}}
	all := list(&kvv1.ListOp{})
	for what, c := range map[string]struct {
		ops  []*kvv1.Op
		fits bool
	}{
		"all":                   {[]*kvv1.Op{all}, true},
		"all and none":          {[]*kvv1.Op{all, getOp("not there")}, true},
		"all and the count":     {[]*kvv1.Op{all, list(&kvv1.ListOp{CountOnly: true})}, true},
		"all and a name":        {[]*kvv1.Op{all, list(&kvv1.ListOp{KeysOnly: true, Limit: 1})}, false},
		"all and one":           {[]*kvv1.Op{all, getOp("7")}, false},
		"all twice":             {[]*kvv1.Op{all, all}, false},
		"all, backwards":        {[]*kvv1.Op{list(&kvv1.ListOp{Reverse: true})}, true},
		"what was deleted":      {[]*kvv1.Op{prev, all}, true},
		"all and what was":      {[]*kvv1.Op{all, prev}, false},
		"all and what it was":   {[]*kvv1.Op{all, overwrite}, false},
		"a write and all twice": {[]*kvv1.Op{putOp("x", ""), all, all}, false},
	} {
		result, err := m.View().Txn(&kvv1.TxnCommand{Then: c.ops})
		if ReadOnly(&kvv1.TxnCommand{Then: c.ops}) && (err == nil) != c.fits {
			t.Errorf("%s, of a view: %v, %v", what, result.Succeeded, err)
		}
		copied := restored(t, persisted(t, m))
		r := do(t, copied, encoded(t, txnCommand(&kvv1.TxnCommand{Then: c.ops})))
		if c.fits != (r.Err == nil) || !c.fits && !errors.Is(r.Err, ErrResultTooLarge) {
			t.Errorf("%s: %v, fits %t", what, r.Err, c.fits)
		}
		if !c.fits && (copied.Revision() != n || r.Txn != nil) {
			t.Errorf("%s: it is refused and has changed something", what)
		}
	}
}

// Transactions that make no sense.
func TestInvalidTxns(t *testing.T) {
	t.Parallel()
	del := func(key string) *kvv1.Op {
		return &kvv1.Op{Op: &kvv1.Op_Delete{Delete: &kvv1.DeleteOp{Key: []byte(key)}}}
	}
	delRange := func(from, to string) *kvv1.Op {
		return &kvv1.Op{Op: &kvv1.Op_Delete{Delete: &kvv1.DeleteOp{Range: &kvv1.Range{From: []byte(from), To: []byte(to)}}}}
	}
	both := delRange("a", "b")
	both.GetDelete().Key = []byte("c")
	ops := func(ops ...*kvv1.Op) *kvv1.TxnCommand { return &kvv1.TxnCommand{Then: ops} }
	condition := func(f kvv1.Compare_Field, r kvv1.Compare_Relation) *kvv1.TxnCommand {
		return &kvv1.TxnCommand{Compare: []*kvv1.Compare{{Field: f, Relation: r}}}
	}
	for what, c := range map[string]struct {
		txn   *kvv1.TxnCommand
		valid bool
	}{
		"nothing":               {ops(), true},
		"two keys":              {ops(putOp("a", ""), putOp("b", "")), true},
		"a key twice":           {ops(putOp("a", ""), putOp("a", "")), false},
		"put and delete":        {ops(putOp("a", ""), del("a")), false},
		"delete and put":        {ops(del("a"), putOp("a", "")), false},
		"delete twice":          {ops(del("a"), del("a")), false},
		"in a range":            {ops(putOp("b", ""), delRange("a", "c")), false},
		"at a range's end":      {ops(putOp("c", ""), delRange("a", "c")), true},
		"at a range's begin":    {ops(putOp("a", ""), delRange("a", "c")), false},
		"before a range":        {ops(putOp("a", ""), delRange("a\x00", "c")), true},
		"the empty key":         {ops(putOp("", ""), delRange("", "a")), false},
		"ranges side by side":   {ops(delRange("a", "b"), delRange("b", "")), true},
		"ranges over another":   {ops(delRange("a", "c"), delRange("b", "")), false},
		"everything":            {ops(delRange("", ""), putOp("\xff\xff", "")), false},
		"an empty range":        {ops(delRange("b", "b"), putOp("b", "")), true},
		"a range backwards":     {ops(delRange("c", "a"), putOp("b", "")), true},
		"key and range":         {ops(both), false},
		"an operation of none":  {ops(&kvv1.Op{}), false},
		"in both lists":         {&kvv1.TxnCommand{Then: []*kvv1.Op{putOp("a", "")}, Otherwise: []*kvv1.Op{putOp("a", "")}}, true},
		"in the idle list":      {&kvv1.TxnCommand{Otherwise: []*kvv1.Op{del("a"), del("a")}}, false},
		"reads of what is read": {ops(getOp("a"), getOp("a"), putOp("a", ""), getOp("a")), true},
		"no field":              {condition(kvv1.Compare_FIELD_UNSPECIFIED, kvv1.Compare_RELATION_EQUAL), false},
		"no relation":           {condition(kvv1.Compare_FIELD_LEASE, kvv1.Compare_RELATION_UNSPECIFIED), false},
		"lease and ttl":         {ops(&kvv1.Op{Op: &kvv1.Op_Put{Put: &kvv1.PutOp{Lease: 1, TtlMs: 1000}}}), false},
	} {
		m := New(Options{})
		do(t, m, encoded(t, grantCommand(1000)))
		r := do(t, m, encoded(t, txnCommand(c.txn)))
		if c.valid != (r.Err == nil) || !c.valid && !errors.Is(r.Err, ErrInvalid) {
			t.Errorf("%s: %v, want valid %t", what, r.Err, c.valid)
		}
		if err := CheckTxn(c.txn); c.valid && err != nil || !c.valid && err == nil && what != "lease and ttl" {
			t.Errorf("%s: check gives %v, want valid %t", what, err, c.valid)
		}
	}
	if _, err := New(Options{}).View().Txn(ops(putOp("a", ""))); !errors.Is(err, ErrInvalid) {
		t.Errorf("a view takes a write: %v", err)
	}
}

// Every error that a command can come to survives in a session's results.
func TestErrorsSurviveASnapshot(t *testing.T) {
	t.Parallel()
	m := New(Options{})
	results(t, m, join(
		encoded(t, setCluster("id", "name")), encoded(t, setMember("n1", "i1", "a:1", "b:1")), put("k", "v"), encoded(t, setQuota(100))))
	big := putCommand("k", string(make([]byte, MaxItemBytes)))
	lost := putCommand("k", "")
	lost.GetPut().Lease = 9
	full := putCommand("k", string(make([]byte, 100)))
	cases := []struct {
		c    *kvv1.Command
		want error
	}{
		{setMember("n1", "i2", "", ""), ErrNameTaken},
		{setMember("n2", "i2", "a:1", ""), ErrAddressTaken},
		{removeMember("n2", "i2"), ErrMemberNotFound},
		{setCluster("other", ""), ErrClusterSet},
		{grantCommand(0), ErrInvalid},
		{big, ErrTooLarge},
		{full, ErrQuota},
		{compactCommand(1), ErrCompacted},
		{compactCommand(5), ErrFutureRevision},
		{revokeCommand(9), ErrLeaseNotFound},
		{lost, ErrLeaseNotFound},
		{putCommand("k", "w"), nil},
	}
	for round := range 2 {
		for i, c := range cases {
			c.c.Stamp = &kvv1.Stamp{Session: 1, Sequence: uint64(i) + 1}
			r := do(t, m, encoded(t, c.c))
			if !errors.Is(r.Err, c.want) || (r.Err == nil) != (c.want == nil) || r.Revision != 1 && c.want != nil {
				t.Errorf("round %d, command %d: %s, want %v", round, i, showResult(r), c.want)
			}
		}
		m = restored(t, persisted(t, m))
	}
	if m.Revision() != 2 {
		t.Errorf("revision %d, want 2: a repetition was carried out", m.Revision())
	}
	for _, err := range errNumbers[1:] {
		told := slices.ContainsFunc(cases, func(c struct {
			c    *kvv1.Command
			want error
		}) bool {
			return errors.Is(err, c.want)
		})
		if !told && !errors.Is(err, ErrResultTooLarge) && !errors.Is(err, ErrTooManyLeases) {
			t.Errorf("%v is not among the commands here", err)
		}
	}
}
