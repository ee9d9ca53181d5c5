package client_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"kv/client"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// last scripts a member to keep the last unary request, without its stamp, and to
// answer it by resp.
func last(m *member, resp any) func() proto.Message {
	var req proto.Message
	m.script(func(m *member) {
		m.hook = func(_ context.Context, r any, handle func() (any, error)) (any, error) {
			if _, ok := r.(*kvv1.MembersRequest); ok { // in the background
				return handle()
			}
			m.script(func(*member) {
				req = proto.Clone(r.(proto.Message))
				clearStamp(req)
			})
			return resp, nil
		}
	})
	return func() (r proto.Message) {
		m.script(func(*member) { r = req })
		return r
	}
}

func clearStamp(m proto.Message) {
	r := m.ProtoReflect()
	if f := r.Descriptor().Fields().ByName("stamp"); f != nil {
		r.Clear(f)
	}
}

func wantRequest(t *testing.T, got, want proto.Message) {
	t.Helper()
	if !proto.Equal(got, want) {
		t.Errorf("request\n%v, want\n%v", got, want)
	}
}

func TestWritesSayWhatTheirOptionsSay(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	c := newClient(t, []string{m.address})
	ctx := within(t, 10*time.Second)
	prev := &kvv1.KeyValue{Key: []byte("k"), Value: []byte("old"), ModRevision: 3, Lease: 2}

	req := last(m, &kvv1.PutResponse{Header: m.header(), Prev: prev, Lease: 9})
	p, err := c.Put(ctx, "k", []byte("v"), client.IfRevision(3), client.Prev(), client.WithTTL(1500*time.Microsecond))
	if err != nil || p.Lease != 9 || p.Prev == nil || string(p.Prev.Value) != "old" || p.Prev.Lease != 2 {
		t.Errorf("%+v, %v", p, err)
	}
	wantRequest(t, req(), &kvv1.PutRequest{Key: []byte("k"), Value: []byte("v"), IfModRevision: proto.Uint64(3), Prev: true, TtlMs: 2})
	if _, err := c.Put(ctx, "k", nil, client.IfAbsent(), client.WithLease(7)); err != nil {
		t.Error(err)
	}
	wantRequest(t, req(), &kvv1.PutRequest{Key: []byte("k"), IfModRevision: proto.Uint64(0), Lease: 7})

	req = last(m, &kvv1.DeleteResponse{Header: m.header(), Deleted: 1, Prev: prev})
	d, err := c.Delete(ctx, "k", client.IfRevision(3), client.Prev())
	if err != nil || d.Deleted != 1 || d.Prev == nil {
		t.Errorf("%+v, %v", d, err)
	}
	wantRequest(t, req(), &kvv1.DeleteRequest{Key: []byte("k"), IfModRevision: proto.Uint64(3), Prev: true})
	if _, err = c.DeleteRange(ctx, client.Prefix("a/")); err != nil {
		t.Error(err)
	}
	wantRequest(t, req(), &kvv1.DeleteRequest{Range: &kvv1.Range{From: []byte("a/"), To: []byte("a0")}})

	req = last(m, &kvv1.RevertResponse{Header: m.header()})
	if r, err := c.Revert(ctx, "k", 5); err != nil || r.KV != nil {
		t.Errorf("%+v, %v", r, err)
	}
	wantRequest(t, req(), &kvv1.RevertRequest{Key: []byte("k"), Revision: 5})
	req = last(m, &kvv1.CompactResponse{Header: m.header()})
	if r, err := c.Compact(ctx, 5); err != nil || r.Member != "n1" {
		t.Errorf("%+v, %v", r, err)
	}
	wantRequest(t, req(), &kvv1.CompactRequest{Revision: 5})
}

func TestWritesThatMakeNoSenseAreNotSent(t *testing.T) {
	t.Parallel()
	c := newClient(t, []string{deadAddress(t)})
	for name, err := range map[string]error{
		"negative ttl":       second(c.Put(t.Context(), "k", nil, client.WithTTL(-1))),
		"deletion with ttl":  second(c.Delete(t.Context(), "k", client.WithTTL(time.Hour))),
		"operation unmade":   second(c.Txn(t.Context(), client.Txn{Then: []client.Op{{Key: "k"}}})),
		"negative ttl inner": second(c.Txn(t.Context(), client.Txn{Else: []client.Op{client.OpPut("k", nil, client.WithTTL(-1))}})),
		"prefix and range":   second(c.List(t.Context(), "p", client.Within(client.Range{From: "a"}))),
	} {
		if !errors.Is(err, client.ErrInvalid) || client.OutcomeOf(err) != client.NotDone {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestConflictNamesTheRevision(t *testing.T) {
	t.Parallel()
	_, ms := newCluster(t, "n1")
	c := newClient(t, []string{ms[0].address})
	put, err := c.Put(within(t, 10*time.Second), "k", nil, client.IfAbsent())
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Put(within(t, 10*time.Second), "k", nil, client.IfAbsent())
	var e *kverr.Error
	if !errors.As(err, &e) || !errors.Is(err, client.ErrConflict) || e.Revision != put.Revision || client.OutcomeOf(err) != client.NotDone {
		t.Errorf("%v", err)
	}
}

func TestTxn(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	c := newClient(t, []string{m.address})
	kv := &kvv1.KeyValue{Key: []byte("k"), ModRevision: 4}
	req := last(m, &kvv1.TxnResponse{Header: m.header(), Succeeded: true, Results: []*kvv1.OpResult{
		{Result: &kvv1.OpResult_Put{Put: &kvv1.PutResult{Prev: kv, Lease: 3}}},
		{Result: &kvv1.OpResult_Delete{Delete: &kvv1.DeleteResult{Deleted: 2, Prev: kv}}},
		{Result: &kvv1.OpResult_Get{Get: &kvv1.GetResult{}}},
		{Result: &kvv1.OpResult_List{List: &kvv1.ListResult{Kvs: []*kvv1.KeyValue{kv}, More: true, Count: 8}}},
		{},
	}})
	r, err := c.Txn(within(t, 10*time.Second), client.Txn{
		If: []client.Compare{client.Absent("a"), client.Present("b"), client.ValueIs("c", []byte("v")),
			client.CreateRevisionIs("d", 5), {Key: "e", Field: client.FieldLease, Relation: client.GreaterOrEqual, Number: 6}},
		Then: []client.Op{client.OpPut("p", []byte("v"), client.Prev(), client.WithTTL(time.Second)), client.OpDelete("d"), client.OpDeleteRange(client.Range{From: "x"})},
		Else: []client.Op{client.OpGet("g"), client.OpList(client.Prefix("l"), client.Limit(2), client.Reverse(), client.KeysOnly(), client.CountOnly())},
	})
	if err != nil || !r.Succeeded || len(r.Results) != 5 {
		t.Fatalf("%+v, %v", r, err)
	}
	for i, ok := range []bool{
		r.Results[0].Kind == client.KindPut && r.Results[0].Lease == 3 && r.Results[0].Prev.ModRevision == 4,
		r.Results[1].Kind == client.KindDelete && r.Results[1].Deleted == 2 && r.Results[1].Prev != nil,
		r.Results[2].Kind == client.KindGet && r.Results[2].KV == nil,
		r.Results[3].Kind == client.KindList && r.Results[3].More && r.Results[3].Count == 8 && r.Results[3].KVs[0].Key == "k",
	} {
		if !ok {
			t.Errorf("result %d: %+v", i, r.Results[i])
		}
	}
	op := func(o any) *kvv1.Op {
		switch o := o.(type) {
		case *kvv1.PutOp:
			return &kvv1.Op{Op: &kvv1.Op_Put{Put: o}}
		case *kvv1.DeleteOp:
			return &kvv1.Op{Op: &kvv1.Op_Delete{Delete: o}}
		case *kvv1.GetOp:
			return &kvv1.Op{Op: &kvv1.Op_Get{Get: o}}
		default:
			return &kvv1.Op{Op: &kvv1.Op_List{List: o.(*kvv1.ListOp)}}
		}
	}
	wantRequest(t, req(), &kvv1.TxnRequest{
		Compare: []*kvv1.Compare{
			{Key: []byte("a"), Field: kvv1.Compare_FIELD_MOD_REVISION, Relation: kvv1.Compare_RELATION_EQUAL},
			{Key: []byte("b"), Field: kvv1.Compare_FIELD_MOD_REVISION, Relation: kvv1.Compare_RELATION_NOT_EQUAL},
			{Key: []byte("c"), Field: kvv1.Compare_FIELD_VALUE, Relation: kvv1.Compare_RELATION_EQUAL, Value: []byte("v")},
			{Key: []byte("d"), Field: kvv1.Compare_FIELD_CREATE_REVISION, Relation: kvv1.Compare_RELATION_EQUAL, Number: 5},
			{Key: []byte("e"), Field: kvv1.Compare_FIELD_LEASE, Relation: kvv1.Compare_RELATION_GREATER_OR_EQUAL, Number: 6},
		},
		Then: []*kvv1.Op{op(&kvv1.PutOp{Key: []byte("p"), Value: []byte("v"), Prev: true, TtlMs: 1000}), op(&kvv1.DeleteOp{Key: []byte("d")}),
			op(&kvv1.DeleteOp{Range: &kvv1.Range{From: []byte("x")}})},
		Otherwise: []*kvv1.Op{op(&kvv1.GetOp{Key: []byte("g")}),
			op(&kvv1.ListOp{Range: client.Prefix("l").Proto(), Limit: 2, Reverse: true, KeysOnly: true, CountOnly: true})},
	})
}

// A program may come to an empty key by mistake, and must not delete all keys by it.
func TestDeletionOfAnEmptyKeyNamesNoRange(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	c := newClient(t, []string{m.address})
	req := last(m, &kvv1.TxnResponse{Header: m.header(), Succeeded: true})
	if _, err := c.Txn(within(t, 10*time.Second), client.Txn{Then: []client.Op{client.OpDelete("")}, Else: []client.Op{client.OpDeleteRange(client.Range{})}}); err != nil {
		t.Fatal(err)
	}
	erase := func(d *kvv1.DeleteOp) []*kvv1.Op { return []*kvv1.Op{{Op: &kvv1.Op_Delete{Delete: d}}} }
	wantRequest(t, req(), &kvv1.TxnRequest{Then: erase(&kvv1.DeleteOp{}), Otherwise: erase(&kvv1.DeleteOp{Range: &kvv1.Range{}})})
}

func TestReadsSayWhatTheirOptionsSay(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	c := newClient(t, []string{m.address})
	ctx := within(t, 10*time.Second)
	req := last(m, &kvv1.GetResponse{Header: m.header()})
	if r, err := c.Get(ctx, "k", client.AtRevision(4), client.Stale()); err != nil || r.KV != nil {
		t.Errorf("%+v, %v", r, err)
	}
	wantRequest(t, req(), &kvv1.GetRequest{Key: []byte("k"), Revision: 4, Consistency: kvv1.Consistency_CONSISTENCY_STALE})
	m.script(func(m *member) {
		m.hook = nil
		m.list = func(s grpc.ServerStreamingServer[kvv1.ListResponse]) error {
			return s.Send(&kvv1.ListResponse{Header: m.header(), Count: 12})
		}
	})
	l, err := c.List(ctx, "", client.Within(client.Range{From: "a", To: "b"}), client.CountOnly(), client.Reverse(), client.AtRevision(3), client.Sorted(client.SortByVersion))
	if err != nil || l.Count() != 12 {
		t.Fatalf("%+v, %v", l, err)
	}
	l.Close()
	m.script(func(m *member) {
		wantRequest(t, m.listed, &kvv1.ListRequest{Range: &kvv1.Range{From: []byte("a"), To: []byte("b")}, CountOnly: true, Reverse: true, Revision: 3,
			SortBy: kvv1.SortBy_SORT_BY_VERSION, Consistency: kvv1.Consistency_CONSISTENCY_LINEARIZABLE})
	})
}

func TestHistory(t *testing.T) {
	t.Parallel()
	broken, m := newMember(t, "n1"), newMember(t, "n2")
	refuse := func(*kvv1.HistoryRequest, grpc.ServerStreamingServer[kvv1.HistoryResponse]) error {
		return kverr.ErrShutdown
	}
	broken.script(func(m *member) { m.history = refuse })
	m.script(func(m *member) {
		m.history = func(r *kvv1.HistoryRequest, s grpc.ServerStreamingServer[kvv1.HistoryResponse]) error {
			if string(r.Key) == "old" {
				return kverr.ErrCompacted.WithRevision(7)
			}
			for i := r.Limit; i > 0; i-- {
				kind := kvv1.Change_KIND_PUT
				if i == 1 {
					kind = kvv1.Change_KIND_DELETE
				}
				page := &kvv1.HistoryResponse{Header: m.header(), OldestRevision: 2, More: i == 1,
					Changes: []*kvv1.Change{{Kind: kind, Kv: &kvv1.KeyValue{Key: r.Key, ModRevision: i}}}}
				if err := s.Send(page); err != nil {
					return err
				}
			}
			return nil
		}
	})
	c := newClient(t, []string{broken.address, m.address})
	h, err := c.History(within(t, 10*time.Second), "k", client.Limit(3))
	if err != nil {
		t.Fatal(err)
	}
	if h.Member != "n2" || h.Oldest != 2 || h.Freshness != nil {
		t.Errorf("%+v", h)
	}
	var got []string
	for change, err := range h.All() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(change.KV.ModRevision, change.Deleted))
	}
	if fmt.Sprint(got) != "[3 false 2 false 1 true]" || !h.More() {
		t.Errorf("%v, more %v", got, h.More())
	}
	h.Close()
	_, err = c.History(within(t, 10*time.Second), "old")
	var e *kverr.Error
	if !errors.As(err, &e) || e.Reason != client.ErrCompacted.Reason || e.Revision != 7 {
		t.Errorf("%v", err)
	}
}
