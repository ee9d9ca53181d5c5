package node

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/hashicorp/raft"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// demand is somebody's wish for a snapshot now.
type demand struct {
	keep uint64        // entries that are to stay in the log; 0 leaves it to the member
	done chan snapshot // buffered by one
}

// snapshot is what came of a demand.
type snapshot struct {
	meta raft.SnapshotMeta
	err  error
}

// runSnapshots makes the member's snapshots, one after another: one when the log behind
// the last one has grown enough, and those that somebody wishes for. The library's own
// rule counts entries, and those are of one write or of a thousand.
func (m *member) runSnapshots(ctx context.Context) {
	tick := time.NewTicker(m.cfg.HeartbeatTimeout / 4)
	defer tick.Stop()
	early := rand.Float64()
	var failed time.Time
	for {
		select {
		case d := <-m.demands:
			meta, err := m.snapshotNow(d.keep)
			d.done <- snapshot{meta, err}
			continue
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if time.Since(failed) < 5*time.Second || !m.snapshotDue(early) {
			continue
		}
		if err := m.snapshot(m.trailing()); err != nil {
			m.cfg.Logger.Warn("snapshot", "error", err)
			failed = time.Now()
		}
		early = rand.Float64()
	}
}

// dueBytes is how much log makes a snapshot due.
func (m *member) dueBytes() int64 {
	newest, _ := m.snapshots.Newest()
	return max(m.cfg.SnapshotBytes, newest.Size)
}

// snapshotDue returns whether there is enough log that a snapshot would stand for now.
// What is not applied does not count: a snapshot would not stand for it, and another
// would be due as soon as it is made.
func (m *member) snapshotDue(early float64) bool {
	newest, _ := m.snapshots.Newest()
	applied, _ := m.machine.Applied()
	due := m.dueBytes()
	// Up to a quarter earlier, so that members that have the same log do not all
	// write a snapshot at the same time.
	return m.log.BytesAfter(newest.Index)-m.log.BytesAfter(applied) >= due-int64(early/4*float64(due))
}

// trailing is how many entries stay in the log behind a snapshot that nobody has asked
// for.
func (m *member) trailing() uint64 {
	return min(m.cfg.TrailingEntries, m.log.EntriesIn(m.dueBytes()/2))
}

// snapshotNow makes a snapshot unless the newest one has all there is.
func (m *member) snapshotNow(keep uint64) (raft.SnapshotMeta, error) {
	newest, _ := m.snapshots.Newest()
	if applied, _ := m.machine.Applied(); applied <= newest.Index {
		return newest, kverr.ErrNothingNew.Withf("%s has applied nothing since its snapshot up to index %d; that one has it all", m.cfg.Name, newest.Index)
	}
	if keep == 0 {
		keep = m.trailing()
	}
	err := m.fromRaft(m.snapshot(keep))
	newest, _ = m.snapshots.Newest()
	return newest, err
}

// snapshot has a snapshot made, and the log cut to the newest entries, but at least to
// what the snapshot does not have.
func (m *member) snapshot(trailing uint64) error {
	err := m.reload(m.raft(), func(conf *raft.ReloadableConfig) { conf.TrailingLogs = max(1, trailing) })
	if err != nil {
		return err
	}
	if err := m.settle(func(r *raft.Raft) raft.Future { return r.Snapshot() }); err != nil {
		return err
	}
	made, _ := m.snapshots.Newest()
	m.cfg.Events.note(&kvv1.Event{Kind: kvv1.EventKind_EVENT_KIND_SNAPSHOT_MADE, Term: made.Term, Index: made.Index, Count: uint64(made.Size)})
	return nil
}

// Snapshot implements rpc.Backend.
func (n *Node) Snapshot(ctx context.Context, req *kvv1.SnapshotRequest) (*kvv1.SnapshotResponse, error) {
	m, err := n.cluster()
	if err != nil {
		return nil, err
	}
	d := demand{req.GetKeepEntries(), make(chan snapshot, 1)}
	select {
	case m.demands <- d:
	case <-m.ctx.Done():
		return nil, kverr.ErrStopping
	case <-ctx.Done():
		return nil, notDone(kverr.From(ctx.Err()), "the member was busy with another snapshot; none was made")
	}
	var made snapshot
	select {
	case made = <-d.done:
	case <-m.ctx.Done():
		return nil, kverr.ErrShutdown
	case <-ctx.Done():
		return nil, kverr.From(ctx.Err())
	}
	if made.err != nil {
		return nil, made.err
	}
	first, _ := m.log.FirstIndex() // a log that has failed ends the member
	last, _ := m.log.LastIndex()
	return &kvv1.SnapshotResponse{Header: m.header(m.machine.Revision()), Index: made.meta.Index, Term: made.meta.Term,
		Size: uint64(made.meta.Size), FirstIndex: first, LastIndex: last}, nil
}
