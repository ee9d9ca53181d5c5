package logstore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hashicorp/raft"
)

// Open opens the log in dir, or makes one, and verifies every frame. Damage
// gives ErrCorrupt and changes no byte; only a last write that never completed
// is cleared.
func Open(dir string, o Options) (*Log, error) {
	l := &Log{dir: dir, o: o.withDefaults()}
	l.fence.onFatal = o.OnFatal
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create log folder: %w", err)
	}
	if err := l.load(); err != nil {
		return nil, errors.Join(err, l.Close())
	}
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
	torn := int64(-1)
	for n := l.meta.firstSegment; n <= l.meta.lastSegment; n++ {
		if torn, err = l.replay(n); err != nil {
			return err
		}
	}
	if err := l.trim(); err != nil {
		return err
	}
	if torn >= 0 {
		if err := l.clear(torn); err != nil {
			return err
		}
	}
	return l.sweep(found)
}

// begin makes a log, unless segments say that there was one.
func (l *Log) begin(found []string) error {
	for _, path := range found {
		if path != segmentPath(l.dir, 1) {
			return corrupt(filepath.Join(l.dir, metaFile), 0, "file is missing beside %s", path)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read segment: %w", err)
		}
		if len(b) > sector && !allZero(b[sector:]) {
			return corrupt(filepath.Join(l.dir, metaFile), 0, "file is missing beside %s", path)
		}
	}
	_, err := l.roll(meta{1, 1, 0}, 0)
	return err
}

// replay reads a segment; torn is where its unfinished last frame starts, or -1.
func (l *Log) replay(n uint64) (torn int64, err error) {
	path := segmentPath(l.dir, n)
	f, err := l.o.open(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return -1, corrupt(path, 0, "file is missing")
	}
	if err != nil {
		return -1, fmt.Errorf("open segment: %w", err)
	}
	seg := &segment{number: n, file: f}
	l.segments = append(l.segments, seg)
	b, err := os.ReadFile(path)
	if err != nil {
		return -1, fmt.Errorf("read segment: %w", err)
	}
	seg.size = int64(len(b)) / sector * sector
	at := 0
	for at < len(b) {
		fr, size, err := decodeFrame(b[at:])
		if err != nil {
			break
		}
		if fr.segment != n || (at == 0) != (fr.kind == kindOpen) {
			return -1, corrupt(path, int64(at), "frame of segment %d, kind %d", fr.segment, fr.kind)
		}
		if err := l.apply(seg, int64(at), fr); err != nil {
			return -1, corrupt(path, int64(at), "%v", err)
		}
		at += size
		l.bytes.Add(int64(size))
	}
	seg.end = int64(at)
	if at == 0 {
		return -1, corrupt(path, 0, "segment has no opening frame")
	}
	if allZero(b[at:]) {
		return -1, nil
	}
	if n != l.meta.lastSegment || !tornTail(b[at:]) {
		return -1, corrupt(path, int64(at), "frame does not have its checksum")
	}
	return int64(at), nil
}

// tornTail reports whether b, which starts with a bad frame, can only be a write
// that never completed: a sector of it is still zeros and no frame follows.
func tornTail(b []byte) bool {
	for at := sector; at < len(b); at += sector {
		if _, ok := frameSize(b[at:]); ok {
			return false
		}
	}
	if len(b) < sector || allZero(b[:sector]) {
		return true
	}
	size, ok := frameSize(b)
	if !ok {
		return false // a sector is written whole or not at all
	}
	for at := sector; at < size; at += sector {
		if at+sector > len(b) || allZero(b[at:at+sector]) {
			return true
		}
	}
	return false
}

func (l *Log) apply(seg *segment, at int64, f frame) error {
	switch f.kind {
	case kindOpen:
		if len(l.places) > 0 && f.first != l.last()+1 {
			return fmt.Errorf("segment starts at entry %d, expected %d", f.first, l.last()+1)
		}
	case kindTruncate:
		if len(l.places) > 0 && f.first <= l.last() {
			l.places = l.places[:max(f.first, l.first)-l.first]
		}
	case kindEntries:
		if len(l.places) > 0 && f.first != l.last()+1 {
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
		if len(l.places) == 0 {
			l.first = e.Index
		}
		l.places = append(l.places, place{seg, at, frameHeader + off, n})
		off += n
	}
	return nil
}

// trim forgets the entries that compaction removed.
func (l *Log) trim() error {
	first := l.meta.first
	if first == 0 {
		return nil
	}
	if len(l.places) == 0 || first < l.first || first > l.last() {
		return corrupt(filepath.Join(l.dir, metaFile), 24, "log starts at entry %d, but has entries %d to %d", first, l.first, l.last())
	}
	l.places, l.first = l.places[first-l.first:], first
	return nil
}

// clear zeroes the unfinished write at the end of the last segment.
func (l *Log) clear(at int64) error {
	seg := l.segments[len(l.segments)-1]
	if seg.size > at {
		if err := l.o.writeAt(seg.file, make([]byte, seg.size-at), at); err != nil {
			return fmt.Errorf("clear unfinished write: %w", err)
		}
	}
	return l.o.sync(seg.file)
}

// sweep removes segments that a crash left before or after the log's own.
func (l *Log) sweep(found []string) error {
	for _, path := range found {
		var n uint64
		if _, err := fmt.Sscanf(filepath.Base(path), "%016x.seg", &n); err != nil {
			continue
		}
		if n >= l.meta.firstSegment && n <= l.meta.lastSegment {
			continue
		}
		if err := l.o.remove(path); err != nil {
			return fmt.Errorf("remove segment: %w", err)
		}
	}
	return nil
}
