package node

import (
	"log/slog"
	"testing"

	"github.com/hashicorp/raft"

	"kv/node/fsm"
	"kv/node/logstore"
	"kv/node/snapstore"
	kvv1 "kv/proto/kv/v1"
)

// openSnapshots returns the snapshots in dir after one of size bytes has been made.
func openSnapshots(t *testing.T, dir string, index uint64, size int) *snapstore.Store {
	t.Helper()
	s, err := snapstore.Open(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	sink, err := s.Create(1, index, 1, raft.Configuration{}, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sink.Write(make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	return s
}

// A member without a leader, or one that catches up, may have much log behind its
// snapshot that it has not applied. Another snapshot would be much the same one.
func TestNoSnapshotIsDueOfWhatIsNotApplied(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	log, err := logstore.Open(logDir(dir), logstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	m := &member{cfg: Config{SnapshotBytes: 4 << 10}, log: log, machine: fsm.New(fsm.Options{}), snapshots: openSnapshots(t, dir, 10, 100)}
	var entries []*raft.Log
	for i := range uint64(40) {
		entries = append(entries, &raft.Log{Index: 1 + i, Term: 1, Data: fsm.AppendPut(nil, &kvv1.PutCommand{Key: []byte("k"), Value: []byte("v")}, nil)})
		if err := log.StoreLog(entries[i]); err != nil {
			t.Fatal(err)
		}
	}
	for applied, want := range map[int]bool{0: false, 10: false, 17: false, 18: true, 40: true} {
		m.machine = fsm.New(fsm.Options{})
		if applied > 0 {
			m.machine.ApplyBatch(entries[:applied])
		}
		if due, ok := m.snapshotDue(0); ok != want || due != 4<<10 {
			t.Errorf("%d of 40 entries applied, 10 in the snapshot: due %v at %d bytes", applied, ok, due)
		}
	}
}
