package fsm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
)

// small is a machine with a bit of everything.
func small(t testing.TB) *Machine {
	t.Helper()
	m := New(Options{})
	results(t, m, join(
		encoded(t, setCluster("0123456789abcdef", "test")),
		encoded(t, setMember("n1", "i1", "127.0.0.1:9090", "127.0.0.1:8080")),
		encoded(t, setMember("n2", "i2", "127.0.0.1:9091", "127.0.0.1:8081")),
		put("b", "old"), put("a", "1"), put("b", "new"), put("c", ""), del("a"), put("", "no key"),
	))
	return m
}

// framed is a snapshot of records made by hand, each in a valid frame.
func framed(t testing.TB, records ...*kvv1.SnapshotRecord) []byte {
	t.Helper()
	var out bytes.Buffer
	w := &recordWriter{w: &out}
	for _, r := range records {
		if err := w.message(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.flush(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func stateRecord(format uint32, revision uint64) *kvv1.SnapshotRecord {
	return &kvv1.SnapshotRecord{Record: &kvv1.SnapshotRecord_State{
		State: &kvv1.SnapshotState{Format: format, AppliedIndex: 7, AppliedTerm: 2, Revision: revision}}}
}

func itemRecord(key string, create, mod, version uint64) *kvv1.SnapshotRecord {
	return &kvv1.SnapshotRecord{Record: &kvv1.SnapshotRecord_Item{Item: &kvv1.SnapshotItem{
		Key: []byte(key), CreateRevision: create, ModRevision: mod, Version: version}}}
}

func memberRecord(name string) *kvv1.SnapshotRecord {
	return &kvv1.SnapshotRecord{Record: &kvv1.SnapshotRecord_Member{
		Member: &kvv1.Member{Name: name, Incarnation: "i"}}}
}

func trailerRecord(items, members uint64) *kvv1.SnapshotRecord {
	return &kvv1.SnapshotRecord{Record: &kvv1.SnapshotRecord_Trailer{
		Trailer: &kvv1.SnapshotTrailer{Items: items, Members: members}}}
}

func TestSnapshotRoundTrip(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]*Machine{"small": small(t), "rich": rich(t), "empty": New(Options{})} {
		file := persisted(t, m)
		back := restored(t, file)
		if back.Hash() != m.Hash() || back.index != m.index || back.term != m.term {
			t.Errorf("%s: %s at %d after the round trip, want %s at %d", name, back.Hash(), back.index, m.Hash(), m.index)
		}
		if back.LiveBytes() != m.LiveBytes() || back.Revision() != m.Revision() {
			t.Errorf("%s: %d bytes at revision %d", name, back.LiveBytes(), back.Revision())
		}
		if !bytes.Equal(persisted(t, back), file) {
			t.Errorf("%s: the copy's snapshot has other bytes", name)
		}
	}
}

// The hand-written codecs write what protobuf writes and read what it reads.
func TestRecordsAgreeWithProtobuf(t *testing.T) {
	t.Parallel()
	message := func(f *fields[string]) *kvv1.SnapshotItem {
		return &kvv1.SnapshotItem{Key: []byte(f.key), Value: f.value, CreateRevision: f.create, ModRevision: f.mod, Version: f.version, Lease: f.lease}
	}
	prev := &fields[string]{key: "key", value: []byte("before"), create: 1, mod: 1, version: 1}
	for _, f := range []*fields[string]{
		{key: "key", value: []byte("value"), create: 1, mod: 300, version: 2, lease: 7},
		{key: "", value: []byte{}, create: 1, mod: 1, version: 1},
		{key: "key", mod: 5},
		{key: strings.Repeat("k", 300), value: make([]byte, 70_000), create: 1, mod: math.MaxUint64, version: 1 << 40},
	} {
		want := &kvv1.SnapshotRecord{Record: &kvv1.SnapshotRecord_Item{Item: message(f)}}
		body := agreed(t, want, f.append(nil, fieldItem))
		back, err := decodeItem(body)
		if err != nil || !sameItem(back.item(), f.item()) {
			t.Fatalf("read %+v, error %v", back, err)
		}
		for _, live := range []bool{false, true} {
			for _, prev := range []*fields[string]{nil, prev} {
				c := &kvv1.SnapshotChange{Item: message(f), Live: live}
				if prev != nil {
					c.Prev = message(prev)
				}
				want := &kvv1.SnapshotRecord{Record: &kvv1.SnapshotRecord_Change{Change: c}}
				body := agreed(t, want, appendChange(nil, f, live, prev))
				back, err := decodeChange(body)
				if err != nil || !sameItem(back.item.item(), f.item()) || back.live != live || (back.prev == nil) != (prev == nil) {
					t.Fatalf("read %+v, error %v", back, err)
				}
				if prev != nil && !sameItem(back.prev.item(), prev.item()) {
					t.Fatalf("read %+v before", back.prev)
				}
			}
		}
	}
}

// agreed holds a record against protobuf, and returns what is in its one field.
func agreed(t *testing.T, want *kvv1.SnapshotRecord, got []byte) []byte {
	t.Helper()
	b, err := proto.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, b) {
		t.Fatalf("wrote %x, protobuf %x", got, b)
	}
	_, body, rest := cutField(got)
	if len(rest) > 0 {
		t.Fatalf("%d bytes behind the record", len(rest))
	}
	return body
}

// Records that are whole, but cannot be a state together.
func TestImpossibleSnapshots(t *testing.T) {
	t.Parallel()
	state, end := stateRecord(1, 9), trailerRecord
	unknown := memberRecord("n1")
	unknown.GetMember().ProtoReflect().SetUnknown([]byte("\x30\x01"))
	newer := stateRecord(SnapshotFormat+1, 9)
	newer.ProtoReflect().SetUnknown([]byte("\xa2\x06\x00"))
	for name, c := range map[string]struct {
		records []*kvv1.SnapshotRecord
		want    error
	}{
		"possible":            {[]*kvv1.SnapshotRecord{state, memberRecord("n1"), itemRecord("a", 1, 9, 9), end(1, 1)}, nil},
		"newer format":        {[]*kvv1.SnapshotRecord{newer}, ErrNewerSnapshot},
		"no format":           {[]*kvv1.SnapshotRecord{stateRecord(0, 9), end(0, 0)}, ErrCorruptSnapshot},
		"no state":            {[]*kvv1.SnapshotRecord{end(0, 0)}, ErrCorruptSnapshot},
		"item first":          {[]*kvv1.SnapshotRecord{itemRecord("a", 1, 1, 1), end(1, 0)}, ErrCorruptSnapshot},
		"member first":        {[]*kvv1.SnapshotRecord{memberRecord("n1"), state, end(0, 1)}, ErrCorruptSnapshot},
		"two states":          {[]*kvv1.SnapshotRecord{state, state, end(0, 0)}, ErrCorruptSnapshot},
		"no trailer":          {[]*kvv1.SnapshotRecord{state}, ErrCorruptSnapshot},
		"two trailers":        {[]*kvv1.SnapshotRecord{state, end(0, 0), end(0, 0)}, ErrCorruptSnapshot},
		"too few items":       {[]*kvv1.SnapshotRecord{state, itemRecord("a", 1, 1, 1), end(2, 0)}, ErrCorruptSnapshot},
		"too many items":      {[]*kvv1.SnapshotRecord{state, itemRecord("a", 1, 1, 1), end(0, 0)}, ErrCorruptSnapshot},
		"too few members":     {[]*kvv1.SnapshotRecord{state, end(0, 1)}, ErrCorruptSnapshot},
		"member after item":   {[]*kvv1.SnapshotRecord{state, itemRecord("a", 1, 1, 1), memberRecord("n1"), end(1, 1)}, ErrCorruptSnapshot},
		"keys out of order":   {[]*kvv1.SnapshotRecord{state, itemRecord("b", 1, 1, 1), itemRecord("a", 2, 2, 1), end(2, 0)}, ErrCorruptSnapshot},
		"a key twice":         {[]*kvv1.SnapshotRecord{state, itemRecord("a", 1, 1, 1), itemRecord("a", 2, 2, 1), end(2, 0)}, ErrCorruptSnapshot},
		"a member twice":      {[]*kvv1.SnapshotRecord{state, memberRecord("n"), memberRecord("n"), end(0, 2)}, ErrCorruptSnapshot},
		"a nameless member":   {[]*kvv1.SnapshotRecord{state, memberRecord(""), end(0, 1)}, ErrCorruptSnapshot},
		"members disordered":  {[]*kvv1.SnapshotRecord{state, memberRecord("n2"), memberRecord("n1"), end(0, 2)}, ErrCorruptSnapshot},
		"item of the future":  {[]*kvv1.SnapshotRecord{state, itemRecord("a", 1, 10, 1), end(1, 0)}, ErrCorruptSnapshot},
		"changed before made": {[]*kvv1.SnapshotRecord{state, itemRecord("a", 3, 2, 1), end(1, 0)}, ErrCorruptSnapshot},
		"never made":          {[]*kvv1.SnapshotRecord{state, itemRecord("a", 0, 2, 1), end(1, 0)}, ErrCorruptSnapshot},
		"no version":          {[]*kvv1.SnapshotRecord{state, itemRecord("a", 1, 2, 0), end(1, 0)}, ErrCorruptSnapshot},
		"too many versions":   {[]*kvv1.SnapshotRecord{state, itemRecord("a", 1, 2, 3), end(1, 0)}, ErrCorruptSnapshot},
		"unknown field":       {[]*kvv1.SnapshotRecord{state, unknown, end(0, 1)}, ErrCorruptSnapshot},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := New(Options{}).Restore(reader(framed(t, c.records...))); !errors.Is(err, c.want) {
				t.Fatalf("restore: %v, want %v", err, c.want)
			}
		})
	}
}

// A length is checked before anything is allocated for it.
func TestLengthIsBounded(t *testing.T) {
	t.Parallel()
	for _, n := range []uint32{0, maxRecord + 1, math.MaxUint32} {
		r := newRecordReader(bytes.NewReader(binary.LittleEndian.AppendUint64(nil, uint64(n))))
		if _, err := r.next(); !errors.Is(err, ErrCorruptSnapshot) || r.buf != nil {
			t.Errorf("length %d: %v, with %d bytes allocated", n, err, cap(r.buf))
		}
	}
}

// fullSink takes so many bytes and no more.
type fullSink struct {
	sink
	room int
}

var errFull = errors.New("disk full")

func (s *fullSink) Write(b []byte) (int, error) {
	if s.room -= len(b); s.room < 0 {
		return 0, errFull
	}
	return s.sink.Write(b)
}

// A sink that fails is cancelled and never closed, wherever it fails.
func TestPersistCancelsOnError(t *testing.T) {
	t.Parallel()
	m := New(Options{})
	for range 3 {
		do(t, m, put(string([]byte{byte(m.Len())}), string(make([]byte, snapshotBuffer))))
	}
	whole := len(persisted(t, m))
	for _, room := range []int{0, whole / 2, whole - 1, whole} {
		snap, err := m.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		s := fullSink{room: room}
		err = snap.Persist(&s)
		if full := room < whole; full != errors.Is(err, errFull) || s.cancelled != full || s.closed == full {
			t.Fatalf("room for %d of %d: error %v, closed %t, cancelled %t", room, whole, err, s.closed, s.cancelled)
		}
	}
}
