package fsm

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
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

	fieldSession      = 1 // Stamp.session
	fieldSequence     = 2 // Stamp.sequence
	fieldAcknowledged = 3 // Stamp.acknowledged
	fieldOpened       = 4 // Stamp.opened
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
	body := sizeField(fieldKey, p.GetKey()) + sizeField(fieldValue, p.GetValue()) +
		sizeUint(fieldLease, p.GetLease()) + sizeUint(fieldTTL, p.GetTtlMs()) + sizeUint(fieldPrev, number(p.GetPrev()))
	b = appendHead(b, fieldPut, body, s)
	b = appendField(b, fieldKey, p.GetKey())
	b = appendField(b, fieldValue, p.GetValue())
	b = appendUint(b, fieldLease, p.GetLease())
	b = appendUint(b, fieldTTL, p.GetTtlMs())
	b = appendUint(b, fieldPrev, number(p.GetPrev()))
	return appendStamp(b, s)
}

// AppendDelete appends the deletion of a key; d has no range.
func AppendDelete(b []byte, d *kvv1.DeleteCommand, s *kvv1.Stamp) []byte {
	b = appendHead(b, fieldDelete, sizeField(fieldKey, d.GetKey())+sizeUint(fieldDeletePrev, number(d.GetPrev())), s)
	b = appendField(b, fieldKey, d.GetKey())
	b = appendUint(b, fieldDeletePrev, number(d.GetPrev()))
	return appendStamp(b, s)
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
	command := protowire.SizeTag(op) + protowire.SizeBytes(size)
	if s != nil {
		command += protowire.SizeTag(fieldStamp) + protowire.SizeBytes(sizeStamp(s))
	}
	b = protowire.AppendTag(b, fieldCommands, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(command))
	b = protowire.AppendTag(b, op, protowire.BytesType)
	return protowire.AppendVarint(b, uint64(size))
}

func appendStamp(b []byte, s *kvv1.Stamp) []byte {
	if s == nil {
		return b
	}
	b = protowire.AppendTag(b, fieldStamp, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(sizeStamp(s)))
	if s.GetSession() != 0 {
		b = protowire.AppendTag(b, fieldSession, protowire.Fixed64Type)
		b = protowire.AppendFixed64(b, s.GetSession())
	}
	b = appendUint(b, fieldSequence, s.GetSequence())
	b = appendUint(b, fieldAcknowledged, s.GetAcknowledged())
	return appendUint(b, fieldOpened, s.GetOpened())
}

func sizeStamp(s *kvv1.Stamp) int {
	n := sizeUint(fieldSequence, s.GetSequence()) + sizeUint(fieldAcknowledged, s.GetAcknowledged()) + sizeUint(fieldOpened, s.GetOpened())
	if s.GetSession() != 0 {
		n += protowire.SizeTag(fieldSession) + protowire.SizeFixed64()
	}
	return n
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

// appendUint appends a number as proto3 does: a 0 not at all.
func appendUint(b []byte, num protowire.Number, n uint64) []byte {
	if n == 0 {
		return b
	}
	return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), n)
}

func sizeUint(num protowire.Number, n uint64) int {
	if n == 0 {
		return 0
	}
	return protowire.SizeTag(num) + protowire.SizeVarint(n)
}

// number is a bool as protobuf encodes it.
func number(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
