package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/raft"

	"kv/node/logstore"
	"kv/node/snapstore"
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
