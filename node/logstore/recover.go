package logstore

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/hashicorp/raft"
)

// Open opens the log in dir, or makes one, and verifies every frame. Damage
// gives ErrCorrupt and changes no byte; only a last write that never completed
// is cleared.
func Open(dir string, o Options) (*Log, error) {
	l := &Log{dir: dir, o: o.withDefaults()}
	l.watch.clock, l.queued.clock = o.Clock, o.Clock
	l.o.watch = &l.watch
	l.fence.onFatal = o.OnFatal
	l.cache.limit = l.o.CacheBytes
	if err := l.o.mkdir(dir); err != nil {
		return nil, fmt.Errorf("create log folder: %w", err)
	}
	if err := l.load(); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	l.room = openRoom(l.o, dir, l.active())
	return l, nil
}

func (l *Log) load() error {
	found, err := filepath.Glob(filepath.Join(l.dir, "*.seg"))
	if err != nil {
		return err
	}
	_, err = os.Stat(filepath.Join(l.dir, metaFile))
	if errors.Is(err, os.ErrNotExist) {
		return l.begin(found)
	}
	if l.meta, err = readMeta(l.dir); err != nil {
		return err
	}
	var rest []byte
	var room rooms
	for n := l.meta.firstSegment; n <= l.meta.lastSegment; n++ {
		if rest, err = l.replay(n, &room); err != nil {
			return err
		}
	}
	if err := l.trim(); err != nil {
		return err
	}
	if err := l.settle(rest); err != nil {
		return err
	}
	return l.sweep(found)
}

// begin makes a log, unless files say that there was one.
func (l *Log) begin(found []string) error {
	for _, path := range found {
		b, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read segment: %w", err)
		}
		if path != segmentPath(l.dir, 1) || len(b) > sector && !allZero(b[sector:]) {
			return corrupt(filepath.Join(l.dir, metaFile), 0, "file is missing beside %s", path)
		}
	}
	seg, err := createSegment(l.o, l.dir, 1)
	if err != nil {
		return err
	}
	if err := l.start(seg, func(m *meta) { m.firstSegment = 1 }, 0); err != nil {
		return errors.Join(err, seg.close())
	}
	return nil
}

// rooms are kept from one segment to the next: 64 MiB each time would be most of
// what reading them costs.
type rooms struct{ file, frame []byte }

// read fills the room with a file.
func (r *rooms) read(f *os.File) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	size := int(info.Size())
	r.file = slices.Grow(r.file[:0], size)[:size]
	_, err = io.ReadFull(f, r.file)
	return r.file, err
}

// replay reads a segment. It returns what follows the frames: zeros, or in the
// last segment a write that never completed. It is in room.
func (l *Log) replay(n uint64, room *rooms) (rest []byte, err error) {
	path := segmentPath(l.dir, n)
	f, err := l.o.open(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil, corrupt(path, 0, "file is missing")
	}
	if err != nil {
		return nil, fmt.Errorf("open segment: %w", err)
	}
	seg := &segment{number: n, file: f, limit: l.o.SegmentBytes}
	l.segments = append(l.segments, seg)
	b, err := room.read(f)
	if err != nil {
		return nil, fmt.Errorf("read segment: %w", err)
	}
	at := 0
	for at < len(b) {
		fr, size, err := decodeFrame(b[at:], &room.frame)
		if err != nil {
			break
		}
		if fr.segment != n || (at == 0) != (fr.kind == kindOpen) {
			return nil, corrupt(path, int64(at), "frame of segment %d, kind %d", fr.segment, fr.kind)
		}
		if err := l.apply(seg, int64(at), fr); err != nil {
			return nil, corrupt(path, int64(at), "%v", err)
		}
		seg.last = int64(at)
		at += size
	}
	seg.end.Store(int64(at))
	seg.size.Store(int64(len(b)) / sector * sector)
	if at == 0 {
		return nil, corrupt(path, 0, "segment has no opening frame")
	}
	if !allZero(b[at:]) && (n != l.meta.lastSegment || !unfinished(b[at:])) {
		return nil, corrupt(path, int64(at), "frame does not have its checksum")
	}
	return b[at:], nil
}

func (l *Log) apply(seg *segment, at int64, f frame) error {
	switch f.kind {
	case kindOpen:
		if len(l.entries) > 0 && f.first != l.last()+1 {
			return fmt.Errorf("segment starts at entry %d, expected %d", f.first, l.last()+1)
		}
	case kindTruncate:
		if len(l.entries) > 0 && f.first <= l.last() {
			l.entries = l.entries[:max(f.first, l.first)-l.first]
		}
	case kindEntries:
		if len(l.entries) > 0 && f.first != l.last()+1 {
			return fmt.Errorf("frame starts at entry %d, expected %d", f.first, l.last()+1)
		}
		return l.index(seg, at, f)
	default:
		return fmt.Errorf("unknown kind of frame %d", f.kind)
	}
	return nil
}

func (l *Log) index(seg *segment, at int64, f frame) error {
	var e raft.Log
	off := 0
	for i := range uint64(f.count) {
		n, err := decodeEntry(f.payload[off:], &e)
		if err != nil {
			return err
		}
		if e.Index != f.first+i {
			return fmt.Errorf("expected entry %d, found %d", f.first+i, e.Index)
		}
		if len(l.entries) == 0 {
			l.first = e.Index
		}
		l.entries = append(l.entries, place{seg, at, frameHeader + off, n})
		off += n
	}
	if off != len(f.payload) {
		return fmt.Errorf("frame has %d bytes after its %d entries", len(f.payload)-off, f.count)
	}
	return nil
}

// trim forgets the entries that compaction removed.
func (l *Log) trim() error {
	first := l.meta.first
	if first == 0 {
		return nil
	}
	if len(l.entries) == 0 || first < l.first || first > l.last() {
		return corrupt(filepath.Join(l.dir, metaFile), 24, "log starts at entry %d, but has entries %d to %d", first, l.first, l.last())
	}
	l.entries, l.first = l.entries[first-l.first:], first
	return nil
}
