// Package wire is what the packages share that encode and decode messages of
// proto/kv/v1 where gRPC's own way costs too much: a codec with rooms of its own for
// what is encoded, and for messages that are taken apart by hand the fields, their
// numbers, and the stamp of a write. What it writes is what protobuf writes. What a
// prefix is as a range of keys is said here, too, for both ends.
package wire

import "google.golang.org/protobuf/encoding/protowire"

// Field is one field of a message.
type Field struct {
	Num protowire.Number
	Typ protowire.Type
	// Bytes is the value of a field of bytes, a part of the message.
	Bytes []byte
	// Number is the value of a varint or a fixed64.
	Number uint64
}

// Is reports whether the field has that number and that type.
func (f *Field) Is(num protowire.Number, typ protowire.Type) bool {
	return f.Num == num && f.Typ == typ
}

// Cut takes the first field off data, and returns how many bytes it has, below 1 if
// it is malformed. A field of another type than those of Field has no value.
func (f *Field) Cut(data []byte) int {
	num, typ, head := protowire.ConsumeTag(data)
	if head < 0 || num > protowire.MaxValidNumber {
		return -1
	}
	*f = Field{Num: num, Typ: typ}
	var body int
	switch typ {
	case protowire.VarintType:
		f.Number, body = protowire.ConsumeVarint(data[head:])
	case protowire.Fixed64Type:
		f.Number, body = protowire.ConsumeFixed64(data[head:])
	case protowire.BytesType:
		f.Bytes, body = protowire.ConsumeBytes(data[head:])
		f.Bytes = f.Bytes[:len(f.Bytes):len(f.Bytes)]
	default:
		body = protowire.ConsumeFieldValue(num, typ, data[head:])
	}
	if body < 0 {
		return body
	}
	return head + body
}

// Each calls take with the fields of a message until it reports false. It reports
// whether all were taken, and well formed.
func Each(data []byte, take func(Field) bool) bool {
	for len(data) > 0 {
		var f Field
		n := f.Cut(data)
		if n <= 0 || !take(f) {
			return false
		}
		data = data[n:]
	}
	return true
}

// AppendHead appends what comes before a field of size bytes.
func AppendHead(b []byte, num protowire.Number, size int) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.BytesType), uint64(size))
}

// SizeHeaded is the size of a field of size bytes, with what comes before it.
func SizeHeaded(num protowire.Number, size int) int {
	return protowire.SizeTag(num) + protowire.SizeBytes(size)
}

// AppendBytes appends a field of bytes as proto3 does: an empty one not at all.
func AppendBytes[T string | []byte](b []byte, num protowire.Number, v T) []byte {
	if len(v) == 0 {
		return b
	}
	return append(AppendHead(b, num, len(v)), v...)
}

// SizeBytes is how many bytes AppendBytes appends.
func SizeBytes[T string | []byte](num protowire.Number, v T) int {
	if len(v) == 0 {
		return 0
	}
	return SizeHeaded(num, len(v))
}

// AppendUint appends a number as proto3 does: a 0 not at all.
func AppendUint(b []byte, num protowire.Number, n uint64) []byte {
	if n == 0 {
		return b
	}
	return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), n)
}

// SizeUint is how many bytes AppendUint appends.
func SizeUint(num protowire.Number, n uint64) int {
	if n == 0 {
		return 0
	}
	return protowire.SizeTag(num) + protowire.SizeVarint(n)
}
