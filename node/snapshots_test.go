package node

import (
	"log/slog"
	"os"
	"path/filepath"
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
	s, err := snapstore.Open(dir, slog.New(slog.DiscardHandler), nil)
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
		if due := m.snapshotDue(0); due != want {
			t.Errorf("%d of 40 entries applied, 10 in the snapshot: due %v", applied, due)
		}
	}
}

// After the install of a snapshot the log is empty. If that snapshot is then damaged,
// the one before it, or none, must not be taken for all that the member has had.
func TestADamagedSnapshotIsMissed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		older, last uint64 // 0: none
		refused     bool
	}{
		"no log":                       {refused: true},
		"no log, but an older one":     {older: 5, refused: true},
		"the log has all of it":        {older: 5, last: 25},
		"the log was being replaced":   {older: 5, last: 15, refused: true},
		"there is a newer one":         {older: 30},
		"the log has all from 1 up to": {last: 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if test.older > 0 {
				openSnapshots(t, dir, test.older, 100)
			}
			openSnapshots(t, dir, 20, 100)
			metas, err := filepath.Glob(filepath.Join(dir, "snapshots", "1-20-*", "meta.json"))
			if err != nil || len(metas) != 1 {
				t.Fatal(metas, err)
			}
			if err := os.WriteFile(metas[0], []byte("{"), 0o600); err != nil {
				t.Fatal(err)
			}
			log, err := logstore.Open(logDir(dir), logstore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { log.Close() })
			for i := range test.last {
				if err := log.StoreLog(&raft.Log{Index: 1 + i, Term: 1}); err != nil {
					t.Fatal(err)
				}
			}
			s, err := snapstore.Open(dir, slog.New(slog.DiscardHandler), nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := reconcile(log, s); (err != nil) != test.refused {
				t.Errorf("the member starts: %v", err)
			}
		})
	}
}
