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
const SnapshotFormat = 1

// Field numbers of log.proto for the record that there are millions of.
const (
	fieldItem       = 3 // SnapshotRecord.item
	fieldItemKey    = 1 // SnapshotItem.key and so on
	fieldItemValue  = 2
	fieldItemCreate = 3
	fieldItemMod    = 4
	fieldItemVer    = 5
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
	if err := v.writeHead(out); err != nil {
		return err
	}
	if err := v.writeItems(out); err != nil {
		return err
	}
	err := out.write(marshalTo(&kvv1.SnapshotRecord{Record: &kvv1.SnapshotRecord_Trailer{
		Trailer: &kvv1.SnapshotTrailer{Items: uint64(v.Len()), Members: uint64(len(v.members))},
	}}))
	if err != nil {
		return err
	}
	return out.flush()
}

// writeHead writes what is not an item: the state and the member table.
func (v *View) writeHead(out *recordWriter) error {
	err := out.write(marshalTo(&kvv1.SnapshotRecord{Record: &kvv1.SnapshotRecord_State{
		State: &kvv1.SnapshotState{
			Format:       SnapshotFormat,
			ClusterId:    v.cluster.id,
			ClusterName:  v.cluster.name,
			AppliedIndex: v.at.index,
			AppliedTerm:  v.at.term,
			Revision:     v.revision,
		},
	}}))
	for _, m := range v.members {
		if err != nil {
			return err
		}
		err = out.write(marshalTo(&kvv1.SnapshotRecord{Record: &kvv1.SnapshotRecord_Member{Member: m}}))
	}
	return err
}

func (v *View) writeItems(out *recordWriter) (err error) {
	v.order.Scan(func(it *Item) bool {
		err = out.write(func(b []byte) ([]byte, error) { return appendItem(b, it), nil })
		return err == nil
	})
	return err
}

// marshalTo appends a record by protobuf.
func marshalTo(r *kvv1.SnapshotRecord) func([]byte) ([]byte, error) {
	return func(b []byte) ([]byte, error) {
		return proto.MarshalOptions{Deterministic: true}.MarshalAppend(b, r)
	}
}

// appendItem appends the SnapshotRecord of an item, as protobuf would. Written
// by hand it needs no allocation, of which a large store would make millions.
func appendItem(b []byte, it *Item) []byte {
	size := sizeField(fieldItemKey, it.Key) + sizeField(fieldItemValue, it.Value) +
		sizeUint(fieldItemCreate, it.CreateRevision) +
		sizeUint(fieldItemMod, it.ModRevision) +
		sizeUint(fieldItemVer, it.Version)
	b = protowire.AppendTag(b, fieldItem, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(size))
	b = appendField(b, fieldItemKey, it.Key)
	b = appendField(b, fieldItemValue, it.Value)
	b = appendUint(b, fieldItemCreate, it.CreateRevision)
	b = appendUint(b, fieldItemMod, it.ModRevision)
	return appendUint(b, fieldItemVer, it.Version)
}

// appendUint appends a number. No number of an item is ever 0, which proto3
// would leave out.
func appendUint(b []byte, num protowire.Number, n uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), n)
}

func sizeUint(num protowire.Number, n uint64) int {
	return protowire.SizeTag(num) + protowire.SizeVarint(n)
}
