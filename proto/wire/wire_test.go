package wire

import (
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
)

func TestNumbersAreThoseOfTheGeneratedCode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		message proto.Message
		fields  map[string]protowire.Number
	}{
		{&kvv1.StreamRequest{}, map[string]protowire.Number{"cluster_id": RequestCluster, "calls": RequestCalls}},
		{&kvv1.Call{}, map[string]protowire.Number{"id": CallID, "timeout_ms": CallTimeout, "put": CallPut, "get": CallGet, "delete": CallDelete, "txn": CallTxn, "cancel": CallCancel}},
		{&kvv1.PutRequest{}, map[string]protowire.Number{"key": PutKey, "value": PutValue, "if_mod_revision": PutIf, "prev": PutPrev, "lease": PutLease, "ttl_ms": PutTTL, "stamp": PutStamp}},
		{&kvv1.GetRequest{}, map[string]protowire.Number{"key": GetKey, "consistency": GetConsistency, "revision": GetRevision}},
		{&kvv1.Stamp{}, map[string]protowire.Number{"session": StampSession, "sequence": StampSequence, "acknowledged": StampAcknowledged, "opened": StampOpened}},
		{&kvv1.StreamResponse{}, map[string]protowire.Number{"header": ResponseHeader, "answers": ResponseAnswers}},
		{&kvv1.Answer{}, map[string]protowire.Number{"id": AnswerID, "revision": AnswerRevision, "applied_index": AnswerApplied, "put": AnswerPut, "get": AnswerGet, "delete": AnswerDelete, "txn": AnswerTxn, "failure": AnswerFailure}},
		{&kvv1.GetResponse{}, map[string]protowire.Number{"kv": GotKV}},
		{&kvv1.KeyValue{}, map[string]protowire.Number{"key": KVKey, "value": KVValue, "create_revision": KVCreated, "mod_revision": KVChanged, "version": KVVersion, "lease": KVLease}},
	} {
		d := c.message.ProtoReflect().Descriptor()
		for name, number := range c.fields {
			fd := d.Fields().ByNumber(number)
			if fd == nil || string(fd.Name()) != name {
				t.Errorf("%s.%s is not number %d", d.Name(), name, number)
			}
		}
	}
}

func TestStampIsAsProtobufWritesIt(t *testing.T) {
	t.Parallel()
	for _, s := range []*kvv1.Stamp{nil, {}, {Session: 1 << 63, Sequence: 300, Acknowledged: 299, Opened: 1 << 40}, {Sequence: 1}} {
		want, err := proto.Marshal(&kvv1.PutRequest{Stamp: s})
		if err != nil {
			t.Fatal(err)
		}
		got := AppendStamp(nil, PutStamp, s)
		if string(got) != string(want) || len(got) != SizeStamp(PutStamp, s) {
			t.Errorf("%v is written as %x of %d bytes, want %x", s, got, SizeStamp(PutStamp, s), want)
		}
	}
}

// Whatever comes, a field is cut off as protobuf cuts it, or refused.
func FuzzCut(f *testing.F) {
	f.Add([]byte{0x0a, 1, 'x'})
	f.Add([]byte{0x08, 0x80, 1})
	f.Add([]byte{0x09, 1, 2, 3, 4, 5, 6, 7, 8})
	f.Add([]byte{0x0b, 0x0c})
	f.Fuzz(func(t *testing.T, data []byte) {
		var one Field
		n := one.Cut(data)
		num, typ, want := protowire.ConsumeField(data)
		if num > protowire.MaxValidNumber {
			want = -1
		}
		if n > 0 != (want > 0) || n > 0 && (n != want || !one.Is(num, typ)) {
			t.Fatalf("%x: %d bytes of field %d, want %d of %d", data, n, one.Num, want, num)
		}
	})
}
