package snapstore

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/raft"
)

var members = raft.Configuration{Servers: []raft.Server{{ID: "a@1", Address: "127.0.0.1:9090"}}}

func mustOpen(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func create(t *testing.T, s raft.SnapshotStore, index, term uint64) raft.SnapshotSink {
	t.Helper()
	_, trans := raft.NewInmemTransport("")
	sink, err := s.Create(1, index, term, members, 1, trans)
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

// write makes a snapshot of data, in pieces of random sizes.
func write(t *testing.T, s raft.SnapshotStore, index, term uint64, data []byte) string {
	t.Helper()
	sink := create(t, s, index, term)
	for len(data) > 0 {
		n := min(len(data), 1+rand.IntN(2*chunk))
		if _, err := sink.Write(data[:n]); err != nil {
			t.Fatal(err)
		}
		data = data[n:]
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	return sink.ID()
}

func read(s raft.SnapshotStore, id string) (raft.SnapshotMeta, []byte, error) {
	meta, r, err := s.Open(id)
	if err != nil {
		return raft.SnapshotMeta{}, nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	return *meta, data, err
}

func random(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	return b
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestWhatWasWrittenIsRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := mustOpen(t, dir)
	if _, ok := s.Newest(); ok {
		t.Fatal("a new store has a snapshot")
	}
	for i, n := range []int{0, 1, chunk, chunk + 1, 3*window + 5000} {
		data := random(n)
		id := write(t, s, uint64(10+i), 2, data)
		for _, s := range []*Store{s, mustOpen(t, dir)} {
			meta, found, err := read(s, id)
			if err != nil || !bytes.Equal(found, data) {
				t.Fatalf("%d bytes: %d bytes found, %v", n, len(found), err)
			}
			newest, _ := s.Newest()
			if newest.ID != id || newest.Size != int64(n) || meta.Index != uint64(10+i) || meta.Term != 2 ||
				meta.ConfigurationIndex != 1 || len(meta.Configuration.Servers) != 1 || meta.Configuration.Servers[0] != members.Servers[0] {
				t.Fatalf("newest is %+v, opened was %+v", newest, meta)
			}
		}
	}
	if found := names(t, dir); len(found) != retain {
		t.Errorf("kept %q", found)
	}
}

// TestLibrarysSnapshots reads what the library's file store has written.
func TestLibrarysSnapshots(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	library, err := raft.NewFileSnapshotStore(dir, retain, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	write(t, library, 5, 1, random(100))
	data := random(3 * chunk)
	id := write(t, library, 7, 3, data)
	s := mustOpen(t, dir)
	meta, found, err := read(s, id)
	if err != nil || !bytes.Equal(found, data) || meta.Index != 7 || meta.Configuration.Servers[0] != members.Servers[0] {
		t.Fatalf("%+v with %d bytes, %v", meta, len(found), err)
	}
	if metas, err := s.List(); err != nil || len(metas) != 1 || metas[0].ID != id || metas[0].Size != int64(len(data)) {
		t.Fatalf("%+v, %v", metas, err)
	}
	flip(t, filepath.Join(dir, folder, id, stateName), 8*1000)
	if _, _, err := read(s, id); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("damage was read: %v", err)
	}
	write(t, s, 9, 3, random(100))
	if found := names(t, dir); len(found) != retain {
		t.Errorf("kept %q", found)
	}
}

func flip(t *testing.T, path string, bit int) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[bit/8] ^= 1 << (bit % 8)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestEveryFlippedBit flips each bit of a snapshot: it is not read to its end, or
// does not count at all.
func TestEveryFlippedBit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := random(40)
	id := write(t, mustOpen(t, dir), 7, 3, data)
	for _, name := range []string{stateName, metaName} {
		path := filepath.Join(dir, folder, id, name)
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		for bit := range int(info.Size()) * 8 {
			flip(t, path, bit)
			s := mustOpen(t, dir)
			newest, ok := s.Newest()
			_, found, err := read(s, id)
			flip(t, path, bit)
			if err == nil && bytes.Equal(found, data) && newest.Index == 7 && newest.Term == 3 && newest.Size == 40 {
				continue // the spaces around it, or the case of a name
			}
			if !errors.Is(err, ErrCorrupt) || ok != (name == stateName) {
				t.Fatalf("bit %d of %s: newest %v, %d bytes found, %v", bit, name, ok, len(found), err)
			}
		}
	}
}

func TestShortAndLongStates(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := mustOpen(t, dir)
	data := random(3000)
	id := write(t, s, 7, 3, data)
	for _, state := range [][]byte{nil, data[:1], data[:2999], append(bytes.Clone(data), 0)} {
		if err := os.WriteFile(filepath.Join(dir, folder, id, stateName), state, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := read(s, id); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%d bytes of %d were read: %v", len(state), len(data), err)
		}
	}
}

func TestUnfinishedSnapshotsGoAway(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := mustOpen(t, dir)
	id := write(t, s, 7, 3, random(10))
	canceled, left := create(t, s, 8, 3), create(t, s, 9, 3)
	if _, err := left.Write(random(2 * chunk)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(canceled.Cancel(), canceled.Close()); err != nil {
		t.Fatal(err)
	}
	if found := names(t, dir); len(found) != 2 {
		t.Errorf("beside an unfinished one: %q", found)
	}
	s = mustOpen(t, dir) // as after a crash
	if newest, _ := s.Newest(); newest.ID != id {
		t.Errorf("newest is %q, expected %q", newest.ID, id)
	}
	if found := names(t, dir); len(found) != 1 {
		t.Errorf("after a start: %q", found)
	}
	if err := left.Cancel(); err != nil {
		t.Fatal(err)
	}
}

// TestAFailedWriteLeavesNothing closes the file behind the sink's back.
func TestAFailedWriteLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := mustOpen(t, dir)
	sk := create(t, s, 7, 3)
	sk.(*sink).file.Close()
	if _, err := sk.Write(random(chunk)); err == nil {
		t.Error("a write to a closed file was taken")
	}
	if err := sk.Close(); err == nil {
		t.Error("a failed snapshot was published")
	}
	if _, ok := s.Newest(); ok || len(names(t, dir)) > 0 {
		t.Errorf("left %q", names(t, dir))
	}
}
