package rpc

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
)

const (
	fieldHeader  = 1 // StreamResponse.header
	fieldAnswers = 2 // StreamResponse.answers

	fieldAnswerID       = 1 // Answer.id
	fieldAnswerRevision = 2 // Answer.revision
	fieldAnswerApplied  = 3 // Answer.applied_index
	fieldAnswerPut      = 4 // Answer.put
	fieldAnswerGet      = 5 // Answer.get

	fieldGetKV = 2 // GetResponse.kv

	fieldKVKey     = 1 // KeyValue.key
	fieldKVValue   = 2 // KeyValue.value
	fieldKVCreated = 3 // KeyValue.create_revision
	fieldKVChanged = 4 // KeyValue.mod_revision
	fieldKVVersion = 5 // KeyValue.version
	fieldKVLease   = 6 // KeyValue.lease
)

// sizeResponse is how many bytes a message of answers has.
func sizeResponse(m *kvv1.StreamResponse) int {
	n := 0
	if m.Header != nil {
		n = sizeBytes(fieldHeader, proto.Size(m.Header))
	}
	for _, a := range m.Answers {
		n += sizeBytes(fieldAnswers, sizeAnswer(a))
	}
	return n
}

// appendResponse appends a message whose size sizeResponse has just told.
func appendResponse(b []byte, m *kvv1.StreamResponse) (_ []byte, err error) {
	if m.Header != nil {
		b = appendHead(b, fieldHeader, proto.Size(m.Header))
		if b, err = (proto.MarshalOptions{}).MarshalAppend(b, m.Header); err != nil {
			return nil, err
		}
	}
	for _, a := range m.Answers {
		b = appendHead(b, fieldAnswers, sizeAnswer(a))
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
	n := sizeUint(fieldAnswerID, a.Id) + sizeUint(fieldAnswerRevision, a.Revision) + sizeUint(fieldAnswerApplied, a.AppliedIndex)
	switch {
	case done:
		return n + sizeBytes(fieldAnswerPut, 0)
	case got != nil:
		return n + sizeBytes(fieldAnswerGet, sizeGot(got))
	default:
		return proto.Size(a)
	}
}

func appendAnswer(b []byte, a *kvv1.Answer) ([]byte, error) {
	done, got := plain(a)
	if !done && got == nil {
		return proto.MarshalOptions{}.MarshalAppend(b, a)
	}
	b = appendUint(b, fieldAnswerID, a.Id)
	b = appendUint(b, fieldAnswerRevision, a.Revision)
	b = appendUint(b, fieldAnswerApplied, a.AppliedIndex)
	if done {
		return appendHead(b, fieldAnswerPut, 0), nil
	}
	b = appendHead(b, fieldAnswerGet, sizeGot(got))
	if got.Kv == nil {
		return b, nil
	}
	b = appendHead(b, fieldGetKV, sizePair(got.Kv))
	return appendPair(b, got.Kv), nil
}

func sizeGot(r *kvv1.GetResponse) int {
	if r.Kv == nil {
		return 0
	}
	return sizeBytes(fieldGetKV, sizePair(r.Kv))
}

func sizePair(kv *kvv1.KeyValue) int {
	n := sizeUint(fieldKVCreated, kv.CreateRevision) + sizeUint(fieldKVChanged, kv.ModRevision) +
		sizeUint(fieldKVVersion, kv.Version) + sizeUint(fieldKVLease, kv.Lease)
	if len(kv.Key) > 0 {
		n += sizeBytes(fieldKVKey, len(kv.Key))
	}
	if len(kv.Value) > 0 {
		n += sizeBytes(fieldKVValue, len(kv.Value))
	}
	return n
}

func appendPair(b []byte, kv *kvv1.KeyValue) []byte {
	if len(kv.Key) > 0 {
		b = append(appendHead(b, fieldKVKey, len(kv.Key)), kv.Key...)
	}
	if len(kv.Value) > 0 {
		b = append(appendHead(b, fieldKVValue, len(kv.Value)), kv.Value...)
	}
	b = appendUint(b, fieldKVCreated, kv.CreateRevision)
	b = appendUint(b, fieldKVChanged, kv.ModRevision)
	b = appendUint(b, fieldKVVersion, kv.Version)
	return appendUint(b, fieldKVLease, kv.Lease)
}

// appendHead appends what comes before a field of size bytes.
func appendHead(b []byte, num protowire.Number, size int) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.BytesType), uint64(size))
}

// sizeBytes is the size of such a field with its head.
func sizeBytes(num protowire.Number, size int) int {
	return protowire.SizeTag(num) + protowire.SizeBytes(size)
}

func appendUint(b []byte, num protowire.Number, n uint64) []byte {
	if n == 0 {
		return b
	}
	return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), n)
}

func sizeUint(num protowire.Number, n uint64) int {
	if n == 0 {
		return 0
	}
	return protowire.SizeTag(num) + protowire.SizeVarint(n)
}
