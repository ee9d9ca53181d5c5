package fsm

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/wire"
)

// op is the kind of a decoded command.
type op uint8

const (
	opOther  op = iota // msg holds the command
	opPut              // of a key
	opDelete           // of a key
)

// command is a decoded command. key and value point into the entry's data.
type command struct {
	op         op
	prev       bool
	key, value []byte
	lease, ttl uint64
	stamp      stamp
	msg        *kvv1.Command
}

// modern tells that version 0.1.0 did not know the command.
func (c *command) modern() bool {
	if c.stamp.session != 0 || c.lease != 0 || c.ttl != 0 || c.prev {
		return true
	}
	switch c.msg.GetOp().(type) {
	case nil, *kvv1.Command_SetMember, *kvv1.Command_RemoveMember, *kvv1.Command_TermMarker, *kvv1.Command_SetCluster:
		return false
	}
	return true
}

// decodeBatch appends the commands of an entry to cmds. It takes the whole entry
// apart before any of it is applied, as an entry is applied fully or not at all.
//
// It accepts exactly what proto.Unmarshal of a kvv1.Batch accepts, less what
// this version does not understand: see checkKnown.
func decodeBatch(cmds []command, data []byte) ([]command, error) {
	for len(data) > 0 {
		num, typ, n := protowire.ConsumeTag(data)
		if n < 0 {
			return cmds, fmt.Errorf("%w: %w", ErrMalformed, protowire.ParseError(n))
		}
		if num != fieldCommands || typ != protowire.BytesType {
			return cmds, fmt.Errorf("%w: field %d of the batch", ErrUnknownCommand, num)
		}
		body, m := protowire.ConsumeBytes(data[n:])
		if m < 0 {
			return cmds, fmt.Errorf("%w: %w", ErrMalformed, protowire.ParseError(m))
		}
		cmds = append(cmds, command{})
		if err := cmds[len(cmds)-1].decode(body); err != nil {
			return cmds, fmt.Errorf("command %d: %w", len(cmds)-1, err)
		}
		data = data[n+m:]
	}
	return cmds, nil
}

// decode reads puts and deletes of a key as AppendPut and AppendDelete write them
// by hand, without an allocation, and leaves everything else to protobuf.
func (c *command) decode(b []byte) error {
	if c.decodeHot(b) {
		return nil
	}
	*c = command{}
	return c.decodeMessage(b)
}

// decodeHot reads a put or a delete, and a stamp behind it if there is one.
func (c *command) decodeHot(b []byte) bool {
	num, body, rest := cutField(b)
	switch {
	case num == fieldPut:
		c.op = opPut
	case num == fieldDelete:
		c.op = opDelete
	default:
		return false
	}
	if !eachField(body, c.hotField) {
		return false
	}
	if len(rest) == 0 {
		return true
	}
	num, body, rest = cutField(rest)
	return num == fieldStamp && len(rest) == 0 && eachField(body, c.stamp.field)
}

// hotField takes a field of a put or a delete.
func (c *command) hotField(f wire.Field) bool {
	switch {
	case f.Num == fieldKey && f.Typ == protowire.BytesType:
		c.key = f.Bytes
	case c.op == opDelete:
		c.prev = f.Number != 0
		return f.Num == fieldDeletePrev && f.Typ == protowire.VarintType
	case f.Num == fieldValue && f.Typ == protowire.BytesType:
		c.value = f.Bytes
	case f.Typ != protowire.VarintType:
		return false
	case f.Num == fieldLease:
		c.lease = f.Number
	case f.Num == fieldTTL:
		c.ttl = f.Number
	case f.Num == fieldPrev:
		c.prev = f.Number != 0
	default:
		return false
	}
	return true
}

// field takes a field of a stamp.
func (s *stamp) field(f wire.Field) bool {
	switch {
	case f.Num == wire.StampSession && f.Typ == protowire.Fixed64Type:
		s.session = f.Number
	case f.Typ != protowire.VarintType:
		return false
	case f.Num == wire.StampSequence:
		s.sequence = f.Number
	case f.Num == wire.StampAcknowledged:
		s.acknowledged = f.Number
	case f.Num == wire.StampOpened:
		s.opened = f.Number
	default:
		return false
	}
	return true
}

// decodeMessage reads any command, whatever way it is encoded.
func (c *command) decodeMessage(b []byte) error {
	msg := new(kvv1.Command)
	if err := proto.Unmarshal(b, msg); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if err := checkKnown(msg); err != nil {
		return err
	}
	if s := msg.GetStamp(); s != nil {
		c.stamp = stamp{s.GetSession(), s.GetSequence(), s.GetAcknowledged(), s.GetOpened()}
	}
	switch op := msg.GetOp().(type) {
	case *kvv1.Command_Put:
		c.op, c.key, c.value = opPut, op.Put.GetKey(), op.Put.GetValue()
		c.lease, c.ttl, c.prev = op.Put.GetLease(), op.Put.GetTtlMs(), op.Put.GetPrev()
		return nil
	case *kvv1.Command_Delete:
		if op.Delete.GetRange() == nil {
			c.op, c.key, c.prev = opDelete, op.Delete.GetKey(), op.Delete.GetPrev()
			return nil
		}
	}
	c.msg = msg
	return nil
}
