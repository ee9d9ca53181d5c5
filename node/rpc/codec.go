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
	return wire.Encode(sizeResponse(m), func(room []byte) ([]byte, error) { return appendResponse(room, m) })
}
