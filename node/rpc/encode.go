package rpc

import (
	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/wire"
)

// sizeResponse is how many bytes a message of answers has.
func sizeResponse(m *kvv1.StreamResponse) int {
	n := 0
	if m.Header != nil {
		n = wire.SizeHeaded(wire.ResponseHeader, proto.Size(m.Header))
	}
	for _, a := range m.Answers {
		n += wire.SizeHeaded(wire.ResponseAnswers, sizeAnswer(a))
	}
	return n
}

// appendResponse appends a message whose size sizeResponse has just told.
func appendResponse(b []byte, m *kvv1.StreamResponse) (_ []byte, err error) {
	if m.Header != nil {
		b = wire.AppendHead(b, wire.ResponseHeader, proto.Size(m.Header))
		if b, err = (proto.MarshalOptions{}).MarshalAppend(b, m.Header); err != nil {
			return nil, err
		}
	}
	for _, a := range m.Answers {
		b = wire.AppendHead(b, wire.ResponseAnswers, sizeAnswer(a))
		if b, err = appendAnswer(b, a); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// plain returns what most answers have, and false for an answer that has more in it.
func plain(a *kvv1.Answer) (done bool, got *kvv1.GetResponse) {
	switch r := a.Result.(type) {
	case *kvv1.Answer_Put:
		return r.Put != nil && r.Put.Header == nil && r.Put.Prev == nil && r.Put.Lease == 0, nil
	case *kvv1.Answer_Get:
		if r.Get != nil && r.Get.Header == nil && r.Get.Freshness == nil {
			return false, r.Get
		}
	}
	return false, nil
}

func sizeAnswer(a *kvv1.Answer) int {
	done, got := plain(a)
	n := wire.SizeUint(wire.AnswerID, a.Id) + wire.SizeUint(wire.AnswerRevision, a.Revision) + wire.SizeUint(wire.AnswerApplied, a.AppliedIndex)
	switch {
	case done:
		return n + wire.SizeHeaded(wire.AnswerPut, 0)
	case got != nil:
		return n + wire.SizeHeaded(wire.AnswerGet, sizeGot(got))
	default:
		return proto.Size(a)
	}
}

func appendAnswer(b []byte, a *kvv1.Answer) ([]byte, error) {
	done, got := plain(a)
	if !done && got == nil {
		return proto.MarshalOptions{}.MarshalAppend(b, a)
	}
	b = wire.AppendUint(b, wire.AnswerID, a.Id)
	b = wire.AppendUint(b, wire.AnswerRevision, a.Revision)
	b = wire.AppendUint(b, wire.AnswerApplied, a.AppliedIndex)
	if done {
		return wire.AppendHead(b, wire.AnswerPut, 0), nil
	}
	b = wire.AppendHead(b, wire.AnswerGet, sizeGot(got))
	if got.Kv == nil {
		return b, nil
	}
	b = wire.AppendHead(b, wire.GotKV, sizePair(got.Kv))
	return appendPair(b, got.Kv), nil
}

func sizeGot(r *kvv1.GetResponse) int {
	if r.Kv == nil {
		return 0
	}
	return wire.SizeHeaded(wire.GotKV, sizePair(r.Kv))
}

func sizePair(kv *kvv1.KeyValue) int {
	n := wire.SizeUint(wire.KVCreated, kv.CreateRevision) + wire.SizeUint(wire.KVChanged, kv.ModRevision) +
		wire.SizeUint(wire.KVVersion, kv.Version) + wire.SizeUint(wire.KVLease, kv.Lease)
	return n + wire.SizeBytes(wire.KVKey, kv.Key) + wire.SizeBytes(wire.KVValue, kv.Value)
}

func appendPair(b []byte, kv *kvv1.KeyValue) []byte {
	b = wire.AppendBytes(b, wire.KVKey, kv.Key)
	b = wire.AppendBytes(b, wire.KVValue, kv.Value)
	b = wire.AppendUint(b, wire.KVCreated, kv.CreateRevision)
	b = wire.AppendUint(b, wire.KVChanged, kv.ModRevision)
	b = wire.AppendUint(b, wire.KVVersion, kv.Version)
	return wire.AppendUint(b, wire.KVLease, kv.Lease)
}
