package fsm

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/wire"
)

// Field numbers of log.proto and kv.proto that the hand-written paths know. A test
// holds them against the generated code.
const (
	fieldCommands = 1  // Batch.commands
	fieldPut      = 1  // Command.put
	fieldDelete   = 2  // Command.delete
	fieldMarker   = 5  // Command.term_marker
	fieldStamp    = 15 // Command.stamp

	fieldKey   = 1 // PutCommand.key, DeleteCommand.key
	fieldValue = 2 // PutCommand.value
	fieldLease = 3 // PutCommand.lease
	fieldTTL   = 4 // PutCommand.ttl_ms
	fieldPrev  = 5 // PutCommand.prev

	fieldDeletePrev = 3 // DeleteCommand.prev
)

// The Append functions add one command to a Batch, which is on the wire a mere
// concatenation: what two members of a queue encoded may be joined.
//
//	Batch    ╎ 0x0a len Command ╎ 0x0a len Command ╎ …
//	Command  ╎ op<<3|2 len PutCommand ╎ 0x7a len Stamp ╎
//	Put      ╎ 0x0a len key ╎ 0x12 len value ╎ …     an empty field is left out
//
// They return the extended slice and keep none of their arguments. A nil stamp is
// none.

// AppendPut appends a put.
func AppendPut(b []byte, p *kvv1.PutCommand, s *kvv1.Stamp) []byte {
	body := wire.SizeBytes(fieldKey, p.GetKey()) + wire.SizeBytes(fieldValue, p.GetValue()) +
		wire.SizeUint(fieldLease, p.GetLease()) + wire.SizeUint(fieldTTL, p.GetTtlMs()) + wire.SizeUint(fieldPrev, protowire.EncodeBool(p.GetPrev()))
	b = appendHead(b, fieldPut, body, s)
	b = wire.AppendBytes(b, fieldKey, p.GetKey())
	b = wire.AppendBytes(b, fieldValue, p.GetValue())
	b = wire.AppendUint(b, fieldLease, p.GetLease())
	b = wire.AppendUint(b, fieldTTL, p.GetTtlMs())
	b = wire.AppendUint(b, fieldPrev, protowire.EncodeBool(p.GetPrev()))
	return wire.AppendStamp(b, fieldStamp, s)
}

// AppendDelete appends the deletion of a key; d has no range.
func AppendDelete(b []byte, d *kvv1.DeleteCommand, s *kvv1.Stamp) []byte {
	b = appendHead(b, fieldDelete, wire.SizeBytes(fieldKey, d.GetKey())+wire.SizeUint(fieldDeletePrev, protowire.EncodeBool(d.GetPrev())), s)
	b = wire.AppendBytes(b, fieldKey, d.GetKey())
	b = wire.AppendUint(b, fieldDeletePrev, protowire.EncodeBool(d.GetPrev()))
	return wire.AppendStamp(b, fieldStamp, s)
}

// AppendTermMarker appends a TermMarkerCommand.
func AppendTermMarker(b []byte) []byte {
	return appendHead(b, fieldMarker, 0, nil)
}

// AppendCommand appends any command. It refuses what would stop every member
// that applies it: a command without an operation, with unknown fields or numbers
// that stand for nothing, or with a string that is not UTF-8. On an error b is as
// it was.
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
func appendHead(b []byte, op protowire.Number, size int, s *kvv1.Stamp) []byte {
	b = wire.AppendHead(b, fieldCommands, wire.SizeHeaded(op, size)+wire.SizeStamp(fieldStamp, s))
	return wire.AppendHead(b, op, size)
}
