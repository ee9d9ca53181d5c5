package fsm

import (
	"bytes"
	"errors"
	"reflect"
	"slices"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	kvv1 "kv/proto/kv/v1"
)

func sameItem(a, b *Item) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, y := a.fields(), b.fields()
	sameValue := bytes.Equal(x.value, y.value)
	x.value, y.value = nil, nil
	return sameValue && reflect.DeepEqual(x, y)
}

func sameChange(a, b Change) bool { return sameItem(a.Item, b.Item) && sameItem(a.Prev, b.Prev) }

func sameTxn(a, b *TxnResult) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Succeeded == b.Succeeded && slices.EqualFunc(a.Results, b.Results, func(a, b *kvv1.OpResult) bool {
		return proto.Equal(a, b)
	})
}

func sameResult(got, want Result) bool {
	return got.Revision == want.Revision && got.Deleted == want.Deleted && got.Lease == want.Lease &&
		sameItem(got.KV, want.KV) && sameTxn(got.Txn, want.Txn) &&
		errors.Is(got.Err, want.Err) && (got.Err == nil) == (want.Err == nil)
}

// checkView compares a view with the model that it was taken beside, which may
// have been long ago.
func (m *model) checkView(t *rapid.T, v *View) {
	if v.Len() != len(m.live) || v.Revision() != m.revision || v.Oldest() != m.oldest || v.LiveBytes() != m.bytes() || len(v.Members()) != len(m.members) {
		t.Fatalf("%d keys of %d bytes at revision %d, oldest %d, %d members, want %d of %d at %d, oldest %d, %d", v.Len(), v.LiveBytes(),
			v.Revision(), v.Oldest(), len(v.Members()), len(m.live), m.bytes(), m.revision, m.oldest, len(m.members))
	}
	m.checkKeys(t, v, 0)
	for range 2 {
		m.checkKeys(t, v, m.anyRevision(t))
	}
	m.checkChanges(t, v)
	c := &kvv1.TxnCommand{Then: []*kvv1.Op{{Op: &kvv1.Op_List{List: anyList(t)}}, {Op: &kvv1.Op_Get{Get: &kvv1.GetOp{Key: anyKey(t)}}}}}
	want, wantErr := m.clone().txn(c)
	if got, err := v.Txn(c); !errors.Is(err, wantErr) || !sameTxn(got, want) {
		t.Fatalf("reading transaction %v: %v, error %v, want %v, error %v", c, got, err, want, wantErr)
	}
}

// checkKeys compares what a view shows of a revision.
func (m *model) checkKeys(t *rapid.T, v *View, revision uint64) {
	want, wantErr := m.at(revision)
	keys, err := v.Keys(revision)
	if !errors.Is(err, wantErr) || (err == nil) != (wantErr == nil) {
		t.Fatalf("keys at %d of %d..%d: error %v, want %v", revision, m.oldest, m.revision, err, wantErr)
	}
	if err != nil {
		return
	}
	for _, key := range append(slices.Clone(someKeys), "not there") {
		if got := keys.Get([]byte(key)); !sameItem(got, want[key]) {
			t.Fatalf("%q at %d is %+v, want %+v", key, revision, got, want[key])
		}
	}
	r := rangeOf(anyRange(t))
	for _, r := range []Range{{}, r} {
		for _, reverse := range []bool{false, true} {
			var got []*Item
			keys.Scan(r, reverse, func(it *Item) bool { got = append(got, it); return true })
			all := sorted(want, r, reverse)
			if !slices.EqualFunc(got, all, sameItem) {
				t.Fatalf("range %q, reverse %t, at %d has %s, want %s", r, reverse, revision, show(got), show(all))
			}
			n := 0
			keys.Scan(r, reverse, func(*Item) bool { n++; return n < 2 })
			if n != min(2, len(all)) {
				t.Fatalf("a scan that was told to stop went on to %d", n)
			}
		}
	}
}

func (m *model) checkChanges(t *rapid.T, v *View) {
	for _, from := range []uint64{0, m.anyRevision(t)} {
		var got []Change
		v.Changes(from, func(c Change) bool { got = append(got, c); return true })
		if want := m.changes(from); !slices.EqualFunc(got, want, sameChange) {
			t.Fatalf("changes from %d on, oldest %d: %s, want %s", from, m.oldest, showChanges(got), showChanges(want))
		}
	}
	key := anyKey(t)
	var got []Change
	v.History(key, func(c Change) bool { got = append(got, c); return true })
	if want := m.history(string(key)); !slices.EqualFunc(got, want, sameChange) {
		t.Fatalf("history of %q, oldest %d: %s, want %s", key, m.oldest, showChanges(got), showChanges(want))
	}
}

// checkMachine compares what only the machine tells.
func (m *model) checkMachine(t *rapid.T, machine *Machine) {
	if index, _ := machine.Applied(); index != m.index {
		t.Fatalf("applied %d, want %d", index, m.index)
	}
	if machine.Revision() != m.revision || machine.Oldest() != m.oldest || machine.Len() != len(m.live) || machine.LiveBytes() != m.bytes() ||
		machine.Quota() != m.quota || machine.Sessions() != len(m.sessions) {
		t.Fatalf("machine: revision %d, oldest %d, %d keys of %d bytes, quota %d, %d sessions, want %d, %d, %d of %d, %d, %d",
			machine.Revision(), machine.Oldest(), machine.Len(), machine.LiveBytes(), machine.Quota(), machine.Sessions(),
			m.revision, m.oldest, len(m.live), m.bytes(), m.quota, len(m.sessions))
	}
	var held uint64
	for _, c := range m.changes(0) {
		if c.Prev != nil {
			held += uint64(len(c.Prev.Key()) + len(c.Prev.Value()))
		}
	}
	if n, size := machine.HistorySize(); n != len(m.changes(0)) || size != held {
		t.Fatalf("%d changes hold %d bytes, want %d and %d", n, size, len(m.changes(0)), held)
	}
	for _, key := range someKeys {
		if it, revision, applied := machine.Get([]byte(key)); !sameItem(it, m.live[key]) || revision != m.revision || applied != m.index {
			t.Fatalf("%q is %+v at %d, want %+v at %d", key, it, revision, m.live[key], m.revision)
		}
	}
	m.checkLeases(t, machine)
}

func (m *model) checkLeases(t *rapid.T, machine *Machine) {
	var want []Lease
	for _, id := range m.leaseIDs() {
		want = append(want, Lease{ID: id, TTL: ttlOf(m.leases[id].ttl), Keys: len(m.keysOf(id))})
	}
	if got := machine.Leases(0, 1000); !slices.Equal(got, want) {
		t.Fatalf("leases %+v, want %+v", got, want)
	}
	after, most := m.anyLease(t), rapid.IntRange(1, 3).Draw(t, "most")
	page := slices.DeleteFunc(slices.Clone(want), func(l Lease) bool { return l.ID <= after })
	page = page[:min(most, len(page))]
	if got := machine.Leases(after, most); !slices.Equal(got, page) {
		t.Fatalf("%d leases after %d: %+v, want %+v", most, after, got, page)
	}
	for _, l := range want {
		keys := m.keysOf(l.ID)
		if got, ok := machine.Lease(l.ID); !ok || got != l || !slices.Equal(machine.LeaseKeys(l.ID, 1000), keys) {
			t.Fatalf("lease %+v, %t, with %q, want %+v with %q", got, ok, machine.LeaseKeys(l.ID, 1000), l, keys)
		}
		if got := machine.LeaseKeys(l.ID, 1); !slices.Equal(got, keys[:min(1, len(keys))]) {
			t.Fatalf("first key of lease %d: %q", l.ID, got)
		}
	}
	if _, ok := machine.Lease(m.lastLease + 1); ok {
		t.Fatal("a lease that is yet to come is there")
	}
}
