package client

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/wire"
)

// sizeRequest is how many bytes a request has.
func sizeRequest(req proto.Message) int {
	switch r := req.(type) {
	case *kvv1.PutRequest:
		return sizePut(r)
	case *kvv1.GetRequest:
		return wire.SizeBytes(wire.GetKey, r.Key) + wire.SizeUint(wire.GetConsistency, uint64(r.Consistency)) + wire.SizeUint(wire.GetRevision, r.Revision)
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
		b = wire.AppendBytes(b, wire.GetKey, r.Key)
		b = wire.AppendUint(b, wire.GetConsistency, uint64(r.Consistency))
		return wire.AppendUint(b, wire.GetRevision, r.Revision), nil
	default:
		return proto.MarshalOptions{UseCachedSize: true}.MarshalAppend(b, req)
	}
}

func sizePut(r *kvv1.PutRequest) int {
	n := wire.SizeBytes(wire.PutKey, r.Key) + wire.SizeBytes(wire.PutValue, r.Value) + wire.SizeUint(wire.PutPrev, protowire.EncodeBool(r.Prev)) +
		wire.SizeUint(wire.PutLease, r.Lease) + wire.SizeUint(wire.PutTTL, r.TtlMs)
	if r.IfModRevision != nil { // which may be 0
		n += protowire.SizeTag(wire.PutIf) + protowire.SizeVarint(*r.IfModRevision)
	}
	return n + wire.SizeStamp(wire.PutStamp, r.Stamp)
}

func appendPut(b []byte, r *kvv1.PutRequest) []byte {
	b = wire.AppendBytes(b, wire.PutKey, r.Key)
	b = wire.AppendBytes(b, wire.PutValue, r.Value)
	if r.IfModRevision != nil {
		b = protowire.AppendVarint(protowire.AppendTag(b, wire.PutIf, protowire.VarintType), *r.IfModRevision)
	}
	b = wire.AppendUint(b, wire.PutPrev, protowire.EncodeBool(r.Prev))
	b = wire.AppendUint(b, wire.PutLease, r.Lease)
	b = wire.AppendUint(b, wire.PutTTL, r.TtlMs)
	return wire.AppendStamp(b, wire.PutStamp, r.Stamp)
}
