package client

import (
	"fmt"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// codec encodes the messages of a stream. The calls in them are encoded already.
type codec struct{}

// outgoing is a StreamRequest.
type outgoing struct {
	cluster string
	calls   []byte // as fields of the message
}

// Marshal implements encoding.CodecV2.
func (codec) Marshal(v any) (mem.BufferSlice, error) {
	m, ok := v.(outgoing)
	if !ok {
		return nil, fmt.Errorf("encode a %T as a message of a stream", v)
	}
	buffers := mem.BufferSlice{mem.SliceBuffer(m.calls)}
	if m.cluster != "" {
		head := protowire.AppendTag(nil, fieldCluster, protowire.BytesType)
		buffers = append(buffers, mem.SliceBuffer(protowire.AppendString(head, m.cluster)))
	}
	return buffers, nil
}

// Unmarshal implements encoding.CodecV2.
func (codec) Unmarshal(data mem.BufferSlice, v any) error {
	m, ok := v.(proto.Message)
	if !ok {
		return fmt.Errorf("decode a message of a stream as a %T", v)
	}
	buf := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer buf.Free()
	return proto.Unmarshal(buf.ReadOnlyData(), m)
}

// Name implements encoding.CodecV2: what is on the wire is what the others write.
func (codec) Name() string { return "proto" }
