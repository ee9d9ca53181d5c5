package rpc

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/wire"
)

// requests are messages of all kinds of calls.
func requests() []*kvv1.StreamRequest {
	stamp := &kvv1.Stamp{Session: 1<<63 + 5, Sequence: 300, Acknowledged: 7, Opened: 1 << 40}
	full := &kvv1.PutRequest{Key: []byte("k"), Value: []byte("v"), IfModRevision: proto.Uint64(0), Prev: true, Lease: 3, TtlMs: 500, Stamp: stamp}
	calls := []*kvv1.Call{
		{Id: 1, TimeoutMs: 5000, Request: &kvv1.Call_Put{Put: full}},
		{Id: 2, Request: &kvv1.Call_Put{Put: &kvv1.PutRequest{Key: []byte("k"), Stamp: &kvv1.Stamp{}}}},
		{Id: 3, Request: &kvv1.Call_Put{Put: &kvv1.PutRequest{}}},
		{Id: 4, Request: &kvv1.Call_Get{Get: &kvv1.GetRequest{Key: []byte("key"), Consistency: kvv1.Consistency_CONSISTENCY_STALE, Revision: 9}}},
		{Id: 5, Request: &kvv1.Call_Get{Get: &kvv1.GetRequest{Consistency: -1}}},
		{Id: 6, Request: &kvv1.Call_Delete{Delete: &kvv1.DeleteRequest{Key: []byte("key"), Range: &kvv1.Range{To: []byte("z")}}}},
		{Id: 7, Request: &kvv1.Call_Txn{Txn: &kvv1.TxnRequest{Compare: []*kvv1.Compare{{Key: []byte("k")}}, Stamp: stamp}}},
		{Id: 8, Request: &kvv1.Call_Cancel{Cancel: true}},
		{Id: 9},
		{},
	}
	out := []*kvv1.StreamRequest{{}, {ClusterId: "cluster"}, {ClusterId: "cluster", Calls: calls}, {Calls: slices.Repeat(calls, 40)}}
	for _, c := range calls {
		out = append(out, &kvv1.StreamRequest{Calls: []*kvv1.Call{c}})
	}
	return out
}

func TestDecodeRequest(t *testing.T) {
	for _, want := range requests() {
		got := &kvv1.StreamRequest{ClusterId: "of an earlier message"}
		data, err := proto.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		if !decodeRequest(data, got) {
			t.Fatalf("%v was not decoded", want)
		}
		if !proto.Equal(got, want) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
	}
}

// FuzzDecodeRequest: what is decoded by hand is what protobuf makes of it.
func FuzzDecodeRequest(f *testing.F) {
	for _, m := range requests() {
		data, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte{wire.RequestCalls<<3 | 2, 8, wire.CallPut<<3 | 2, 2, wire.PutStamp<<3 | 2, 0, wire.CallPut<<3 | 2, 0}) // a put twice
	f.Fuzz(func(t *testing.T, data []byte) {
		var got, want kvv1.StreamRequest
		if !decodeRequest(data, &got) {
			return
		}
		if err := proto.Unmarshal(data, &want); err != nil {
			t.Fatalf("protobuf refuses what was decoded as %v: %v", &got, err)
		}
		if !proto.Equal(&got, &want) {
			t.Fatalf("got  %v\nwant %v", &got, &want)
		}
	})
}

func TestEncodeResponse(t *testing.T) {
	pair := &kvv1.KeyValue{Key: []byte("k"), Value: make([]byte, 300), CreateRevision: 1, ModRevision: 1 << 40, Version: 3, Lease: 9}
	answers := []*kvv1.Answer{
		{},
		{Id: 1, Revision: 2, AppliedIndex: 1 << 60, Result: &kvv1.Answer_Put{Put: &kvv1.PutResponse{}}},
		{Id: 2, Result: &kvv1.Answer_Put{Put: &kvv1.PutResponse{Lease: 4}}},
		{Id: 2, Result: &kvv1.Answer_Put{Put: &kvv1.PutResponse{Prev: pair}}},
		{Id: 3, Result: &kvv1.Answer_Put{Put: &kvv1.PutResponse{Header: &kvv1.Header{Term: 3}}}},
		{Id: 4, Revision: 2, AppliedIndex: 1, Result: &kvv1.Answer_Get{Get: &kvv1.GetResponse{Kv: pair}}},
		{Id: 5, Result: &kvv1.Answer_Get{Get: &kvv1.GetResponse{Kv: &kvv1.KeyValue{}}}},
		{Id: 6, Result: &kvv1.Answer_Get{Get: &kvv1.GetResponse{}}},
		{Id: 7, Result: &kvv1.Answer_Get{Get: &kvv1.GetResponse{Kv: pair, Freshness: &kvv1.Freshness{CommitIndex: 3}}}},
		{Id: 8, Result: &kvv1.Answer_Get{Get: &kvv1.GetResponse{Kv: pair, Header: &kvv1.Header{Term: 3}}}},
		{Id: 9, Result: &kvv1.Answer_Delete{Delete: &kvv1.DeleteResponse{Deleted: 2}}},
		{Id: 10, Result: &kvv1.Answer_Txn{Txn: &kvv1.TxnResponse{Succeeded: true}}},
		{Id: 11, Result: &kvv1.Answer_Failure{Failure: &kvv1.Failure{Code: 4, Text: "too late"}}},
	}
	header := &kvv1.Header{ClusterId: "cluster", Member: "n1", Leader: &kvv1.Leader{Name: "n1"}}
	for _, m := range []*kvv1.StreamResponse{{}, {Header: header}, {Header: header, Answers: answers}, {Answers: answers}} {
		data, err := codec{}.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if size := sizeResponse(m); size != data.Len() {
			t.Errorf("%d bytes of a message whose size is %d", data.Len(), size)
		}
		var got kvv1.StreamResponse
		if err := proto.Unmarshal(data.Materialize(), &got); err != nil {
			t.Fatal(err)
		}
		if !proto.Equal(&got, m) {
			t.Errorf("got  %v\nwant %v", &got, m)
		}
	}
}
