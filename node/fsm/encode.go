package fsm

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
)

// Field numbers of log.proto that the hand-written paths know. A test holds
// them against the generated code.
const (
	fieldCommands = 1 // Batch.commands
	fieldPut      = 1 // Command.put
	fieldDelete   = 2 // Command.delete
	fieldMarker   = 5 // Command.term_marker
	fieldKey      = 1 // PutCommand.key, DeleteCommand.key
	fieldValue    = 2 // PutCommand.value
)

// The Append functions add one command to a Batch, which is on the wire a mere
// concatenation: what two members of a queue encoded may be joined.
//
//	Batch    ╎ 0x0a len Command ╎ 0x0a len Command ╎ …
//	Command  ╎ op<<3|2 len PutCommand ╎
//	Put      ╎ 0x0a len key ╎ 0x12 len value ╎      an empty field is left out
//
// They return the extended slice and keep none of their arguments.

// AppendPut appends a PutCommand.
func AppendPut(b, key, value []byte) []byte {
	body := sizeField(fieldKey, key) + sizeField(fieldValue, value)
	b = appendHead(b, fieldPut, body)
	b = appendField(b, fieldKey, key)
	return appendField(b, fieldValue, value)
}

// AppendDelete appends a DeleteCommand.
func AppendDelete(b, key []byte) []byte {
	b = appendHead(b, fieldDelete, sizeField(fieldKey, key))
	return appendField(b, fieldKey, key)
}

// AppendTermMarker appends a TermMarkerCommand.
func AppendTermMarker(b []byte) []byte {
	return appendHead(b, fieldMarker, 0)
}

// AppendCommand appends any command. It refuses what would stop every member
// that applies it: a command without an operation, with unknown fields, or with
// a string that is not UTF-8. On an error b is as it was.
func AppendCommand(b []byte, c *kvv1.Command) ([]byte, error) {
	if err := checkKnown(c); err != nil {
		return b, fmt.Errorf("encode command: %w", err)
	}
	body, err := proto.Marshal(c)
	if err != nil {
		return b, fmt.Errorf("encode command: %w", err)
	}
	b = protowire.AppendTag(b, fieldCommands, protowire.BytesType)
	return protowire.AppendBytes(b, body), nil
}

// appendHead opens a command whose operation has size bytes.
func appendHead(b []byte, op protowire.Number, size int) []byte {
	b = protowire.AppendTag(b, fieldCommands, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(protowire.SizeTag(op)+protowire.SizeBytes(size)))
	b = protowire.AppendTag(b, op, protowire.BytesType)
	return protowire.AppendVarint(b, uint64(size))
}

// appendField appends a bytes field as proto3 does: an empty one not at all.
func appendField[T string | []byte](b []byte, num protowire.Number, v T) []byte {
	if len(v) == 0 {
		return b
	}
	b = protowire.AppendTag(b, num, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(len(v)))
	return append(b, v...)
}

func sizeField[T string | []byte](num protowire.Number, v T) int {
	if len(v) == 0 {
		return 0
	}
	return protowire.SizeTag(num) + protowire.SizeBytes(len(v))
}
