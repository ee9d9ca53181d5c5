package fsm

import (
	"errors"
	"fmt"
	"io"

	"github.com/hashicorp/raft"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
)

// SnapshotFormat is the format of the snapshots written here, and the highest
// that Restore reads.
//
// Format 1 has no history, leases and sessions. A store that has none yet is written
// in it: a member of version 0.1.0 may be the one that needs the snapshot.
const SnapshotFormat = 2

// Field numbers of log.proto for the record that there are millions of.
const (
	fieldItem       = 3 // SnapshotRecord.item
	fieldItemKey    = 1 // SnapshotItem.key and so on
	fieldItemValue  = 2
	fieldItemCreate = 3
	fieldItemMod    = 4
	fieldItemVer    = 5
	fieldItemLease  = 6
)

// snapshot is a view that Raft may write to a file.
type snapshot struct{ view *View }

var _ raft.FSMSnapshot = (*snapshot)(nil)

// Persist writes the view to the sink and closes it, or cancels it on an error.
func (s *snapshot) Persist(sink raft.SnapshotSink) error {
	if err := s.view.WriteSnapshot(sink); err != nil {
		return errors.Join(fmt.Errorf("persist snapshot: %w", err), sink.Cancel())
	}
	if err := sink.Close(); err != nil {
		return fmt.Errorf("close snapshot: %w", err)
	}
	return nil
}

// Release has nothing to do: the collector frees what only the view held.
func (s *snapshot) Release() {}

// WriteSnapshot writes the view to w as Machine.Restore reads it. The same view
// gives the same bytes each time. Errors are those of w.
func (v *View) WriteSnapshot(w io.Writer) error {
	out := newRecordWriter(w)
	for _, section := range []func(*recordWriter) error{
		v.writeState, v.writeMembers, v.writeLeases, v.writeItems, v.writeSessions, v.writeChanges, v.writeTrailer,
	} {
		if err := section(out); err != nil {
			return err
		}
	}
	return out.flush()
}

func (v *View) writeState(out *recordWriter) error {
	format, oldest := SnapshotFormat, v.oldest
	if !v.recorded {
		format, oldest = 1, 0
	}
	return out.message(&kvv1.SnapshotRecord{Record: &kvv1.SnapshotRecord_State{
		State: &kvv1.SnapshotState{
			Format:         uint32(format),
			ClusterId:      v.cluster.id,
			ClusterName:    v.cluster.name,
			AppliedIndex:   v.at.index,
			AppliedTerm:    v.at.term,
			Revision:       v.revision,
			OldestRevision: oldest,
			LastLease:      v.lastLease,
			QuotaBytes:     v.quota,
			ForgottenIndex: v.forgotten,
		},
	}})
}

func (v *View) writeMembers(out *recordWriter) (err error) {
	for _, m := range v.members {
		if err == nil {
			err = out.message(&kvv1.SnapshotRecord{Record: &kvv1.SnapshotRecord_Member{Member: m}})
		}
	}
	return err
}

func (v *View) writeLeases(out *recordWriter) (err error) {
	v.leases.Scan(func(row lease) bool {
		err = out.message(&kvv1.SnapshotRecord{Record: &kvv1.SnapshotRecord_Lease{
			Lease: &kvv1.SnapshotLease{Lease: row.id, TtlMs: row.ttl, Ephemeral: row.ephemeral},
		}})
		return err == nil
	})
	return err
}

func (v *View) writeItems(out *recordWriter) (err error) {
	v.order.Scan(func(it *Item) bool {
		err = out.write(func(b []byte) ([]byte, error) { return appendItem(b, it), nil })
		return err == nil
	})
	return err
}

func (v *View) writeSessions(out *recordWriter) (err error) {
	for _, ss := range v.byTurn() {
		if err == nil {
			err = out.message(&kvv1.SnapshotRecord{Record: &kvv1.SnapshotRecord_Session{Session: ss.message()}})
		}
	}
	return err
}

func (v *View) writeChanges(out *recordWriter) (err error) {
	v.changes.ascend(0, func(c *Change) bool {
		err = out.message(&kvv1.SnapshotRecord{Record: &kvv1.SnapshotRecord_Change{Change: v.changeMessage(c)}})
		return err == nil
	})
	return err
}

// changeMessage leaves out what else is in the snapshot: the value of a key that
// still is as the change has left it, and what another change has made.
func (v *View) changeMessage(c *Change) *kvv1.SnapshotChange {
	out := &kvv1.SnapshotChange{Live: v.Get([]byte(c.Item.Key)) == c.Item}
	if out.Live {
		out.Item = &kvv1.SnapshotItem{Key: c.Item.Message(true).Key, ModRevision: c.Item.ModRevision}
	} else {
		out.Item = itemMessage(c.Item)
	}
	if c.Prev != nil && c.Prev.ModRevision < v.oldest {
		out.Prev = itemMessage(c.Prev)
	}
	return out
}

func itemMessage(it *Item) *kvv1.SnapshotItem {
	m := it.Message(false)
	return &kvv1.SnapshotItem{
		Key: m.Key, Value: m.Value, CreateRevision: m.CreateRevision, ModRevision: m.ModRevision, Version: m.Version, Lease: m.Lease,
	}
}

func (v *View) writeTrailer(out *recordWriter) error {
	return out.message(&kvv1.SnapshotRecord{Record: &kvv1.SnapshotRecord_Trailer{
		Trailer: &kvv1.SnapshotTrailer{
			Items: uint64(v.Len()), Members: uint64(len(v.members)), Leases: uint64(v.leases.Len()),
			Sessions: uint64(v.sessions.Len()), Changes: uint64(v.changes.n),
		},
	}})
}

// message writes a record by protobuf.
func (w *recordWriter) message(r *kvv1.SnapshotRecord) error {
	return w.write(func(b []byte) ([]byte, error) {
		return proto.MarshalOptions{Deterministic: true}.MarshalAppend(b, r)
	})
}

// appendItem appends the SnapshotRecord of an item, as protobuf would. Written
// by hand it needs no allocation, of which a large store would make millions.
func appendItem(b []byte, it *Item) []byte {
	size := sizeField(fieldItemKey, it.Key) + sizeField(fieldItemValue, it.Value) +
		sizeUint(fieldItemCreate, it.CreateRevision) +
		sizeUint(fieldItemMod, it.ModRevision) +
		sizeUint(fieldItemVer, it.Version) +
		sizeUint(fieldItemLease, it.Lease)
	b = protowire.AppendTag(b, fieldItem, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(size))
	b = appendField(b, fieldItemKey, it.Key)
	b = appendField(b, fieldItemValue, it.Value)
	b = appendUint(b, fieldItemCreate, it.CreateRevision)
	b = appendUint(b, fieldItemMod, it.ModRevision)
	b = appendUint(b, fieldItemVer, it.Version)
	return appendUint(b, fieldItemLease, it.Lease)
}
