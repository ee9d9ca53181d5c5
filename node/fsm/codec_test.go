package fsm

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"

	kvv1 "kv/proto/kv/v1"
)

// The messages of the disk format have the fields this package was written for.
// When this fails a field is new: teach decode, state, hash and snapshot about
// it, since proto.Unmarshal knows it already and checkKnown lets it pass.
func TestFieldsOfTheFormat(t *testing.T) {
	t.Parallel()
	known := map[protoreflect.Name]string{
		"Batch": "commands",
		"Command": "put delete set_member remove_member term_marker set_cluster txn revert compact " +
			"grant_lease revoke_lease set_quota stamp",
		"PutCommand":          "key value lease ttl_ms prev",
		"DeleteCommand":       "key range prev",
		"Range":               "from to",
		"Stamp":               "session sequence acknowledged opened",
		"SetMemberCommand":    "member",
		"Member":              "name incarnation raft_address kv_address version",
		"RemoveMemberCommand": "name incarnation",
		"TermMarkerCommand":   "",
		"SetClusterCommand":   "id name",
		"TxnCommand":          "compare then otherwise",
		"Compare":             "key field relation value number",
		"Op":                  "put delete get list",
		"PutOp":               "key value prev lease ttl_ms",
		"DeleteOp":            "key range prev",
		"GetOp":               "key",
		"ListOp":              "range limit keys_only count_only reverse",
		"RevertCommand":       "key revision",
		"CompactCommand":      "revision",
		"GrantLeaseCommand":   "ttl_ms",
		"RevokeLeaseCommand":  "lease",
		"SetQuotaCommand":     "bytes",
		"SnapshotRecord":      "state member item trailer lease session change",
		"SnapshotState": "format cluster_id cluster_name applied_index applied_term revision oldest_revision " +
			"last_lease quota_bytes forgotten_index",
		"SnapshotItem":    "key value create_revision mod_revision version lease",
		"SnapshotLease":   "lease ttl_ms ephemeral",
		"SnapshotSession": "session acknowledged used_index results",
		"SessionResult":   "sequence revision deleted lease error kv txn succeeded results",
		"KeyValue":        "key value create_revision mod_revision version lease",
		"OpResult":        "put delete get list",
		"PutResult":       "prev lease",
		"DeleteResult":    "deleted prev",
		"GetResult":       "kv",
		"ListResult":      "kvs more count",
		"SnapshotChange":  "item live prev",
		"SnapshotTrailer": "items members leases sessions changes",
	}
	met := map[protoreflect.Name]bool{}
	var meet func(protoreflect.MessageDescriptor)
	meet = func(d protoreflect.MessageDescriptor) {
		if met[d.Name()] {
			return
		}
		met[d.Name()] = true
		var fields []string
		for i := range d.Fields().Len() {
			f := d.Fields().Get(i)
			fields = append(fields, string(f.Name()))
			if f.Message() != nil {
				meet(f.Message())
			}
		}
		if got := strings.Join(fields, " "); got != known[d.Name()] {
			t.Errorf("%s has the fields %s, known are %s", d.Name(), got, known[d.Name()])
		}
	}
	meet(new(kvv1.Batch).ProtoReflect().Descriptor())
	meet(new(kvv1.SnapshotRecord).ProtoReflect().Descriptor())
	if len(met) != len(known) {
		t.Errorf("%d messages make the format, known are %d", len(met), len(known))
	}
}

// fill gives a message any fields: of a oneof always one, and of the rest some.
func fill(t *rapid.T, m protoreflect.Message) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.ContainingOneof() != nil || !rapid.Bool().Draw(t, string(f.Name())) {
			continue
		}
		if !f.IsList() {
			m.Set(f, anyField(t, f, m.NewField(f)))
			continue
		}
		list := m.Mutable(f).List()
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			list.Append(anyField(t, f, list.NewElement()))
		}
	}
	for i := range m.Descriptor().Oneofs().Len() {
		one := m.Descriptor().Oneofs().Get(i).Fields()
		f := one.Get(rapid.IntRange(0, one.Len()-1).Draw(t, "kind"))
		m.Set(f, anyField(t, f, m.NewField(f)))
	}
}

// anyField is a value of a field; empty is one of its type.
func anyField(t *rapid.T, f protoreflect.FieldDescriptor, empty protoreflect.Value) protoreflect.Value {
	number := rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, 127, 128, math.MaxUint32, math.MaxUint64}))
	switch f.Kind() {
	case protoreflect.MessageKind:
		fill(t, empty.Message())
		return empty
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes(rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "bytes"))
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(rapid.String().Draw(t, "string"))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(rapid.Bool().Draw(t, "bool"))
	case protoreflect.EnumKind:
		n := rapid.IntRange(0, f.Enum().Values().Len()-1).Draw(t, "enum")
		return protoreflect.ValueOfEnum(f.Enum().Values().Get(n).Number())
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(uint32(number.Draw(t, "number")))
	default:
		return protoreflect.ValueOfUint64(number.Draw(t, "number"))
	}
}

func anyCommand(t *rapid.T) *kvv1.Command {
	c := new(kvv1.Command)
	fill(t, c.ProtoReflect())
	return c
}

// appendHot encodes by the hand-written encoder where there is one.
func appendHot(t *rapid.T, b []byte, c *kvv1.Command) []byte {
	switch op := c.GetOp().(type) {
	case *kvv1.Command_Put:
		return AppendPut(b, op.Put, c.GetStamp())
	case *kvv1.Command_Delete:
		if op.Delete.GetRange() == nil {
			return AppendDelete(b, op.Delete, c.GetStamp())
		}
	case *kvv1.Command_TermMarker:
		if c.GetStamp() == nil {
			return AppendTermMarker(b)
		}
	}
	b, err := AppendCommand(b, c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Both encoders write what proto.Marshal writes, byte for byte, but for a stamp,
// which protobuf puts in front of the operation: for it they write what
// proto.Unmarshal reads. The decoder gives the commands back.
func TestEncodersAgreeWithProtobuf(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		batch := &kvv1.Batch{Commands: rapid.SliceOfN(rapid.Custom(anyCommand), 0, 8).Draw(t, "commands")}
		var hot []byte
		for _, c := range batch.GetCommands() {
			one := appendHot(t, nil, c)
			slow, err := AppendCommand(nil, c)
			if err != nil {
				t.Fatal(err)
			}
			want, err := proto.Marshal(&kvv1.Batch{Commands: []*kvv1.Command{c}})
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(slow, want) || c.GetStamp() == nil && !bytes.Equal(one, want) || len(one) != len(want) {
				t.Fatalf("by hand    %x\nby command %x\nprotobuf   %x", one, slow, want)
			}
			hot = append(hot, one...)
		}
		read := new(kvv1.Batch)
		if err := proto.Unmarshal(hot, read); err != nil || !proto.Equal(read, batch) {
			t.Fatalf("protobuf reads %v, error %v, want %v", read, err, batch)
		}
		cmds, err := decodeBatch(nil, hot)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := rebuilt(t, cmds), stripped(batch); !proto.Equal(got, want) {
			t.Fatalf("decoded %v, want %v", got, want)
		}
	})
}

// What the encoders write by hand is also read by hand.
func TestHotCommandsAreReadByHand(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := anyCommand(t)
		if c.GetPut() == nil && (c.GetDelete() == nil || c.GetDelete().GetRange() != nil) {
			t.Skip("no hot command")
		}
		_, body, _ := cutField(appendHot(t, nil, c))
		if !new(command).decodeHot(body) {
			t.Fatalf("%x is left to protobuf", body)
		}
	})
}

// rebuilt is the batch that was decoded into cmds.
func rebuilt(t interface{ Fatalf(string, ...any) }, cmds []command) *kvv1.Batch {
	b := new(kvv1.Batch)
	for _, c := range cmds {
		out := c.msg
		stamp := &kvv1.Stamp{Session: c.stamp.session, Sequence: c.stamp.sequence, Acknowledged: c.stamp.acknowledged, Opened: c.stamp.opened}
		switch c.op {
		case opPut:
			out = &kvv1.Command{Stamp: stamp, Op: &kvv1.Command_Put{Put: &kvv1.PutCommand{
				Key: c.key, Value: c.value, Lease: c.lease, TtlMs: c.ttl, Prev: c.prev}}}
		case opDelete:
			out = &kvv1.Command{Stamp: stamp, Op: &kvv1.Command_Delete{Delete: &kvv1.DeleteCommand{Key: c.key, Prev: c.prev}}}
		case opOther:
			if out.GetStamp() != nil && !proto.Equal(out.GetStamp(), stamp) {
				t.Fatalf("the stamp of %v was read as %v", out, stamp)
			}
		}
		b.Commands = append(b.Commands, out)
	}
	return stripped(b)
}

// stripped is the batch without stamps that say nothing, which are none.
func stripped(b *kvv1.Batch) *kvv1.Batch {
	b = proto.CloneOf(b)
	for _, c := range b.GetCommands() {
		if proto.Equal(c.GetStamp(), &kvv1.Stamp{}) {
			c.Stamp = nil
		}
	}
	return b
}

// What would stop every member is not written in the first place.
func TestAppendCommandRefuses(t *testing.T) {
	t.Parallel()
	deep := setMember("n", "i", "", "")
	deep.GetSetMember().GetMember().ProtoReflect().SetUnknown([]byte("\x30\x01"))
	for name, c := range map[string]*kvv1.Command{
		"nil":           nil,
		"no operation":  {},
		"unknown field": deep,
		"not utf-8":     setCluster("\xff", ""),
	} {
		b, err := AppendCommand([]byte("before"), c)
		if err == nil || string(b) != "before" {
			t.Errorf("%s: %q, error %v", name, b, err)
		}
	}
}

// FuzzDecodeBatch holds the decoder against protobuf: it takes a batch exactly
// if protobuf does and knows all of it, and sees the same commands in it.
func FuzzDecodeBatch(f *testing.F) {
	f.Add([]byte{})
	f.Add(join(put("key", "value"), del("key"), put("", ""), del(""), AppendTermMarker(nil)))
	f.Add(encoded(f, setMember("n1", "i1", "r1", "k1")))
	f.Add(encoded(f, removeMember("n1", "i1")))
	f.Add(encoded(f, setCluster("c1", "one")))
	f.Add([]byte("\x0a\x08\x0a\x06\x0a\x01a\x0a\x01b"))         // a key twice
	f.Add([]byte("\x0a\x0a\x0a\x03\x0a\x01a\x0a\x03\x12\x01b")) // a put in two parts
	f.Add([]byte("\x0a\x0a\x0a\x03\x0a\x01a\x12\x03\x0a\x01b")) // a put, then a delete
	f.Add([]byte("\x0a\x06\x0a\x04\x12\x02xx"))                 // no key
	f.Add([]byte("\x8a\x00\x05\x0a\x03\x0a\x01a"))              // a tag longer than need be
	f.Add([]byte("\x0a\x08\x12\x06\x0a\x01a\x12\x01x"))         // a delete with a value
	f.Add([]byte("\x08\x01"))                                   // another wire type
	f.Add([]byte("\x0a\x09\x7a\x02\x10\x01\x0a\x03\x0a\x01a"))  // a stamp in front
	f.Add([]byte("\x0a\x09\x0a\x01a\x7a\x00\x7a\x02\x10\x01"))  // a stamp twice
	f.Add([]byte("\x0a\x07\x0a\x05\x0a\x01a\x28\x02"))          // a true that is 2
	f.Add([]byte("\x0a\x06\x3a\x04\x0a\x02\x10\x09"))           // a comparison of field 9
	for _, c := range goldenCommands() {
		f.Add(encoded(f, c))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		cmds, err := decodeBatch(nil, bytes.Clone(data))
		batch := new(kvv1.Batch)
		protoErr := proto.Unmarshal(data, batch)
		if known := protoErr == nil && understood(batch); known != (err == nil) {
			t.Fatalf("decode: %v; protobuf: %v, understood %t", err, protoErr, known)
		}
		if err == nil {
			if got, want := rebuilt(t, cmds), stripped(batch); !proto.Equal(got, want) {
				t.Fatalf("decoded %v, protobuf %v", got, want)
			}
		}
		if err != nil && !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrUnknownCommand) {
			t.Fatalf("error of no known kind: %v", err)
		}
		New(Options{}).Apply(entry(1, data))
	})
}

// understood is checkKnown, written another way: a batch loses nothing when its
// unknown fields are dropped, each command has an operation, and all enums names.
func understood(b *kvv1.Batch) bool {
	all, err := proto.Marshal(b)
	if err != nil {
		return false
	}
	known := new(kvv1.Batch)
	if err := (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(all, known); err != nil {
		return false
	}
	named := true
	protorange.Range(b.ProtoReflect(), func(p protopath.Values) error {
		last := p.Index(-1)
		if last.Step.Kind() == protopath.FieldAccessStep {
			f := last.Step.FieldDescriptor()
			if f.Enum() != nil && f.Enum().Values().ByNumber(last.Value.Enum()) == nil {
				named = false
			}
		}
		return nil
	})
	return named && proto.Equal(known, b) && !slices.ContainsFunc(b.GetCommands(), func(c *kvv1.Command) bool {
		return c.GetOp() == nil
	})
}
