package logstore

import (
	"errors"
	"fmt"
	"path/filepath"
)

// DeleteRange removes the entries from lo to hi, which must be a prefix, a
// suffix or all of the log; nil means the removal is durable. To remove a prefix
// makes no writer wait for the disk.
func (l *Log) DeleteRange(lo, hi uint64) error {
	defer l.fence.tell()
	l.queued.start()
	l.removing.Lock()
	l.queued.stop()
	defer l.removing.Unlock()
	var old []*segment // files that are no part of the log any more
	var prefix bool
	o := l.o
	err := l.locked(func() (err error) {
		if len(l.entries) == 0 || lo > hi || hi < l.first || lo > l.last() {
			return nil
		}
		switch {
		case lo <= l.first && hi >= l.last():
			old, err = l.reset()
		case lo <= l.first:
			prefix = true
		case hi >= l.last():
			err = l.truncate(lo)
		default:
			return fmt.Errorf("delete entries %d to %d: log has %d to %d", lo, hi, l.first, l.last())
		}
		return l.fence.trip(err)
	})
	if err == nil && prefix {
		o.watch = nil // it delays nobody
		old, err = l.compact(o, hi+1)
	}
	if err != nil {
		return err
	}
	return l.fence.trip(discard(o, old))
}

// reset goes on in a new segment that alone is the log.
func (l *Log) reset() ([]*segment, error) {
	seg, err := l.roll(func(m *meta) { m.firstSegment, m.first = m.lastSegment, 0 }, 0)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries, l.first = nil, 0
	l.cache.keep(0)
	return l.cut(seg.number), nil
}

// compact makes the log begin at entry first, one of its own. Only removing is
// held: entries are added meanwhile, but none is removed, nor are files.
func (l *Log) compact(o Options, first uint64) ([]*segment, error) {
	l.mu.RLock()
	before := l.entries
	rest := before[first-l.first:]
	l.mu.RUnlock()
	oldest := rest[0].seg.number
	if err := l.saveMeta(o, func(m *meta) { m.firstSegment, m.first = oldest, first }); err != nil {
		return nil, l.fence.trip(err)
	}
	kept := append(make([]place, 0, len(rest)+len(rest)/4), rest...)
	var old []*segment
	err := l.locked(func() error {
		l.mu.Lock() // waits for the readers of the oldest files
		defer l.mu.Unlock()
		l.entries, l.first = append(kept, l.entries[len(before):]...), first
		l.cache.keep(len(l.entries))
		old = l.cut(oldest)
		return nil
	})
	return old, err
}

// cut takes the segments before number, to which no place points any more, out of
// the log. Call it with mu held.
func (l *Log) cut(number uint64) (old []*segment) {
	for l.segments[0].number < number {
		old, l.segments = append(old, l.segments[0]), l.segments[1:]
	}
	return old
}

// discard removes the files of segments. A crash leaves some of them to sweep.
func discard(o Options, old []*segment) error {
	for _, seg := range old {
		if err := errors.Join(seg.close(), o.remove(seg.file.Name())); err != nil {
			return fmt.Errorf("remove segment: %w", err)
		}
	}
	return nil
}

// truncate appends a frame that withdraws the entries from index from on, so
// that nothing written is ever overwritten.
func (l *Log) truncate(from uint64) error {
	l.enc.begin()
	l.places = l.places[:0]
	if err := l.append(frame{kind: kindTruncate, first: from}, false); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cache.dropNewest(l.last() - from + 1)
	l.entries = l.entries[:from-l.first]
	return nil
}

// saveMeta changes the log's meta, on disk first.
func (l *Log) saveMeta(o Options, change func(*meta)) error {
	o.watch.start() // another goroutine may be at it
	defer o.watch.stop()
	l.metaMu.Lock()
	defer l.metaMu.Unlock()
	m := l.meta
	change(&m)
	if err := o.writeAtomic(filepath.Join(l.dir, metaFile), m.encode(), 0o600); err != nil {
		return fmt.Errorf("write log meta: %w", err)
	}
	l.meta = m
	return nil
}
