package wire

import (
	"fmt"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"
)

// Codec is gRPC's codec for protobuf over Buffers.
type Codec struct{}

// Marshal implements encoding.CodecV2.
func (Codec) Marshal(v any) (mem.BufferSlice, error) {
	m, ok := v.(proto.Message)
	if !ok {
		return nil, fmt.Errorf("encode a %T, which is no message", v)
	}
	size := proto.Size(m)
	options := proto.MarshalOptions{UseCachedSize: true}
	if mem.IsBelowBufferPoolingThreshold(size) {
		data, err := options.Marshal(m)
		return mem.BufferSlice{mem.SliceBuffer(data)}, err
	}
	room := Buffers.Get(size)
	data, err := options.MarshalAppend((*room)[:0], m)
	if err != nil {
		Buffers.Put(room)
		return nil, err
	}
	*room = data
	return mem.BufferSlice{mem.NewBuffer(room, Buffers)}, nil
}

// Unmarshal implements encoding.CodecV2.
func (Codec) Unmarshal(data mem.BufferSlice, v any) error {
	m, ok := v.(proto.Message)
	if !ok {
		return fmt.Errorf("decode a %T, which is no message", v)
	}
	buffer := data.MaterializeToBuffer(Buffers)
	defer buffer.Free()
	return proto.Unmarshal(buffer.ReadOnlyData(), m)
}

// Name implements encoding.CodecV2.
func (Codec) Name() string { return "proto" }
