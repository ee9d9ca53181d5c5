package fsm

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/wire"
)

// eachField calls take with each field of a message. It reports false if take
// does, or if a field is malformed or there twice: protobuf then has the say.
func eachField(b []byte, take func(wire.Field) bool) bool {
	var seen uint64
	for len(b) > 0 {
		var f wire.Field
		n := f.Cut(b)
		if n < 0 || f.Num > 63 || seen&(1<<f.Num) != 0 || !take(f) {
			return false
		}
		seen |= 1 << f.Num
		b = b[n:]
	}
	return true
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

// checkKnown refuses a command that this version understands only in part. A
// newer member may have meant anything by an operation, a field or a number that
// is unknown here, and one that skips it holds another state from then on.
func checkKnown(c *kvv1.Command) error {
	if c.GetOp() == nil {
		return fmt.Errorf("%w: no known operation", ErrUnknownCommand)
	}
	return checkFields(c.ProtoReflect())
}

// checkFields looks for unknown fields, and for numbers that stand for nothing, in
// m and the messages within. The messages here hold no maps.
func checkFields(m protoreflect.Message) (err error) {
	if len(m.GetUnknown()) > 0 {
		return fmt.Errorf("%w: unknown field in %s", ErrUnknownCommand, m.Descriptor().Name())
	}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if !fd.IsList() {
			err = checkValue(fd, v)
			return err == nil
		}
		for i := 0; i < v.List().Len() && err == nil; i++ {
			err = checkValue(fd, v.List().Get(i))
		}
		return err == nil
	})
	return err
}

func checkValue(fd protoreflect.FieldDescriptor, v protoreflect.Value) error {
	switch {
	case fd.Message() != nil:
		return checkFields(v.Message())
	case fd.Enum() != nil && fd.Enum().Values().ByNumber(v.Enum()) == nil:
		return fmt.Errorf("%w: %s is %d", ErrUnknownCommand, fd.FullName(), v.Enum())
	}
	return nil
}
