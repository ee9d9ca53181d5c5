package client

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
)

// decoded reads a chunk as the member does.
func decoded(t *testing.T, k *chunk, cluster string) *kvv1.StreamRequest {
	t.Helper()
	data, err := codec{}.Marshal(outgoing{cluster, k.data})
	if err != nil {
		t.Fatal(err)
	}
	m := new(kvv1.StreamRequest)
	if err := proto.Unmarshal(data.Materialize(), m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestChunkIsAMessage(t *testing.T) {
	t.Parallel()
	put := &kvv1.PutRequest{Key: []byte("k"), Value: []byte("v"), IfModRevision: new(uint64), Prev: true, Lease: 3, TtlMs: 4,
		Stamp: &kvv1.Stamp{Session: 1 << 63, Sequence: 2, Acknowledged: 1, Opened: 300}}
	get := &kvv1.GetRequest{Key: []byte("g"), Consistency: kvv1.Consistency_CONSISTENCY_STALE, Revision: 1 << 40}
	erase := &kvv1.DeleteRequest{Range: &kvv1.Range{From: []byte("a")}}
	txn := &kvv1.TxnRequest{Then: []*kvv1.Op{{Op: &kvv1.Op_Get{Get: &kvv1.GetOp{Key: []byte("t")}}}}}
	k := new(chunk)
	for i, req := range []proto.Message{put, get, erase, txn, &kvv1.GetRequest{}} {
		if err := k.add(&pending{id: uint64(1000 + i)}, time.Duration(i)*time.Second+time.Duration(i), req, sizeRequest(req)); err != nil {
			t.Fatal(err)
		}
	}
	k.cancel(77)
	want := &kvv1.StreamRequest{ClusterId: "c", Calls: []*kvv1.Call{
		{Id: 1000, Request: &kvv1.Call_Put{Put: put}},
		{Id: 1001, TimeoutMs: 1001, Request: &kvv1.Call_Get{Get: get}},
		{Id: 1002, TimeoutMs: 2001, Request: &kvv1.Call_Delete{Delete: erase}},
		{Id: 1003, TimeoutMs: 3001, Request: &kvv1.Call_Txn{Txn: txn}},
		{Id: 1004, TimeoutMs: 4001, Request: &kvv1.Call_Get{Get: &kvv1.GetRequest{}}},
		{Id: 77, Request: &kvv1.Call_Cancel{Cancel: true}},
	}}
	if got := decoded(t, k, "c"); !proto.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestChunkWithoutACall(t *testing.T) {
	t.Parallel()
	k := new(chunk)
	var calls []*pending
	for i := range uint64(5) {
		p := &pending{id: i + 1}
		calls = append(calls, p)
		req := &kvv1.GetRequest{Key: make([]byte, i*100)}
		if err := k.add(p, 0, req, sizeRequest(req)); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range []int{2, 0, 4} {
		k.remove(calls[i])
	}
	var ids []uint64
	for _, c := range decoded(t, k, "").GetCalls() {
		ids = append(ids, c.GetId())
		if len(c.GetGet().GetKey()) != int(c.GetId()-1)*100 {
			t.Errorf("call %d has a key of %d bytes", c.GetId(), len(c.GetGet().GetKey()))
		}
	}
	if len(ids) != 2 || ids[0] != 2 || ids[1] != 4 || len(k.calls) != 2 {
		t.Errorf("calls %v", ids)
	}
	k.remove(calls[1])
	k.remove(calls[3])
	if len(k.data) != 0 {
		t.Errorf("%d bytes of no call", len(k.data))
	}
}

func TestWindow(t *testing.T) {
	t.Parallel()
	var w window
	now := time.Unix(1000, 0)
	first := w.launch(now, 1)
	if wait := w.shut(now); wait != 0 {
		t.Errorf("one message under way: wait %v", wait)
	}
	second := w.launch(now.Add(time.Millisecond), 1)
	if wait := w.shut(now.Add(2 * time.Millisecond)); wait != flightPatience-2*time.Millisecond {
		t.Errorf("two messages under way: wait %v", wait)
	}
	second.answered = true
	if wait := w.shut(now.Add(3 * time.Millisecond)); wait != 0 {
		t.Errorf("the second is answered: wait %v", wait)
	}
	w.launch(now.Add(4*time.Millisecond), 1)
	if wait := w.shut(now.Add(5 * time.Millisecond)); wait <= 0 {
		t.Error("two again")
	}
	if wait := w.shut(now.Add(flightPatience)); wait != 0 {
		t.Errorf("the first counts for ever: wait %v", wait)
	}
	first.answered = true // late: it does not count any more
	w.launch(now.Add(flightPatience), 1)
	if wait := w.shut(now.Add(flightPatience)); wait != 4*time.Millisecond {
		t.Errorf("wait %v", wait)
	}
}

// TestALargeMessageGoesAlone: what waits for its first answer travels together.
func TestALargeMessageGoesAlone(t *testing.T) {
	t.Parallel()
	var w window
	now := time.Unix(1000, 0)
	large := w.launch(now, bulk)
	if wait := w.shut(now.Add(time.Millisecond)); wait != flightPatience-time.Millisecond {
		t.Errorf("wait %v", wait)
	}
	large.answered = true
	small := w.launch(now, bulk-1)
	if wait := w.shut(now); wait != 0 {
		t.Errorf("behind a small one: wait %v", wait)
	}
	w.launch(now.Add(time.Millisecond), bulk)
	small.answered = true
	if wait := w.shut(now.Add(time.Millisecond)); wait != flightPatience {
		t.Errorf("wait %v", wait)
	}
	if wait := w.shut(now.Add(time.Millisecond + flightPatience)); wait != 0 {
		t.Errorf("a large one counts for ever: wait %v", wait)
	}
}

// A chunk whose callers have all given up does not hold up the one behind it.
func TestAnEmptiedChunkHidesNone(t *testing.T) {
	t.Parallel()
	l := newLine(nil)
	enter := func(size int) *pending {
		p := new(pending)
		req := &kvv1.PutRequest{Key: []byte("k"), Value: make([]byte, size)}
		if !l.enter(within(t.Context(), time.Minute), p, req, sizeRequest(req)) {
			t.Fatal("the line is over")
		}
		return p
	}
	gone, waits := enter(maxChunkBytes-10), enter(1)
	l.mu.Lock()
	l.forget(gone)
	l.mu.Unlock()
	k, f, wait := l.next(time.Now())
	if k == nil || f == nil || len(k.calls) != 1 || k.calls[0] != waits {
		t.Fatalf("%v is sent, then nothing for %v; a call waits", k, wait)
	}
}
