package snapstore

import (
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/hashicorp/raft"
)

const (
	// chunk is how much is written at a time.
	chunk = 256 << 10
	// window is how much the kernel may hold that is not on its way to the disk
	// yet; as much again is on its way. Without a bound all of a snapshot would
	// be flushed at once in the end, and every sync of the log would wait for it.
	window = 1 << 20
)

// sink is a snapshot being written. One goroutine uses it.
type sink struct {
	store  *Store
	meta   raft.SnapshotMeta
	tmp    string
	file   *os.File
	buf    []byte
	crc    uint32
	size   int64 // bytes written
	sent   int64 // bytes that the kernel was told to write
	closed bool
	err    error // the first failure; Close does not publish after it
}

func newSink(s *Store, meta raft.SnapshotMeta) (*sink, error) {
	tmp := filepath.Join(s.dir, meta.ID+tmpSuffix)
	if err := s.disk.Mkdir(tmp, 0o755); err != nil {
		return nil, fmt.Errorf("create snapshot: %w", err)
	}
	f, err := s.disk.Create(filepath.Join(tmp, stateName))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("create snapshot: %w", err), s.disk.RemoveAll(tmp))
	}
	s.logger.Info("writing a snapshot", "id", meta.ID)
	return &sink{store: s, meta: meta, tmp: tmp, file: f, buf: make([]byte, 0, chunk)}, nil
}

// ID implements raft.SnapshotSink.
func (s *sink) ID() string { return s.meta.ID }

// Write implements raft.SnapshotSink.
func (s *sink) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 && s.err == nil {
		part := min(len(b), chunk-len(s.buf))
		if part == chunk {
			s.flush(b[:part]) // no need to copy it first
		} else if s.buf = append(s.buf, b[:part]...); len(s.buf) == chunk {
			s.flush(s.buf)
			s.buf = s.buf[:0]
		}
		b = b[part:]
	}
	return n - len(b), s.err
}

// flush writes b to the file, lets those run who wait for the processor, and
// starts the disk on what is a window behind.
func (s *sink) flush(b []byte) {
	if s.err != nil {
		return
	}
	if err := s.store.disk.WriteAt(s.file, b, s.size); err != nil {
		s.err = fmt.Errorf("write snapshot: %w", err)
		return
	}
	s.crc = crc32.Update(s.crc, castagnoli, b)
	s.size += int64(len(b))
	runtime.Gosched()
	if s.size-s.sent >= window {
		s.err = s.pace()
	}
}

// pace starts writing out what is new and waits for what it has started before.
func (s *sink) pace() error {
	before := max(s.sent-window, 0)
	err := startWriting(s.file, s.sent, s.size-s.sent)
	if err == nil && before < s.sent {
		err = finishWriting(s.file, before, s.sent-before)
	}
	s.sent = s.size
	if err != nil {
		return fmt.Errorf("write snapshot out: %w", err)
	}
	return nil
}

// Close implements raft.SnapshotSink: the snapshot is durable and counts when it
// returns nil.
func (s *sink) Close() error {
	if s.closed {
		return s.err
	}
	s.closed = true
	s.flush(s.buf)
	if s.err == nil {
		s.err = s.store.disk.Sync(s.file)
	}
	if err := errors.Join(s.err, s.file.Close()); err != nil {
		s.err = errors.Join(fmt.Errorf("finish snapshot: %w", err), s.store.disk.RemoveAll(s.tmp))
		return s.err
	}
	if err := s.finish(); err != nil {
		s.err = errors.Join(fmt.Errorf("finish snapshot: %w", err), s.store.disk.RemoveAll(s.tmp))
	}
	return s.err
}

// finish describes the snapshot and gives its folder the name by which it counts.
func (s *sink) finish() error {
	s.meta.Size = s.size
	if err := writeMeta(s.store.disk, s.tmp, s.meta, s.crc); err != nil {
		return err
	}
	if err := s.store.disk.SyncDir(s.tmp); err != nil {
		return err
	}
	if err := s.store.disk.Rename(s.tmp, strings.TrimSuffix(s.tmp, tmpSuffix)); err != nil {
		return err
	}
	if err := s.store.disk.SyncDir(s.store.dir); err != nil {
		return err
	}
	s.store.logger.Info("snapshot written", "id", s.meta.ID, "bytes", s.size)
	s.store.publish(newRecord(s.meta, s.crc))
	return nil
}

// Cancel implements raft.SnapshotSink.
func (s *sink) Cancel() error {
	if s.closed {
		return nil
	}
	s.closed = true
	return errors.Join(s.file.Close(), s.store.disk.RemoveAll(s.tmp))
}
