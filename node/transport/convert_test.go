package transport

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/hashicorp/raft"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	kvv1 "kv/proto/kv/v1"
)

// fill sets every field below v, by reflection: a field that a later Raft adds is
// set too, and the round trip fails until convert.go knows it.
func fill(t *rapid.T, v reflect.Value, name string) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(time.Unix(0, rapid.Int64Min(1).Draw(t, name))))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Uint8:
		v.SetUint(uint64(rapid.Uint8Min(1).Draw(t, name)))
	case reflect.Uint64:
		v.SetUint(rapid.Uint64Min(1).Draw(t, name))
	case reflect.Int: // versions, which travel as uint32
		v.SetInt(int64(rapid.Int32Min(1).Draw(t, name)))
	case reflect.Int64:
		v.SetInt(rapid.Int64Min(1).Draw(t, name))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), name)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), rapid.IntRange(1, 4).Draw(t, name), 4))
		for i := range v.Len() {
			fill(t, v.Index(i), fmt.Sprintf("%s[%d]", name, i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), name+"."+v.Type().Field(i).Name)
		}
	default:
		t.Fatalf("%s: a field of kind %v: teach the test and convert.go", name, v.Kind())
	}
}

// overWire sends m through protobuf's bytes and back.
func overWire[M proto.Message](t interface{ Fatalf(string, ...any) }, m M) M {
	b, err := proto.Marshal(m)
	if err != nil {
		t.Fatalf("marshal: %v", err)
	}
	out := m.ProtoReflect().New().Interface()
	if err := proto.Unmarshal(b, out); err != nil {
		t.Fatalf("unmarshal: %v", err)
	}
	return out.(M)
}

func roundTrip[S any, M proto.Message](t *testing.T, to func(*S) M, from func(M) *S) {
	t.Run(reflect.TypeFor[S]().Name(), rapid.MakeCheck(func(t *rapid.T) {
		var in S
		fill(t, reflect.ValueOf(&in).Elem(), "")
		out := from(overWire(t, to(&in)))
		if !reflect.DeepEqual(&in, out) {
			t.Fatalf("sent     %+v\nreceived %+v", &in, out)
		}
	}))
}

func byPointer[S any, M proto.Message](from func(M) S) func(M) *S {
	return func(m M) *S { s := from(m); return &s }
}

func TestEveryFieldCrossesTheWire(t *testing.T) {
	t.Parallel()
	roundTrip(t, appendRequestToProto, appendRequestFromProto)
	roundTrip(t, appendResponseToProto, byPointer(appendResponseFromProto))
	roundTrip(t, voteRequestToProto, voteRequestFromProto)
	roundTrip(t, voteResponseToProto, byPointer(voteResponseFromProto))
	roundTrip(t, preVoteRequestToProto, preVoteRequestFromProto)
	roundTrip(t, preVoteResponseToProto, byPointer(preVoteResponseFromProto))
	roundTrip(t, snapshotHeaderToProto, snapshotHeaderFromProto)
	roundTrip(t, snapshotResponseToProto, byPointer(snapshotResponseFromProto))
	roundTrip(t,
		func(r *raft.RPCHeader) *kvv1.Caller { return callerToProto(*r) },
		byPointer(callerFromProto))
}

func TestNoEntryTimeStaysNone(t *testing.T) {
	t.Parallel()
	in := &raft.AppendEntriesRequest{Entries: []*raft.Log{{Index: 1, Term: 1}}}
	out := appendRequestFromProto(overWire(t, appendRequestToProto(in)))
	if at := out.Entries[0].AppendedAt; !at.IsZero() {
		t.Fatalf("an entry without a time got %v", at)
	}
}

// FuzzRequests: whatever bytes come in, what passes the checks converts, and
// Raft's own decoder of configurations, which panics, is never reached by bad ones.
func FuzzRequests(f *testing.F) {
	good := raft.EncodeConfiguration(raft.Configuration{Servers: []raft.Server{{ID: "n1", Address: "a:1"}}})
	seed := func(kind raft.LogType, data []byte) {
		b, err := proto.Marshal(&kvv1.AppendEntriesRequest{Term: 1, Entries: []*kvv1.Entry{{Index: 1, Term: 1, Type: uint32(kind), Data: data}}})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		h, err := proto.Marshal(&kvv1.SnapshotHeader{SnapshotVersion: 1, Configuration: data, Size: 3})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(h)
	}
	seed(raft.LogConfiguration, good)
	seed(raft.LogConfiguration, good[:len(good)-2])
	seed(raft.LogConfiguration, nil)
	seed(raft.LogCommand, []byte("x"))
	seed(200, nil)
	f.Fuzz(func(t *testing.T, b []byte) {
		var request kvv1.AppendEntriesRequest
		if proto.Unmarshal(b, &request) == nil && checkEntries(request.GetEntries()) == nil {
			for _, l := range appendRequestFromProto(&request).Entries {
				if l.Type > raft.LogConfiguration {
					t.Fatalf("entry type %d passed", l.Type)
				}
				if l.Type == raft.LogConfiguration {
					raft.DecodeConfiguration(l.Data)
				}
			}
		}
		var header kvv1.SnapshotHeader
		if proto.Unmarshal(b, &header) == nil && checkHeader(&header) == nil {
			h := snapshotHeaderFromProto(&header)
			if h.Size < 0 || h.SnapshotVersion < 0 {
				t.Fatalf("header %+v passed", h)
			}
			if h.SnapshotVersion > 0 {
				raft.DecodeConfiguration(h.Configuration)
			}
		}
	})
}
