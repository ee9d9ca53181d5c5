package client

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
)

// Field numbers of the requests that are encoded by hand.
const (
	fieldPutKey   = 1 // PutRequest.key
	fieldPutValue = 2 // PutRequest.value
	fieldPutIf    = 3 // PutRequest.if_mod_revision
	fieldPutPrev  = 4 // PutRequest.prev
	fieldPutLease = 5 // PutRequest.lease
	fieldPutTTL   = 6 // PutRequest.ttl_ms
	fieldPutStamp = 7 // PutRequest.stamp

	fieldGetKey         = 1 // GetRequest.key
	fieldGetConsistency = 2 // GetRequest.consistency
	fieldGetRevision    = 3 // GetRequest.revision

	fieldSession      = 1 // Stamp.session
	fieldSequence     = 2 // Stamp.sequence
	fieldAcknowledged = 3 // Stamp.acknowledged
	fieldOpened       = 4 // Stamp.opened
)

// sizeRequest is how many bytes a request has.
func sizeRequest(req proto.Message) int {
	switch r := req.(type) {
	case *kvv1.PutRequest:
		return sizePut(r)
	case *kvv1.GetRequest:
		return sizeBytes(fieldGetKey, r.Key) + sizeUint(fieldGetConsistency, uint64(r.Consistency)) + sizeUint(fieldGetRevision, r.Revision)
	default:
		return proto.Size(req)
	}
}

// appendRequest appends a request whose size sizeRequest has just told.
func appendRequest(b []byte, req proto.Message) ([]byte, error) {
	switch r := req.(type) {
	case *kvv1.PutRequest:
		return appendPut(b, r), nil
	case *kvv1.GetRequest:
		b = appendBytes(b, fieldGetKey, r.Key)
		b = appendUint(b, fieldGetConsistency, uint64(r.Consistency))
		return appendUint(b, fieldGetRevision, r.Revision), nil
	default:
		return proto.MarshalOptions{UseCachedSize: true}.MarshalAppend(b, req)
	}
}

func sizePut(r *kvv1.PutRequest) int {
	n := sizeBytes(fieldPutKey, r.Key) + sizeBytes(fieldPutValue, r.Value) + sizeUint(fieldPutPrev, number(r.Prev)) +
		sizeUint(fieldPutLease, r.Lease) + sizeUint(fieldPutTTL, r.TtlMs)
	if r.IfModRevision != nil { // which may be 0
		n += protowire.SizeTag(fieldPutIf) + protowire.SizeVarint(*r.IfModRevision)
	}
	if r.Stamp != nil {
		n += protowire.SizeTag(fieldPutStamp) + protowire.SizeBytes(sizeStamp(r.Stamp))
	}
	return n
}

func appendPut(b []byte, r *kvv1.PutRequest) []byte {
	b = appendBytes(b, fieldPutKey, r.Key)
	b = appendBytes(b, fieldPutValue, r.Value)
	if r.IfModRevision != nil {
		b = protowire.AppendVarint(protowire.AppendTag(b, fieldPutIf, protowire.VarintType), *r.IfModRevision)
	}
	b = appendUint(b, fieldPutPrev, number(r.Prev))
	b = appendUint(b, fieldPutLease, r.Lease)
	b = appendUint(b, fieldPutTTL, r.TtlMs)
	if r.Stamp == nil {
		return b
	}
	b = protowire.AppendTag(b, fieldPutStamp, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(sizeStamp(r.Stamp)))
	return appendStamp(b, r.Stamp)
}

func sizeStamp(s *kvv1.Stamp) int {
	n := sizeUint(fieldSequence, s.Sequence) + sizeUint(fieldAcknowledged, s.Acknowledged) + sizeUint(fieldOpened, s.Opened)
	if s.Session != 0 {
		n += protowire.SizeTag(fieldSession) + protowire.SizeFixed64()
	}
	return n
}

func appendStamp(b []byte, s *kvv1.Stamp) []byte {
	if s.Session != 0 {
		b = protowire.AppendFixed64(protowire.AppendTag(b, fieldSession, protowire.Fixed64Type), s.Session)
	}
	b = appendUint(b, fieldSequence, s.Sequence)
	b = appendUint(b, fieldAcknowledged, s.Acknowledged)
	return appendUint(b, fieldOpened, s.Opened)
}

func number(yes bool) uint64 {
	if yes {
		return 1
	}
	return 0
}

func sizeBytes(num protowire.Number, data []byte) int {
	if len(data) == 0 {
		return 0
	}
	return protowire.SizeTag(num) + protowire.SizeBytes(len(data))
}

func appendBytes(b []byte, num protowire.Number, data []byte) []byte {
	if len(data) == 0 {
		return b
	}
	return protowire.AppendBytes(protowire.AppendTag(b, num, protowire.BytesType), data)
}
