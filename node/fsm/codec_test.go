package fsm

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"

	kvv1 "kv/proto/kv/v1"
)

// The messages of the disk format have the fields this package was written for.
// When this fails a field is new: teach decode, state, hash and snapshot about
// it, since proto.Unmarshal knows it already and checkKnown lets it pass.
func TestFieldsOfTheFormat(t *testing.T) {
	t.Parallel()
	for m, want := range map[proto.Message][]protoreflect.Name{
		&kvv1.Batch{}:               {"commands"},
		&kvv1.Command{}:             {"put", "delete", "set_member", "remove_member", "term_marker", "set_cluster"},
		&kvv1.PutCommand{}:          {"key", "value"},
		&kvv1.DeleteCommand{}:       {"key"},
		&kvv1.SetMemberCommand{}:    {"member"},
		&kvv1.Member{}:              {"name", "incarnation", "raft_address", "kv_address", "version"},
		&kvv1.RemoveMemberCommand{}: {"name", "incarnation"},
		&kvv1.TermMarkerCommand{}:   nil,
		&kvv1.SetClusterCommand{}:   {"id", "name"},
		&kvv1.SnapshotRecord{}:      {"state", "member", "item", "trailer"},
		&kvv1.SnapshotState{}:       {"format", "cluster_id", "cluster_name", "applied_index", "applied_term", "revision"},
		&kvv1.SnapshotItem{}:        {"key", "value", "create_revision", "mod_revision", "version"},
		&kvv1.SnapshotTrailer{}:     {"items", "members"},
	} {
		d := m.ProtoReflect().Descriptor()
		var got []protoreflect.Name
		for i := range d.Fields().Len() {
			got = append(got, d.Fields().Get(i).Name())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s has the fields %v, known are %v", d.Name(), got, want)
		}
	}
}

var anyBytes = rapid.SliceOfN(rapid.Byte(), 0, 200)

func anyCommand(t *rapid.T) *kvv1.Command {
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 0:
		return putCommand(anyBytes.Draw(t, "key"), anyBytes.Draw(t, "value"))
	case 1:
		return deleteCommand(anyBytes.Draw(t, "key"))
	case 2:
		return setMember(rapid.String().Draw(t, "name"), rapid.String().Draw(t, "incarnation"), "r", "k")
	case 3:
		return removeMember(rapid.String().Draw(t, "name"), rapid.String().Draw(t, "incarnation"))
	case 4:
		return setCluster(rapid.String().Draw(t, "id"), rapid.String().Draw(t, "name"))
	}
	return &kvv1.Command{Op: &kvv1.Command_TermMarker{TermMarker: &kvv1.TermMarkerCommand{}}}
}

func putCommand(key, value []byte) *kvv1.Command {
	return &kvv1.Command{Op: &kvv1.Command_Put{Put: &kvv1.PutCommand{Key: key, Value: value}}}
}

func deleteCommand(key []byte) *kvv1.Command {
	return &kvv1.Command{Op: &kvv1.Command_Delete{Delete: &kvv1.DeleteCommand{Key: key}}}
}

// appendHot encodes by the hand-written encoder where there is one.
func appendHot(t *rapid.T, b []byte, c *kvv1.Command) []byte {
	switch op := c.GetOp().(type) {
	case *kvv1.Command_Put:
		return AppendPut(b, op.Put.GetKey(), op.Put.GetValue())
	case *kvv1.Command_Delete:
		return AppendDelete(b, op.Delete.GetKey())
	case *kvv1.Command_TermMarker:
		return AppendTermMarker(b)
	}
	b, err := AppendCommand(b, c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Both encoders write what proto.Marshal writes for the whole batch, byte for
// byte, and the decoder gives the commands back.
func TestEncodersAgreeWithProtobuf(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		batch := &kvv1.Batch{Commands: rapid.SliceOfN(rapid.Custom(anyCommand), 0, 8).Draw(t, "commands")}
		want, err := proto.Marshal(batch)
		if err != nil {
			t.Fatal(err)
		}
		var hot, slow []byte
		for _, c := range batch.GetCommands() {
			hot = appendHot(t, hot, c)
			if slow, err = AppendCommand(slow, c); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(hot, want) || !bytes.Equal(slow, want) {
			t.Fatalf("by hand   %x\nby command %x\nprotobuf   %x", hot, slow, want)
		}
		cmds, err := decodeBatch(nil, hot)
		if err != nil {
			t.Fatal(err)
		}
		if got := rebuilt(cmds); !proto.Equal(got, batch) {
			t.Fatalf("decoded %v, want %v", got, batch)
		}
	})
}

// rebuilt is the batch that was decoded into cmds.
func rebuilt(cmds []command) *kvv1.Batch {
	b := new(kvv1.Batch)
	for _, c := range cmds {
		switch c.op {
		case opPut:
			b.Commands = append(b.Commands, putCommand(c.key, c.value))
		case opDelete:
			b.Commands = append(b.Commands, deleteCommand(c.key))
		case opOther:
			b.Commands = append(b.Commands, c.msg)
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
	f.Fuzz(func(t *testing.T, data []byte) {
		cmds, err := decodeBatch(nil, bytes.Clone(data))
		batch := new(kvv1.Batch)
		protoErr := proto.Unmarshal(data, batch)
		if known := protoErr == nil && understood(batch); known != (err == nil) {
			t.Fatalf("decode: %v; protobuf: %v, understood %t", err, protoErr, known)
		}
		if err == nil && !proto.Equal(rebuilt(cmds), batch) {
			t.Fatalf("decoded %v, protobuf %v", rebuilt(cmds), batch)
		}
		if err != nil && !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrUnknownCommand) {
			t.Fatalf("error of no known kind: %v", err)
		}
		New(Options{}).Apply(entry(1, data))
	})
}

// understood is checkKnown, written another way: a batch loses nothing when its
// unknown fields are dropped, and each command has an operation.
func understood(b *kvv1.Batch) bool {
	all, err := proto.Marshal(b)
	if err != nil {
		return false
	}
	known := new(kvv1.Batch)
	if err := (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(all, known); err != nil {
		return false
	}
	return proto.Equal(known, b) && !slices.ContainsFunc(b.GetCommands(), func(c *kvv1.Command) bool {
		return c.GetOp() == nil
	})
}
