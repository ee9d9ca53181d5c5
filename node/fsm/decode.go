package fsm

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	kvv1 "kv/proto/kv/v1"
)

// op is the kind of a decoded command.
type op uint8

const (
	opOther op = iota // msg holds the command
	opPut
	opDelete
)

// command is a decoded command. key and value point into the entry's data.
type command struct {
	op         op
	key, value []byte
	msg        *kvv1.Command
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
		c, err := decodeCommand(body)
		if err != nil {
			return cmds, fmt.Errorf("command %d: %w", len(cmds), err)
		}
		cmds = append(cmds, c)
		data = data[n+m:]
	}
	return cmds, nil
}

// decodeCommand reads puts and deletes as AppendPut and AppendDelete write them
// by hand, without an allocation, and leaves everything else to protobuf.
func decodeCommand(b []byte) (command, error) {
	if num, body, rest := cutField(b); len(rest) == 0 {
		switch c, ok := decodeHot(body); {
		case ok && num == fieldPut:
			c.op = opPut
			return c, nil
		case ok && num == fieldDelete && c.value == nil:
			c.op = opDelete
			return c, nil
		}
	}
	return decodeMessage(b)
}

// decodeHot reads a message of a key and a value, each there once at most.
func decodeHot(b []byte) (c command, ok bool) {
	for len(b) > 0 {
		num, v, rest := cutField(b)
		switch {
		case num == fieldKey && c.key == nil:
			c.key = v
		case num == fieldValue && c.value == nil:
			c.value = v
		default:
			return c, false
		}
		b = rest
	}
	return c, true
}

// cutField cuts the first field off b, if it is one of bytes; num is 0 if not.
// v is never nil then.
func cutField(b []byte) (num protowire.Number, v, rest []byte) {
	num, typ, n := protowire.ConsumeTag(b)
	if n < 0 || typ != protowire.BytesType {
		return 0, nil, b
	}
	v, m := protowire.ConsumeBytes(b[n:])
	if m < 0 {
		return 0, nil, b
	}
	return num, v[:len(v):len(v)], b[n+m:]
}

// decodeMessage reads any command, whatever way it is encoded.
func decodeMessage(b []byte) (command, error) {
	msg := new(kvv1.Command)
	if err := proto.Unmarshal(b, msg); err != nil {
		return command{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if err := checkKnown(msg); err != nil {
		return command{}, err
	}
	switch {
	case msg.GetPut() != nil:
		return command{op: opPut, key: msg.GetPut().GetKey(), value: msg.GetPut().GetValue()}, nil
	case msg.GetDelete() != nil:
		return command{op: opDelete, key: msg.GetDelete().GetKey()}, nil
	}
	return command{msg: msg}, nil
}

// checkKnown refuses a command that this version understands only in part. A
// newer member may have meant anything by an operation or a field that is
// unknown here, and one that skips it holds another state from then on.
func checkKnown(c *kvv1.Command) error {
	if c.GetOp() == nil {
		return fmt.Errorf("%w: no known operation", ErrUnknownCommand)
	}
	return checkFields(c.ProtoReflect())
}

// checkFields looks for unknown fields in m and the messages within. The
// messages of a log entry hold neither lists nor maps.
func checkFields(m protoreflect.Message) (err error) {
	if len(m.GetUnknown()) > 0 {
		return fmt.Errorf("%w: unknown field in %s", ErrUnknownCommand, m.Descriptor().Name())
	}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if fd.Message() != nil {
			err = checkFields(v.Message())
		}
		return err == nil
	})
	return err
}
