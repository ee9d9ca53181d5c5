package client

import (
	"testing"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/wire"
)

// message is what was decoded, as the message that it was.
func (m *incoming) message() *kvv1.StreamResponse {
	out := &kvv1.StreamResponse{Header: m.header}
	for i := range m.answers {
		out.Answers = append(out.Answers, m.answers[i].message())
	}
	return out
}

func (a *answer) message() *kvv1.Answer {
	out := &kvv1.Answer{Id: a.id, Revision: a.revision, AppliedIndex: a.applied}
	switch {
	case a.whole != nil:
		return a.whole
	case a.kind == wire.AnswerPut:
		out.Result = &kvv1.Answer_Put{Put: &kvv1.PutResponse{}}
	case a.kind == wire.AnswerGet:
		get := new(kvv1.GetResponse)
		if a.found {
			kv := a.pair.keyValue("the key that was asked for")
			get.Kv = &kvv1.KeyValue{Key: []byte(kv.Key), Value: kv.Value, CreateRevision: kv.CreateRevision, ModRevision: kv.ModRevision,
				Version: kv.Version, Lease: uint64(kv.Lease)}
		}
		out.Result = &kvv1.Answer_Get{Get: get}
	}
	return out
}

// responses are messages of all kinds of answers.
func responses() []*kvv1.StreamResponse {
	header := &kvv1.Header{ClusterId: "c", Member: "n1", Term: 3, AppliedIndex: 1 << 50, Leader: &kvv1.Leader{Name: "n1"}}
	pair := &kvv1.KeyValue{Key: []byte("k"), Value: []byte("v"), CreateRevision: 1, ModRevision: 1 << 60, Version: 300, Lease: 7}
	all := []*kvv1.Answer{
		{},
		{Id: 1, Revision: 2, AppliedIndex: 3, Result: &kvv1.Answer_Put{Put: &kvv1.PutResponse{}}},
		{Id: 2, Result: &kvv1.Answer_Put{Put: &kvv1.PutResponse{Lease: 7, Prev: pair}}},
		{Id: 3, Result: &kvv1.Answer_Put{Put: &kvv1.PutResponse{Header: header}}},
		{Id: 4, Revision: 9, Result: &kvv1.Answer_Get{Get: &kvv1.GetResponse{Kv: pair}}},
		{Id: 5, Result: &kvv1.Answer_Get{Get: &kvv1.GetResponse{Kv: &kvv1.KeyValue{}}}},
		{Id: 6, Result: &kvv1.Answer_Get{Get: &kvv1.GetResponse{}}},
		{Id: 7, Result: &kvv1.Answer_Get{Get: &kvv1.GetResponse{Kv: pair, Freshness: &kvv1.Freshness{NeverContacted: true}}}},
		{Id: 8, Result: &kvv1.Answer_Delete{Delete: &kvv1.DeleteResponse{Deleted: 2, Prev: pair}}},
		{Id: 9, Result: &kvv1.Answer_Txn{Txn: &kvv1.TxnResponse{Succeeded: true}}},
		{Id: 10, Result: &kvv1.Answer_Failure{Failure: &kvv1.Failure{Code: 14, Text: "no leader"}}},
	}
	out := []*kvv1.StreamResponse{{}, {Header: header}, {Header: header, Answers: all}}
	for _, a := range all {
		out = append(out, &kvv1.StreamResponse{Answers: []*kvv1.Answer{a}})
	}
	return out
}

func TestDecodeAnswers(t *testing.T) {
	t.Parallel()
	var m incoming // of all messages
	for _, want := range responses() {
		data, err := proto.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.decode(mem.SliceBuffer(data)); err != nil {
			t.Fatalf("%v: %v", want, err)
		}
		if got := m.message(); !proto.Equal(got, want) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
	}
}

// FuzzDecodeAnswers: what is decoded by hand is what protobuf makes of it.
func FuzzDecodeAnswers(f *testing.F) {
	for _, m := range responses() {
		data, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var got incoming
		var want kvv1.StreamResponse
		err := got.decode(mem.SliceBuffer(data))
		if wrong := proto.Unmarshal(data, &want); (err != nil) != (wrong != nil) {
			t.Fatalf("by hand %v, by protobuf %v", err, wrong)
		} else if wrong != nil {
			return
		}
		want.ProtoReflect().SetUnknown(nil)
		if m := got.message(); !proto.Equal(m, &want) {
			t.Fatalf("got  %v\nwant %v", m, &want)
		}
	})
}
