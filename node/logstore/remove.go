package logstore

import (
	"errors"
	"fmt"
	"path/filepath"
)

// DeleteRange removes the entries from lo to hi, which must be a prefix, a
// suffix or all of the log; nil means the removal is durable.
func (l *Log) DeleteRange(lo, hi uint64) error {
	return l.change(func() error {
		if len(l.entries) == 0 || lo > hi || hi < l.first || lo > l.last() {
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

// reset goes on in a new segment that alone is the log.
func (l *Log) reset() error {
	seg, err := l.roll(0, 0, 0)
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.entries, l.first = nil, 0
	l.cache.keep(0)
	l.mu.Unlock()
	return l.drop(seg.number)
}

// compact makes the log begin at entry first.
func (l *Log) compact(first uint64) error {
	oldest := l.entries[first-l.first].seg.number
	if err := l.saveMeta(meta{oldest, l.meta.lastSegment, first}); err != nil {
		return err
	}
	l.mu.Lock()
	l.entries = append([]place(nil), l.entries[first-l.first:]...)
	l.first = first
	l.cache.keep(len(l.entries))
	l.mu.Unlock()
	return l.drop(oldest)
}

// drop removes the segments before number, to which no place points any more. A
// crash leaves some of them to sweep.
func (l *Log) drop(number uint64) error {
	l.mu.Lock() // waits for the readers of these files
	var old []*segment
	for l.segments[0].number < number {
		old, l.segments = append(old, l.segments[0]), l.segments[1:]
	}
	l.mu.Unlock()
	for _, seg := range old {
		if err := errors.Join(seg.close(), l.o.remove(seg.file.Name())); err != nil {
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

func (l *Log) saveMeta(m meta) error {
	if err := l.o.writeAtomic(filepath.Join(l.dir, metaFile), m.encode(), 0o600); err != nil {
		return fmt.Errorf("write log meta: %w", err)
	}
	l.meta = m
	return nil
}
