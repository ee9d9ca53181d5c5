package logstore

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"
)

type segment struct {
	number uint64
	file   *os.File
	end    int64 // bytes of frames; guarded by Log.write
	size   int64 // bytes filled with zeros or frames; guarded by Log.write
}

// place says where an entry lies: in the stream of the frame at a file's offset.
type place struct {
	seg    *segment
	at     int64
	off, n int
}

// Log is Raft's log on disk. It is safe for concurrent use: writers take turns,
// and readers do not wait for a sync.
type Log struct {
	dir   string
	o     Options
	fence fence
	watch watch
	bytes atomic.Int64

	write sync.Mutex // held while the disk changes; taken before mu

	mu       sync.RWMutex // guards what follows
	closed   bool
	meta     meta
	segments []*segment // oldest first, never empty while open
	first    uint64     // index of places[0]
	places   []place    // one for each entry
	cache    []raft.Log // the last entries
	cached   int64      // bytes of their data
}

var _ raft.MonotonicLogStore = (*Log)(nil)

// IsMonotonic tells Raft that the log must have no gaps.
func (l *Log) IsMonotonic() bool { return true }

// Stalled returns how long the sync under way has lasted, 0 if there is none.
func (l *Log) Stalled() time.Duration { return l.watch.elapsed() }

// Bytes returns the bytes written since Open or the last prefix deletion.
func (l *Log) Bytes() int64 { return l.bytes.Load() }

func (l *Log) usable() error {
	if l.closed {
		return ErrClosed
	}
	return l.fence.err()
}

// FirstIndex returns the index of the oldest entry, 0 if the log is empty.
func (l *Log) FirstIndex() (uint64, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if len(l.places) == 0 {
		return 0, l.usable()
	}
	return l.first, l.usable()
}

// LastIndex returns the index of the newest entry, 0 if the log is empty.
func (l *Log) LastIndex() (uint64, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.last(), l.usable()
}

func (l *Log) last() uint64 {
	if len(l.places) == 0 {
		return 0
	}
	return l.first + uint64(len(l.places)) - 1
}

// GetLog fills out with the entry at index, or returns raft.ErrLogNotFound. Its
// Data and Extensions may be shared with the cache: they are read-only.
func (l *Log) GetLog(index uint64, out *raft.Log) error {
	defer l.fence.tell()
	l.mu.RLock()
	defer l.mu.RUnlock()
	if err := l.usable(); err != nil {
		return err
	}
	if len(l.places) == 0 || index < l.first || index > l.last() {
		return raft.ErrLogNotFound
	}
	if back := l.last() - index; back < uint64(len(l.cache)) {
		*out = l.cache[len(l.cache)-1-int(back)]
		return nil
	}
	if err := l.places[index-l.first].read(index, out); err != nil {
		return l.fence.trip(err)
	}
	return nil
}

func (p place) read(index uint64, out *raft.Log) error {
	from := p.off / perSector
	b := make([]byte, (sectorsFor(p.off+p.n)-from)*sector)
	at := p.at + int64(from)*sector
	if _, err := p.seg.file.ReadAt(b, at); err != nil {
		return fmt.Errorf("read entry %d: %w", index, err)
	}
	s := b[:0]
	for i := 0; i < len(b); i += sector {
		s = append(s, b[i+1:i+sector]...)
	}
	start := p.off - from*perSector
	if _, err := decodeEntry(s[start:start+p.n], out); err != nil {
		return corrupt(p.seg.file.Name(), at, "%v", err)
	}
	if out.Index != index {
		return corrupt(p.seg.file.Name(), at, "expected entry %d, found %d", index, out.Index)
	}
	return nil
}

// StoreLog is StoreLogs of one entry.
func (l *Log) StoreLog(e *raft.Log) error { return l.StoreLogs([]*raft.Log{e}) }

// StoreLogs appends entries in one write and one sync; nil means durable. They
// must follow the last one without a gap. Their Data is kept, not copied.
func (l *Log) StoreLogs(logs []*raft.Log) error {
	if len(logs) == 0 {
		return nil
	}
	return l.change(func() error {
		next := l.last() + 1
		if len(l.places) == 0 {
			next = logs[0].Index
		}
		f := frame{kind: kindEntries, first: next, count: uint32(len(logs))}
		places := make([]place, 0, len(logs))
		for i, e := range logs {
			if e.Index != next+uint64(i) || e.Index == 0 {
				return fmt.Errorf("store entry %d: expected entry %d", e.Index, next+uint64(i))
			}
			off := len(f.payload)
			f.payload = appendEntry(f.payload, e)
			places = append(places, place{off: frameHeader + off, n: len(f.payload) - off})
		}
		seg, at, err := l.append(f)
		if err != nil {
			return l.fence.trip(err)
		}
		for i := range places {
			places[i].seg, places[i].at = seg, at
		}
		l.publish(next, places, logs)
		return nil
	})
}

// change runs fn as the only writer; fn reads the guarded fields without mu,
// since only writers change them.
func (l *Log) change(fn func() error) error {
	defer l.fence.tell()
	l.write.Lock()
	defer l.write.Unlock()
	if err := l.usable(); err != nil {
		return err
	}
	return fn()
}

func (l *Log) publish(first uint64, places []place, logs []*raft.Log) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.places) == 0 {
		l.first = first
	}
	l.places = append(l.places, places...)
	for _, e := range logs {
		l.cache = append(l.cache, *e)
		l.cached += int64(len(e.Data) + len(e.Extensions))
	}
	for len(l.cache) > 0 && l.cached > l.o.CacheBytes {
		l.cached -= int64(len(l.cache[0].Data) + len(l.cache[0].Extensions))
		l.cache[0] = raft.Log{}
		l.cache = l.cache[1:]
	}
}

// append makes a frame durable at the end of the last segment.
func (l *Log) append(f frame) (*segment, int64, error) {
	seg := l.segments[len(l.segments)-1]
	if seg.end >= l.o.SegmentBytes {
		var err error
		if seg, err = l.roll(meta{l.meta.firstSegment, seg.number + 1, l.meta.first}, l.last()+1); err != nil {
			return nil, 0, err
		}
	}
	f.segment = seg.number
	at := seg.end
	return seg, at, l.put(seg, encodeFrame(f))
}

func (l *Log) put(seg *segment, b []byte) error {
	l.watch.start()
	defer l.watch.stop()
	for seg.size < seg.end+int64(len(b)) { // zeros first: etcd's torn-entry check (wal/decoder.go) rests on them
		if err := l.o.writeAt(seg.file, make([]byte, growBytes), seg.size); err != nil {
			return fmt.Errorf("grow segment: %w", err)
		}
		if err := l.o.sync(seg.file); err != nil {
			return err
		}
		seg.size += growBytes
	}
	if err := l.o.writeAt(seg.file, b, seg.end); err != nil {
		return fmt.Errorf("append to log: %w", err)
	}
	if err := l.o.sync(seg.file); err != nil {
		return err
	}
	seg.end += int64(len(b))
	l.bytes.Add(int64(len(b)))
	return nil
}

// roll starts segment m.lastSegment and then makes m the log's meta.
func (l *Log) roll(m meta, next uint64) (*segment, error) {
	seg, err := l.create(m.lastSegment, next)
	if err != nil {
		return nil, err
	}
	if err := l.saveMeta(m); err != nil {
		return nil, errors.Join(err, seg.file.Close())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.segments = append(l.segments, seg)
	return seg, nil
}

func (l *Log) create(number, next uint64) (*segment, error) {
	f, err := l.o.open(segmentPath(l.dir, number), os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create segment: %w", err)
	}
	seg := &segment{number: number, file: f}
	err = l.put(seg, encodeFrame(frame{kind: kindOpen, segment: number, first: next}))
	if err == nil {
		err = l.o.syncDir(l.dir)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return seg, nil
}

func (l *Log) saveMeta(m meta) error {
	if err := l.o.writeAtomic(l.dir+"/"+metaFile, m.encode(), 0o600); err != nil {
		return fmt.Errorf("write log meta: %w", err)
	}
	l.meta = m
	return nil
}

// DeleteRange removes the entries from lo to hi, which must be a prefix, a
// suffix or all of the log; nil means the removal is durable.
func (l *Log) DeleteRange(lo, hi uint64) error {
	return l.change(func() error {
		if len(l.places) == 0 || lo > hi || hi < l.first || lo > l.last() {
			return nil
		}
		var err error
		switch {
		case lo <= l.first && hi >= l.last():
			err = l.reset()
		case lo <= l.first:
			err = l.compact(hi + 1)
		case hi >= l.last():
			err = l.truncate(lo)
		default:
			return fmt.Errorf("delete entries %d to %d: log has %d to %d", lo, hi, l.first, l.last())
		}
		if err != nil {
			return l.fence.trip(err)
		}
		return nil
	})
}

func (l *Log) reset() error {
	n := l.segments[len(l.segments)-1].number + 1
	if _, err := l.roll(meta{n, n, 0}, 0); err != nil {
		return err
	}
	l.mu.Lock()
	l.places, l.cache, l.cached, l.first = nil, nil, 0, 0
	l.mu.Unlock()
	return l.drop(n)
}

func (l *Log) compact(first uint64) error {
	keep := l.places[first-l.first].seg.number
	if err := l.saveMeta(meta{keep, l.meta.lastSegment, first}); err != nil {
		return err
	}
	l.mu.Lock()
	l.places = append([]place(nil), l.places[first-l.first:]...)
	l.first = first
	if n := len(l.cache) - len(l.places); n > 0 {
		for _, e := range l.cache[:n] {
			l.cached -= int64(len(e.Data) + len(e.Extensions))
		}
		l.cache = l.cache[n:]
	}
	l.mu.Unlock()
	return l.drop(keep)
}

// drop removes the segments before number; no place points to them any more.
func (l *Log) drop(number uint64) error {
	l.bytes.Store(0)
	l.mu.Lock()
	var old []*segment
	for l.segments[0].number < number {
		old, l.segments = append(old, l.segments[0]), l.segments[1:]
	}
	l.mu.Unlock()
	for _, seg := range old {
		if err := errors.Join(seg.file.Close(), l.o.remove(seg.file.Name())); err != nil {
			return fmt.Errorf("remove segment: %w", err)
		}
	}
	return nil
}

func (l *Log) truncate(from uint64) error {
	if _, _, err := l.append(frame{kind: kindTruncate, first: from}); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	gone := int(l.last() - from + 1)
	l.places = l.places[:len(l.places)-gone]
	for range min(gone, len(l.cache)) {
		e := l.cache[len(l.cache)-1]
		l.cached -= int64(len(e.Data) + len(e.Extensions))
		l.cache = l.cache[:len(l.cache)-1]
	}
	return nil
}

// Close ends the log. It is idempotent and waits for the write under way.
func (l *Log) Close() error {
	l.write.Lock()
	defer l.write.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	var err error
	for _, seg := range l.segments {
		err = errors.Join(err, seg.file.Close())
	}
	return err
}
