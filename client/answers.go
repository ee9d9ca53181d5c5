package client

import (
	"errors"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/wire"
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
		var f wire.Field
		n := f.Cut(data)
		if n <= 0 {
			return errMalformed
		}
		data = data[n:]
		switch {
		case f.Is(wire.ResponseHeader, protowire.BytesType):
			if m.header == nil {
				m.header = new(kvv1.Header)
			}
			if err := (proto.UnmarshalOptions{Merge: true}).Unmarshal(f.Bytes, m.header); err != nil {
				return err
			}
		case f.Is(wire.ResponseAnswers, protowire.BytesType):
			m.answers = append(m.answers, answer{})
			if err := m.answers[len(m.answers)-1].decode(f.Bytes); err != nil {
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
		a.kind = wire.AnswerPut
	case *kvv1.Answer_Get:
		a.kind = wire.AnswerGet
	case *kvv1.Answer_Delete:
		a.kind = wire.AnswerDelete
	case *kvv1.Answer_Txn:
		a.kind = wire.AnswerTxn
	case *kvv1.Answer_Failure:
		a.kind = wire.AnswerFailure
	}
	return nil
}

// plain decodes what most answers are. It reports false for any other.
func (a *answer) plain(data []byte) bool {
	ok := wire.Each(data, func(f wire.Field) bool {
		switch {
		case f.Is(wire.AnswerID, protowire.VarintType):
			a.id = f.Number
		case f.Is(wire.AnswerRevision, protowire.VarintType):
			a.revision = f.Number
		case f.Is(wire.AnswerApplied, protowire.VarintType):
			a.applied = f.Number
		case f.Is(wire.AnswerPut, protowire.BytesType) && a.kind == 0 && len(f.Bytes) == 0:
			a.kind = wire.AnswerPut
		case f.Is(wire.AnswerGet, protowire.BytesType) && a.kind == 0 && a.got(f.Bytes):
			a.kind = wire.AnswerGet
		default:
			return false
		}
		return true
	})
	return ok && a.kind != 0
}

// got decodes a GetResponse that has a pair or nothing.
func (a *answer) got(data []byte) bool {
	if len(data) == 0 {
		return true
	}
	var f wire.Field
	n := f.Cut(data)
	a.found = true
	return n == len(data) && f.Is(wire.GotKV, protowire.BytesType) && a.pair.decode(f.Bytes)
}

func (p *pair) decode(data []byte) bool {
	return wire.Each(data, func(f wire.Field) bool {
		switch {
		case f.Is(wire.KVKey, protowire.BytesType):
			p.key = f.Bytes
		case f.Is(wire.KVValue, protowire.BytesType):
			p.value = f.Bytes
		case f.Is(wire.KVCreated, protowire.VarintType):
			p.created = f.Number
		case f.Is(wire.KVChanged, protowire.VarintType):
			p.changed = f.Number
		case f.Is(wire.KVVersion, protowire.VarintType):
			p.version = f.Number
		case f.Is(wire.KVLease, protowire.VarintType):
			p.lease = f.Number
		default:
			return false
		}
		return true
	})
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
