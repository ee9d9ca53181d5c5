package node

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/hashicorp/raft"

	"kv/node/logstore"
	"kv/node/snapstore"
	kvv1 "kv/proto/kv/v1"
)

// reconcile makes the log fit the newest snapshot after a crash between the
// install of a snapshot and the removal of the log it replaces, and refuses a
// log that does not reach back to the snapshot. So it does a damaged snapshot that
// nothing stands in for: right after an install there is no log, and the member would
// start with less than it has confirmed, or even as one that never had anything.
func reconcile(log *logstore.Log, snapshots *snapstore.Store) error {
	snapshot, _ := snapshots.Newest()
	first, err := log.FirstIndex()
	if err != nil {
		return fmt.Errorf("look at log: %w", err)
	}
	last, err := log.LastIndex()
	if err != nil {
		return fmt.Errorf("look at log: %w", err)
	}
	if first > snapshot.Index+1 {
		return fmt.Errorf("the log begins at index %d but the newest snapshot ends at %d: entries are missing; "+
			"remove this member from its cluster, empty its DATA_DIR and join again", first, snapshot.Index)
	}
	if damaged := snapshots.Unreadable(); damaged > max(last, snapshot.Index) {
		return fmt.Errorf("the snapshot up to index %d is damaged, and the log ends at %d: entries are missing; "+
			"remove this member from its cluster, empty its DATA_DIR and join again", damaged, last)
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

// errStalled is why a node ends whose disk may never answer again.
var errStalled = errors.New("the disk is too slow or hangs")

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
			m.fail(fmt.Errorf("disk: one fsync has lasted %s; %w", stalled.Round(time.Second), errStalled))
			return
		}
	}
}

// watchLog has a snapshot made when the log behind the last one has grown enough.
// Nothing else does: the library's own rule counts entries, and those are of one
// write or of a thousand.
func (m *member) watchLog(ctx context.Context) {
	tick := time.NewTicker(m.cfg.HeartbeatTimeout / 4)
	defer tick.Stop()
	early := rand.Float64()
	var failed time.Time
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if time.Since(failed) < 5*time.Second {
			continue
		}
		due, ok := m.snapshotDue(early)
		if !ok {
			continue
		}
		if err := m.snapshot(due / 2); err != nil {
			m.cfg.Logger.Warn("snapshot", "error", err)
			failed = time.Now()
		}
		early = rand.Float64()
	}
}

// snapshotDue returns how much log makes a snapshot due, and whether there is that
// much which a snapshot would stand for now. What is not applied does not count: a
// snapshot would not stand for it, and another would be due as soon as it is made.
func (m *member) snapshotDue(early float64) (due int64, ok bool) {
	newest, _ := m.snapshots.Newest()
	applied, _ := m.machine.Applied()
	due = max(m.cfg.SnapshotBytes, newest.Size)
	// Up to a quarter earlier, so that members that have the same log do not all
	// write a snapshot at the same time.
	return due, m.log.BytesAfter(newest.Index)-m.log.BytesAfter(applied) >= due-int64(early/4*float64(due))
}

// snapshot has a snapshot made, and the log cut to the newest trailing bytes, but
// at least to what the snapshot does not have.
func (m *member) snapshot(trailing int64) error {
	conf := m.raft().ReloadableConfig()
	conf.TrailingLogs = max(1, min(m.cfg.TrailingEntries, m.log.EntriesIn(trailing)))
	if err := m.raft().ReloadConfig(conf); err != nil {
		return err
	}
	if err := m.settle(func(r *raft.Raft) raft.Future { return r.Snapshot() }); err != nil {
		return err
	}
	made, _ := m.snapshots.Newest()
	m.cfg.Events.note(&kvv1.Event{Kind: kvv1.EventKind_EVENT_KIND_SNAPSHOT_MADE, Term: made.Term, Index: made.Index, Count: uint64(made.Size)})
	return nil
}
