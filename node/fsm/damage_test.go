package fsm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
)

// rich is a machine with all there is: history, leases, sessions, members.
func rich(t testing.TB) *Machine {
	t.Helper()
	m := New(Options{})
	results(t, m, goldenEntry1(t))
	results(t, m, goldenEntry2(t))
	return m
}

// refuses checks that a machine finds a file corrupt and stays as it is.
func refuses(t *testing.T, m *Machine, file []byte, what string, args ...any) {
	t.Helper()
	before := m.View()
	if err := m.Restore(reader(file)); !errors.Is(err, ErrCorruptSnapshot) {
		t.Fatalf("%v, want ErrCorruptSnapshot: "+what, append([]any{err}, args...)...)
	}
	if m.View().frozen != before.frozen {
		t.Fatalf("the state was touched: "+what, args...)
	}
}

// No flipped bit gets through, anywhere in the file.
func TestEveryFlippedBitIsFound(t *testing.T) {
	t.Parallel()
	m := rich(t)
	file := persisted(t, m)
	for bit := range len(file) * 8 {
		bad := bytes.Clone(file)
		bad[bit/8] ^= 1 << (bit % 8)
		refuses(t, m, bad, "bit %d of byte %d flipped", bit%8, bit/8)
	}
}

// A file that was cut off, or went on too long, is not taken for a whole one.
func TestEveryTruncationIsFound(t *testing.T) {
	t.Parallel()
	m := rich(t)
	file := persisted(t, m)
	for n := range len(file) {
		refuses(t, m, file[:n], "cut to %d of %d bytes", n, len(file))
		if zeroed := append(bytes.Clone(file[:n]), make([]byte, len(file)-n)...); !bytes.Equal(zeroed, file) {
			refuses(t, m, zeroed, "zeros from byte %d on", n)
		}
	}
	for _, tail := range []string{"\x00", "x", string(file)} {
		refuses(t, m, append(bytes.Clone(file), tail...), "with %d bytes more", len(tail))
	}
}

// records takes a snapshot apart.
func records(t testing.TB, file []byte) (out [][]byte) {
	t.Helper()
	in := newRecordReader(bytes.NewReader(file))
	for in.end() != nil { // reads ahead a byte if there is one
		in.r.UnreadByte()
		b, err := in.next()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, bytes.Clone(b))
	}
	return out
}

// reframed is a snapshot of records that may be anything, in valid frames.
func reframed(t testing.TB, records [][]byte) []byte {
	t.Helper()
	var file bytes.Buffer
	w := &recordWriter{w: &file}
	for _, part := range records {
		if err := w.end(append(w.begin(), part...)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.flush(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// A bit that was flipped before the checksum was made, as by bad memory, may make
// another state, but never one that does not hold together. The same for a record
// that is missing, there twice, or in another's place.
func TestFlippedBitsBehindTheChecksums(t *testing.T) {
	t.Parallel()
	good := records(t, persisted(t, rich(t)))
	if file := reframed(t, good); !bytes.Equal(file, persisted(t, rich(t))) {
		t.Fatal("taken apart and put together it is another file")
	}
	taken := 0
	for i, record := range good {
		for place := range record {
			for _, bit := range []byte{1, 8, 128} {
				good[i] = bytes.Clone(record)
				good[i][place] ^= bit
				if tryRestore(t, reframed(t, good)) {
					taken++
				}
			}
		}
		good[i] = record
		without := append(append([][]byte(nil), good[:i]...), good[i+1:]...)
		twice := append(append([][]byte(nil), good[:i+1]...), good[i:]...)
		for what, parts := range map[string][][]byte{"missing": without, "there twice": twice} {
			if tryRestore(t, reframed(t, parts)) {
				t.Errorf("record %d is %s", i, what)
			}
		}
		for j := range i {
			good[i], good[j] = good[j], good[i]
			if tryRestore(t, reframed(t, good)) && (revisionOf(t, good[i]) != revisionOf(t, good[j]) || revisionOf(t, good[i]) == 0) {
				t.Errorf("records %d and %d have changed places", i, j)
			}
			good[i], good[j] = good[j], good[i]
		}
	}
	if taken == 0 {
		t.Error("not one flipped bit has made another possible state: the test tests nothing")
	}
}

// revisionOf is the revision of a change; those of one may stand in any order. It
// is 0 of another record.
func revisionOf(t testing.TB, record []byte) uint64 {
	t.Helper()
	r := new(kvv1.SnapshotRecord)
	if err := proto.Unmarshal(record, r); err != nil {
		t.Fatal(err)
	}
	return r.GetChange().GetItem().GetModRevision()
}

// FuzzRestore: whatever the bytes are, Restore gives a state or an error of a
// known kind, and a state that it takes is one that it would write.
func FuzzRestore(f *testing.F) {
	for _, name := range []string{"snapshot-1.hex", "snapshot-2.hex"} {
		f.Add(golden(f, name))
	}
	f.Add(persisted(f, small(f)))
	f.Add(persisted(f, New(Options{})))
	f.Add(framed(f, stateRecord(2, 9)))
	f.Add(framed(f, stateRecord(1, 9), itemRecord("a", 1, 2, 2), trailerRecord(1, 0)))
	f.Fuzz(func(t *testing.T, data []byte) {
		tryRestore(t, data)
	})
}

// tryRestore reports whether the file was taken. Then the machine must be one that
// survives its own snapshot, and goes on as its copy does.
func tryRestore(t *testing.T, file []byte) bool {
	t.Helper()
	m := New(Options{})
	switch err := m.Restore(reader(file)); {
	case errors.Is(err, ErrCorruptSnapshot) || errors.Is(err, ErrNewerSnapshot):
		return false
	case err != nil:
		t.Fatalf("error of no known kind: %v", err)
	}
	back := restored(t, persisted(t, m))
	if back.Hash() != m.Hash() {
		t.Fatal("a restored state does not survive its own snapshot")
	}
	const far = math.MaxUint64 / 2 // numbers that no store comes to, and that would wrap around
	if m.index > far || m.Revision() > far || m.state.lastLease > far {
		return true
	}
	for _, data := range [][]byte{goldenEntry2(t), farewell(t)} {
		a, b := results(t, m, data), results(t, back, data)
		for i := range a {
			if !sameResult(a[i], b[i]) {
				t.Fatalf("command %d came to %s, on the copy to %s", i, showResult(a[i]), showResult(b[i]))
			}
		}
		if restored(t, persisted(t, m)).Hash() != back.Hash() {
			t.Fatal("a restored state and its copy part")
		}
	}
	if m.Len() != 0 || m.LiveBytes() != 0 || len(m.state.leased) != 0 {
		t.Fatalf("%d keys of %d bytes under %d leases are left of nothing", m.Len(), m.LiveBytes(), len(m.state.leased))
	}
	return true
}

// farewell removes all that golden states have.
func farewell(t testing.TB) []byte {
	t.Helper()
	data := encoded(t, deleteRange("", ""))
	for id := range uint64(6) {
		data = join(data, encoded(t, revokeCommand(id)))
	}
	return data
}

// FuzzRecords is FuzzRestore behind the checksums, which a fuzzer hardly gets
// past: the input's parts, each behind two bytes of length, get valid frames.
func FuzzRecords(f *testing.F) {
	add := func(records ...[]byte) {
		var parts []byte
		for _, b := range records {
			parts = append(binary.BigEndian.AppendUint16(parts, uint16(len(b))), b...)
		}
		f.Add(parts)
	}
	encode := func(records ...*kvv1.SnapshotRecord) (out [][]byte) {
		for _, r := range records {
			b, err := proto.Marshal(r)
			if err != nil {
				f.Fatal(err)
			}
			out = append(out, b)
		}
		return out
	}
	add(encode(stateRecord(1, 9), memberRecord("n1"), memberRecord("n2"), itemRecord("a", 1, 2, 2), itemRecord("b", 3, 3, 1), trailerRecord(2, 2))...)
	add(encode(stateRecord(1, 0), trailerRecord(0, 0))...)
	m := New(Options{})
	for i, c := range goldenCommands() {
		do(f, m, encoded(f, c))
		if i%3 == 0 {
			add(records(f, persisted(f, m))...)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var parts [][]byte
		for len(data) > 2 {
			n := min(int(binary.BigEndian.Uint16(data)), len(data)-2)
			parts = append(parts, data[2:2+n])
			data = data[2+n:]
		}
		tryRestore(t, reframed(t, parts))
	})
}
