package rpc

import (
	"google.golang.org/grpc/mem"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/wire"
)

// codec is protobuf's for all messages but those of a stream, most of which it takes
// apart and puts together by itself (decode.go, encode.go).
type codec struct{ wire.Codec }

// Unmarshal implements encoding.CodecV2.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	if m, ok := v.(*kvv1.StreamRequest); ok && decodeRequest(data.Materialize(), m) {
		return nil
	}
	return c.Codec.Unmarshal(data, v)
}

// Marshal implements encoding.CodecV2.
func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	m, ok := v.(*kvv1.StreamResponse)
	if !ok {
		return c.Codec.Marshal(v)
	}
	room := wire.Buffers.Get(sizeResponse(m))
	data, err := appendResponse((*room)[:0], m)
	if err != nil {
		wire.Buffers.Put(room)
		return nil, err
	}
	*room = data
	return mem.BufferSlice{mem.NewBuffer(room, wire.Buffers)}, nil
}
