package fsm

import (
	"errors"
	"fmt"
	"io"

	"github.com/hashicorp/raft"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"kv/node/planted"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/wire"
)

// SnapshotFormat is the format of the snapshots written here, and the highest
// that Restore reads.
//
// Format 1 has no history, leases and sessions. A store that has none yet is written
// in it: a member of version 0.1.0 may be the one that needs the snapshot.
const SnapshotFormat = 2

// Field numbers of log.proto for the records that there are millions of.
const (
	fieldItem       = 3 // SnapshotRecord.item
	fieldItemKey    = 1 // SnapshotItem.key and so on
	fieldItemValue  = 2
	fieldItemCreate = 3
	fieldItemMod    = 4
	fieldItemVer    = 5
	fieldItemLease  = 6

	fieldChange     = 7 // SnapshotRecord.change
	fieldChangeItem = 1 // SnapshotChange.item and so on
	fieldChangeLive = 2
	fieldChangePrev = 3
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

// Release lets go of what only the snapshot keeps in memory.
func (s *snapshot) Release() { s.view.Release() }

// WriteSnapshot writes the view to w as Machine.Restore reads it. The same view
// gives the same bytes each time. Errors are those of w.
func (v *View) WriteSnapshot(w io.Writer) error {
	out := &recordWriter{w: w}
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
	v.Scan(Range{}, func(it *Item) bool {
		f := it.fields()
		err = out.end(f.append(out.begin(), fieldItem))
		return err == nil
	})
	return err
}

func (v *View) writeSessions(out *recordWriter) (err error) {
	if planted.LostSessions {
		return nil
	}
	for _, ss := range v.byTurn() {
		if err == nil {
			err = out.message(&kvv1.SnapshotRecord{Record: &kvv1.SnapshotRecord_Session{Session: ss.message()}})
		}
	}
	return err
}

// writeChanges leaves out what else is in the snapshot: the value of a key that still
// is as the change has left it, and what another change has made.
func (v *View) writeChanges(out *recordWriter) (err error) {
	replaced := v.replaced()
	v.changes.ascend(v.changes.begin, func(c *change) bool {
		var prev *fields[string]
		if it := c.prev.live(); it != nil && it.ModRevision() < v.oldest {
			f := it.fields()
			prev = &f
		}
		item, live := c.item.fields(), !c.item.Deleted() && !replaced[0]
		if live {
			item = fields[string]{key: item.key, mod: item.mod}
		}
		replaced = replaced[1:]
		err = out.end(appendChange(out.begin(), &item, live, prev))
		return err == nil
	})
	return err
}

// replaced tells of each change whether a later one has replaced what it made. Where
// each revision is of one change, as most are, it knows at once which that was.
func (v *View) replaced() []bool {
	h := &v.changes
	out := make([]bool, h.len())
	h.ascend(h.begin, func(c *change) bool {
		prev := c.prev.live()
		if prev == nil || prev.ModRevision() < v.oldest {
			return true
		}
		made := h.begin + prev.ModRevision() - v.oldest
		if made >= h.end || h.at(made).item != prev {
			made = h.from(prev.ModRevision())
		}
		for h.at(made).item != prev {
			made++
		}
		out[made-h.begin] = true
		return true
	})
	return out
}

func (v *View) writeTrailer(out *recordWriter) error {
	sessions := v.sessions.Len()
	if planted.LostSessions {
		sessions = 0
	}
	return out.message(&kvv1.SnapshotRecord{Record: &kvv1.SnapshotRecord_Trailer{
		Trailer: &kvv1.SnapshotTrailer{
			Items: uint64(v.Len()), Members: uint64(len(v.members)), Leases: uint64(v.leases.Len()),
			Sessions: uint64(sessions), Changes: uint64(v.changes.len()),
		},
	}})
}

// message writes a record by protobuf.
func (w *recordWriter) message(r *kvv1.SnapshotRecord) error {
	b, err := proto.MarshalOptions{Deterministic: true}.MarshalAppend(w.begin(), r)
	if err != nil {
		return err
	}
	return w.end(b)
}

// size is how long the fields are as a SnapshotItem.
func (f *fields[T]) size() int {
	return wire.SizeBytes(fieldItemKey, f.key) + wire.SizeBytes(fieldItemValue, f.value) +
		wire.SizeUint(fieldItemCreate, f.create) + wire.SizeUint(fieldItemMod, f.mod) +
		wire.SizeUint(fieldItemVer, f.version) + wire.SizeUint(fieldItemLease, f.lease)
}

// append appends a field that is a SnapshotItem, as protobuf would. Written by hand
// it needs no allocation, of which a large store would make millions.
func (f *fields[T]) append(b []byte, num protowire.Number) []byte {
	b = protowire.AppendTag(b, num, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(f.size()))
	b = wire.AppendBytes(b, fieldItemKey, f.key)
	b = wire.AppendBytes(b, fieldItemValue, f.value)
	b = wire.AppendUint(b, fieldItemCreate, f.create)
	b = wire.AppendUint(b, fieldItemMod, f.mod)
	b = wire.AppendUint(b, fieldItemVer, f.version)
	return wire.AppendUint(b, fieldItemLease, f.lease)
}

// appendChange appends the SnapshotRecord of a change.
func appendChange(b []byte, item *fields[string], live bool, prev *fields[string]) []byte {
	sizeItem := func(f *fields[string]) int { return protowire.SizeTag(fieldChangeItem) + protowire.SizeBytes(f.size()) }
	size := sizeItem(item) + wire.SizeUint(fieldChangeLive, protowire.EncodeBool(live))
	if prev != nil {
		size += sizeItem(prev)
	}
	b = protowire.AppendTag(b, fieldChange, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(size))
	b = item.append(b, fieldChangeItem)
	b = wire.AppendUint(b, fieldChangeLive, protowire.EncodeBool(live))
	if prev != nil {
		b = prev.append(b, fieldChangePrev)
	}
	return b
}
