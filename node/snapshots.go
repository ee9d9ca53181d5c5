package node

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/hashicorp/raft"

	"kv/node/logstore"
)

// retainSnapshots is how many snapshots stay on disk. Only the newest is used;
// the one before is there for a person to fall back to.
const retainSnapshots = 2

// newestSnapshot is the library's file store, which shows the newest snapshot
// only. The library would start from an older one if the newest is damaged; the
// log between them is compacted, and it would then panic, or serve old state.
type newestSnapshot struct{ *raft.FileSnapshotStore }

// List implements raft.SnapshotStore.
func (s *newestSnapshot) List() ([]*raft.SnapshotMeta, error) {
	all, err := s.FileSnapshotStore.List()
	return all[:min(len(all), 1)], err
}

func openSnapshots(dir string, logger *slog.Logger) (*newestSnapshot, error) {
	// A crash in the middle of a snapshot leaves its folder, which the library
	// skips for ever.
	leftovers, err := filepath.Glob(filepath.Join(dir, "snapshots", "*.tmp"))
	if err != nil {
		return nil, fmt.Errorf("look for unfinished snapshots: %w", err)
	}
	for _, path := range leftovers {
		if err := os.RemoveAll(path); err != nil {
			return nil, fmt.Errorf("remove unfinished snapshot: %w", err)
		}
	}
	store, err := raft.NewFileSnapshotStoreWithLogger(dir, retainSnapshots, newRaftLogger(logger))
	if err != nil {
		return nil, fmt.Errorf("open snapshots: %w", err)
	}
	return &newestSnapshot{store}, nil
}

// reconcile makes the log fit the newest snapshot after a crash between the
// install of a snapshot and the removal of the log it replaces, and refuses a
// log that does not reach back to the snapshot.
func reconcile(log *logstore.Log, snapshots *newestSnapshot) error {
	metas, err := snapshots.List()
	if err != nil {
		return fmt.Errorf("list snapshots: %w", err)
	}
	first, err := log.FirstIndex()
	if err != nil {
		return fmt.Errorf("look at log: %w", err)
	}
	last, err := log.LastIndex()
	if err != nil {
		return fmt.Errorf("look at log: %w", err)
	}
	var snapshot raft.SnapshotMeta
	if len(metas) > 0 {
		snapshot = *metas[0]
	}
	if first > snapshot.Index+1 {
		return fmt.Errorf("the log begins at index %d but the newest snapshot ends at %d: entries are missing; "+
			"remove this member from its cluster, empty its DATA_DIR and join again", first, snapshot.Index)
	}
	if last == 0 || snapshot.Index == 0 {
		return nil
	}
	replaced := last < snapshot.Index
	if !replaced && first <= snapshot.Index {
		var entry raft.Log
		if err := log.GetLog(snapshot.Index, &entry); err != nil {
			return fmt.Errorf("look at log: %w", err)
		}
		replaced = entry.Term != snapshot.Term
	}
	if !replaced {
		return nil
	}
	if err := log.DeleteRange(first, last); err != nil {
		return fmt.Errorf("remove the log that the snapshot replaces: %w", err)
	}
	return nil
}

// watchDisk ends the member when one fsync lasts for too long.
func (m *member) watchDisk(ctx context.Context) {
	tick := time.NewTicker(m.cfg.HeartbeatTimeout / 2)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if stalled := m.log.Stalled(); stalled > 4*m.cfg.StallTimeout {
			m.fail(fmt.Errorf("disk: one fsync has lasted %s; the disk is too slow or hangs", stalled.Round(time.Second)))
			return
		}
	}
}

// watchLog has a snapshot made when the log has grown by many bytes; the library
// counts entries only.
func (m *member) watchLog(ctx context.Context) {
	tick := time.NewTicker(m.cfg.HeartbeatTimeout / 2)
	defer tick.Stop()
	var base int64 // size of the log after the last snapshot
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		size := m.log.Bytes()
		base = min(base, size)
		if size-base < m.cfg.SnapshotBytes {
			continue
		}
		if err := m.snapshot(size); err != nil {
			m.cfg.Logger.Warn("snapshot", "error", err)
		}
		base = m.log.Bytes()
	}
}

// snapshot has a snapshot made and the log cut to at most SnapshotBytes.
func (m *member) snapshot(size int64) error {
	first, _ := m.log.FirstIndex()
	last, _ := m.log.LastIndex()
	r := m.raft()
	conf := r.ReloadableConfig()
	conf.TrailingLogs = m.cfg.TrailingEntries
	if entries := last - first + 1; entries > 0 && size > 0 {
		average := max(size/int64(entries), 1)
		conf.TrailingLogs = min(conf.TrailingLogs, uint64(m.cfg.SnapshotBytes/average))
	}
	if err := r.ReloadConfig(conf); err != nil {
		return err
	}
	return m.settle(func(r *raft.Raft) raft.Future { return r.Snapshot() })
}
