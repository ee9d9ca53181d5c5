package client

import (
	"errors"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
)

// Field numbers of kv.proto that are decoded by hand.
const (
	fieldHeader  = 1 // StreamResponse.header
	fieldAnswers = 2 // StreamResponse.answers

	fieldAnswerID       = 1 // Answer.id
	fieldAnswerRevision = 2 // Answer.revision
	fieldAnswerApplied  = 3 // Answer.applied_index
	fieldAnswerPut      = 4 // Answer.put
	fieldAnswerGet      = 5 // Answer.get
	fieldAnswerDelete   = 6 // Answer.delete
	fieldAnswerTxn      = 7 // Answer.txn
	fieldAnswerFailure  = 8 // Answer.failure

	fieldGetKV = 2 // GetResponse.kv

	fieldKVKey     = 1 // KeyValue.key
	fieldKVValue   = 2 // KeyValue.value
	fieldKVCreated = 3 // KeyValue.create_revision
	fieldKVChanged = 4 // KeyValue.mod_revision
	fieldKVVersion = 5 // KeyValue.version
	fieldKVLease   = 6 // KeyValue.lease
)

// incoming is a StreamResponse. It is used for one message after the other.
type incoming struct {
	buffer  mem.Buffer // of which answers have parts
	header  *kvv1.Header
	answers []answer
}

// answer is an Answer.
type answer struct {
	id, revision, applied uint64
	kind                  int // the field of Answer that it is
	// found: a Get has found pair.
	found bool
	pair  pair
	// whole is the message if it is not such a Get, nor a Put with nothing to tell.
	whole *kvv1.Answer
}

// pair is a KeyValue, in the buffer of its message.
type pair struct {
	key, value                       []byte
	created, changed, version, lease uint64
}

var errMalformed = errors.New("malformed message of a stream")

// decode takes over the buffer.
func (m *incoming) decode(buffer mem.Buffer) error {
	m.buffer, m.header = buffer, nil
	clear(m.answers)
	m.answers = m.answers[:0]
	for data := buffer.ReadOnlyData(); len(data) > 0; {
		f, n := nextField(data)
		if n <= 0 {
			return errMalformed
		}
		data = data[n:]
		switch {
		case f.is(fieldHeader, protowire.BytesType):
			if m.header == nil {
				m.header = new(kvv1.Header)
			}
			if err := (proto.UnmarshalOptions{Merge: true}).Unmarshal(f.bytes, m.header); err != nil {
				return err
			}
		case f.is(fieldAnswers, protowire.BytesType):
			m.answers = append(m.answers, answer{})
			if err := m.answers[len(m.answers)-1].decode(f.bytes); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *answer) decode(data []byte) error {
	if a.plain(data) {
		return nil
	}
	*a = answer{whole: new(kvv1.Answer)}
	if err := proto.Unmarshal(data, a.whole); err != nil {
		return err
	}
	a.id, a.revision, a.applied = a.whole.GetId(), a.whole.GetRevision(), a.whole.GetAppliedIndex()
	switch a.whole.GetResult().(type) {
	case *kvv1.Answer_Put:
		a.kind = fieldAnswerPut
	case *kvv1.Answer_Get:
		a.kind = fieldAnswerGet
	case *kvv1.Answer_Delete:
		a.kind = fieldAnswerDelete
	case *kvv1.Answer_Txn:
		a.kind = fieldAnswerTxn
	case *kvv1.Answer_Failure:
		a.kind = fieldAnswerFailure
	}
	return nil
}

// plain decodes what most answers are. It reports false for any other.
func (a *answer) plain(data []byte) bool {
	for len(data) > 0 {
		f, n := nextField(data)
		if n <= 0 {
			return false
		}
		data = data[n:]
		switch {
		case f.is(fieldAnswerID, protowire.VarintType):
			a.id = f.number
		case f.is(fieldAnswerRevision, protowire.VarintType):
			a.revision = f.number
		case f.is(fieldAnswerApplied, protowire.VarintType):
			a.applied = f.number
		case f.is(fieldAnswerPut, protowire.BytesType) && a.kind == 0 && len(f.bytes) == 0:
			a.kind = fieldAnswerPut
		case f.is(fieldAnswerGet, protowire.BytesType) && a.kind == 0 && a.got(f.bytes):
			a.kind = fieldAnswerGet
		default:
			return false
		}
	}
	return a.kind != 0
}

// got decodes a GetResponse that has a pair or nothing.
func (a *answer) got(data []byte) bool {
	if len(data) == 0 {
		return true
	}
	f, n := nextField(data)
	a.found = true
	return n == len(data) && f.is(fieldGetKV, protowire.BytesType) && a.pair.decode(f.bytes)
}

func (p *pair) decode(data []byte) bool {
	for len(data) > 0 {
		f, n := nextField(data)
		if n <= 0 {
			return false
		}
		data = data[n:]
		switch {
		case f.is(fieldKVKey, protowire.BytesType):
			p.key = f.bytes
		case f.is(fieldKVValue, protowire.BytesType):
			p.value = f.bytes
		case f.is(fieldKVCreated, protowire.VarintType):
			p.created = f.number
		case f.is(fieldKVChanged, protowire.VarintType):
			p.changed = f.number
		case f.is(fieldKVVersion, protowire.VarintType):
			p.version = f.number
		case f.is(fieldKVLease, protowire.VarintType):
			p.lease = f.number
		default:
			return false
		}
	}
	return true
}

// keyValue copies the pair out of the buffer. key is the one that was asked for.
func (p *pair) keyValue(key string) *KeyValue {
	kv := &KeyValue{Key: key, CreateRevision: p.created, ModRevision: p.changed, Version: p.version, Lease: LeaseID(p.lease)}
	if string(p.key) != key {
		kv.Key = string(p.key)
	}
	if len(p.value) > 0 {
		kv.Value = append([]byte(nil), p.value...)
	}
	return kv
}

// field is one field of a message: a number, bytes, or another type that no field
// here has.
type field struct {
	num    protowire.Number
	typ    protowire.Type
	number uint64
	bytes  []byte
}

func (f *field) is(num protowire.Number, typ protowire.Type) bool {
	return f.num == num && f.typ == typ
}

// nextField returns the first field of data and its size, below 0 if it is malformed.
func nextField(data []byte) (f field, size int) {
	num, typ, head := protowire.ConsumeTag(data)
	if head < 0 || num > protowire.MaxValidNumber {
		return f, -1
	}
	f.num, f.typ = num, typ
	var body int
	switch typ {
	case protowire.VarintType:
		f.number, body = protowire.ConsumeVarint(data[head:])
	case protowire.BytesType:
		f.bytes, body = protowire.ConsumeBytes(data[head:])
	default:
		body = protowire.ConsumeFieldValue(num, typ, data[head:])
	}
	if body < 0 {
		return f, body
	}
	return f, head + body
}
