package logstore

import (
	"bytes"
	"fmt"
	"path/filepath"
)

// unfinished reports whether b, which starts with a bad frame, can only be a
// write that never completed. Its segment was durable zeros and a sector is
// written whole or not at all, so one of its sectors is still zeros; and no frame
// was written after it. All else is damage to what may have been acknowledged.
func unfinished(b []byte) bool {
	if len(b) < sector {
		return false
	}
	for at := sector; at < len(b); at += sector {
		if _, ok := frameSize(b[at:]); ok {
			return false
		}
	}
	if allZero(b[:sector]) {
		return true
	}
	size, ok := frameSize(b)
	if !ok || size > len(b) {
		return false
	}
	for at := sector; at < size; at += sector {
		if allZero(b[at : at+sector]) {
			return true
		}
	}
	return false
}

// settle makes durable what Open has read: a process that ended between a write
// and its sync leaves a frame, or a meta file, that only memory holds. After a
// failed sync the kernel even takes that memory for written, hence the rewrite.
// rest is cleared, in the same sync: until that is whole it stays unfinished.
func (l *Log) settle(rest []byte) error {
	seg := l.active()
	if n := len(bytes.TrimRight(rest, "\x00")); n > 0 {
		n = (n + sector - 1) / sector * sector
		if err := l.o.writeAt(seg.file, make([]byte, n), seg.end.Load()); err != nil {
			return fmt.Errorf("clear unfinished write: %w", err)
		}
	}
	frame := make([]byte, seg.end.Load()-seg.last)
	if _, err := seg.file.ReadAt(frame, seg.last); err != nil {
		return fmt.Errorf("read last frame: %w", err)
	}
	if err := l.o.writeAt(seg.file, frame, seg.last); err != nil {
		return fmt.Errorf("write last frame again: %w", err)
	}
	if err := l.o.sync(seg.file); err != nil {
		return err
	}
	return l.o.syncDir(l.dir)
}

// sweep removes the segments that a crash or Close left before or after the log's own.
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
