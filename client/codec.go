package client

import (
	"fmt"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"

	"kv/proto/wire"
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
	calls := m.calls
	buffers := mem.BufferSlice{mem.NewBuffer(&calls, &room)}
	if m.cluster != "" {
		head := protowire.AppendTag(nil, wire.RequestCluster, protowire.BytesType)
		buffers = append(buffers, mem.SliceBuffer(protowire.AppendString(head, m.cluster)))
	}
	return buffers, nil
}

// Unmarshal implements encoding.CodecV2.
func (codec) Unmarshal(data mem.BufferSlice, v any) error {
	m, ok := v.(*incoming)
	if !ok {
		return fmt.Errorf("decode a message of a stream as a %T", v)
	}
	buffer := data.MaterializeToBuffer(wire.Buffers)
	err := m.decode(buffer)
	if err != nil {
		buffer.Free()
	}
	return err
}

// Name implements encoding.CodecV2: what is on the wire is what the others write.
func (codec) Name() string { return "proto" }
