package snapstore

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"os"
	"path/filepath"

	"github.com/hashicorp/raft"

	"kv/node/guard"
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	ecma       = crc64.MakeTable(crc64.ECMA)
)

// record is what meta.json says of a snapshot.
type record struct {
	meta raft.SnapshotMeta
	sum  []byte           // of the state
	hash func() hash.Hash // what sum is made with
}

// compare orders snapshots as the library does: by term, index, and age.
func (r *record) compare(o *record) int {
	return cmp.Or(cmp.Compare(r.meta.Term, o.meta.Term), cmp.Compare(r.meta.Index, o.meta.Index), cmp.Compare(r.meta.ID, o.meta.ID))
}

// metaFile is meta.json. The checksums are CRC-32C: State of the state, Meta of
// State (little endian) and of the bytes of Snapshot.
type metaFile struct {
	Snapshot    json.RawMessage // a raft.SnapshotMeta
	State, Meta uint32
}

// libraryMeta is meta.json as the library's file store has written it.
type libraryMeta struct {
	raft.SnapshotMeta
	CRC []byte // CRC-64 of the state
}

func metaSum(snapshot []byte, state uint32) uint32 {
	return crc32.Update(crc32.Checksum(binary.LittleEndian.AppendUint32(nil, state), castagnoli), castagnoli, snapshot)
}

func crc32c() hash.Hash { return crc32.New(castagnoli) }

func crc64ecma() hash.Hash { return crc64.New(ecma) }

func newRecord(meta raft.SnapshotMeta, state uint32) *record {
	return &record{meta: meta, sum: binary.BigEndian.AppendUint32(nil, state), hash: crc32c}
}

// writeMeta writes the description of a snapshot into its folder, durably.
func writeMeta(disk guard.Disk, dir string, meta raft.SnapshotMeta, state uint32) error {
	snapshot, err := json.Marshal(meta)
	if err != nil {
		return fmt.Errorf("encode snapshot meta: %w", err)
	}
	b, err := json.Marshal(metaFile{snapshot, state, metaSum(snapshot, state)})
	if err != nil {
		return fmt.Errorf("encode snapshot meta: %w", err)
	}
	f, err := disk.Create(filepath.Join(dir, metaName))
	if err != nil {
		return fmt.Errorf("create snapshot meta: %w", err)
	}
	err = disk.WriteAt(f, append(b, '\n'), 0)
	if err == nil {
		err = disk.Sync(f)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write snapshot meta: %w", err)
	}
	return nil
}

// readMeta reads the description of the snapshot in a folder, in either form.
func readMeta(dir string) (*record, error) {
	path := filepath.Join(dir, metaName)
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read snapshot meta: %w", err)
	}
	var m metaFile
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrCorrupt, path, err)
	}
	var rec *record
	if m.Snapshot == nil {
		var old libraryMeta
		err = json.Unmarshal(b, &old)
		rec = &record{meta: old.SnapshotMeta, sum: old.CRC, hash: crc64ecma}
	} else {
		if metaSum(m.Snapshot, m.State) != m.Meta {
			return nil, fmt.Errorf("%w: %s does not have its checksum", ErrCorrupt, path)
		}
		var meta raft.SnapshotMeta
		err = json.Unmarshal(m.Snapshot, &meta)
		rec = newRecord(meta, m.State)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrCorrupt, path, err)
	}
	if rec.meta.Version != 1 || rec.meta.ID != filepath.Base(dir) {
		return nil, fmt.Errorf("%w: %s is of snapshot %q, version %d", ErrCorrupt, path, rec.meta.ID, rec.meta.Version)
	}
	return rec, nil
}
