package rpc

import (
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // registers what codec stands on
	"google.golang.org/grpc/mem"

	kvv1 "kv/proto/kv/v1"
)

// codec is gRPC's own for all messages but those of a stream, most of which it takes
// apart and puts together by itself (decode.go, encode.go).
type codec struct{ encoding.CodecV2 }

func newCodec() codec { return codec{encoding.GetCodecV2("proto")} }

// Unmarshal implements encoding.CodecV2.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	if m, ok := v.(*kvv1.StreamRequest); ok && decodeRequest(data.Materialize(), m) {
		return nil
	}
	return c.CodecV2.Unmarshal(data, v)
}

// Marshal implements encoding.CodecV2.
func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	m, ok := v.(*kvv1.StreamResponse)
	if !ok {
		return c.CodecV2.Marshal(v)
	}
	pool := mem.DefaultBufferPool()
	room := pool.Get(sizeResponse(m))
	data, err := appendResponse((*room)[:0], m)
	if err != nil {
		pool.Put(room)
		return nil, err
	}
	*room = data
	return mem.BufferSlice{mem.NewBuffer(room, pool)}, nil
}
