package logstore

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/raft"

	"kv/node/planted"
)

// growBytes is how much a segment grows at a time. Overwriting blocks that are
// on disk already changes no metadata, so that an append is one small flush.
const growBytes = 1 << 20

// zeros are written a few at a time: an append waits for such a write, since the
// kernel lets one into a file at a time, and few stay in the processor's cache.
var zeros [128 << 10]byte

// segment is one file of the log: frames, then zeros.
type segment struct {
	number uint64
	file   *os.File
	limit  int64        // bytes when full
	end    atomic.Int64 // bytes of frames; only the writer changes it
	size   atomic.Int64 // bytes of frames and durable zeros
	last   int64        // offset of the last frame; only recovery uses it

	grow   sync.Mutex // held while size changes; taken after every other lock
	zeros  *os.File   // guarded by grow; the file once more, nil until it first grows
	closed bool       // guarded by grow
}

func segmentPath(dir string, n uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%016x.seg", n))
}

// createSegment makes a file of zeros that no meta file names yet.
func createSegment(o Options, dir string, number uint64) (*segment, error) {
	f, err := o.open(segmentPath(dir, number), os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create segment: %w", err)
	}
	s := &segment{number: number, file: f, limit: o.SegmentBytes}
	if err = s.reserve(o, sector); err == nil {
		err = o.syncDir(dir)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// reserve makes sure that frames may fill need bytes of the file. etcd's
// torn-entry check (server/storage/wal/decoder.go), and ours, rest on the zeros.
// They have a descriptor of their own: the kernel reports a failed writeback once to
// each. A sync of zeros that fails with a frame's bytes, on the frame's descriptor,
// would take the error away, and the frame's own sync would then succeed.
func (s *segment) reserve(o Options, need int64) error {
	if s.size.Load() >= need {
		return nil
	}
	o.watch.start() // another goroutine may be at it
	defer o.watch.stop()
	s.grow.Lock()
	defer s.grow.Unlock()
	size := s.size.Load()
	if s.closed || size >= need {
		return nil
	}
	if s.zeros == nil {
		f, err := o.open(s.file.Name(), os.O_RDWR, 0)
		if err != nil {
			return fmt.Errorf("grow segment: %w", err)
		}
		s.zeros = f
	}
	full := size + (need-size+growBytes-1)/growBytes*growBytes
	if size < s.limit {
		full = max(need, min(full, s.limit))
	}
	for size < full {
		n := min(full-size, int64(len(zeros)))
		if err := o.writeAt(s.zeros, zeros[:n], size); err != nil {
			return fmt.Errorf("grow segment: %w", err)
		}
		size += n
	}
	if err := o.sync(s.zeros); err != nil {
		return err
	}
	s.size.Store(size)
	return nil
}

// write puts frame bytes to the end of the segment and, if asked to, makes them
// durable.
func (s *segment) write(o Options, b []byte, durable bool) error {
	end := s.end.Load()
	if err := s.reserve(o, end+int64(len(b))); err != nil {
		return err
	}
	if planted.EarlyAcknowledgement && durable { // late by one write
		if err := o.sync(s.file); err != nil {
			return err
		}
		durable = false
	}
	if err := o.writeAt(s.file, b, end); err != nil {
		return fmt.Errorf("append to log: %w", err)
	}
	if durable {
		if err := o.sync(s.file); err != nil {
			return err
		}
	}
	s.end.Store(end + int64(len(b)))
	return nil
}

func (s *segment) close() error {
	s.grow.Lock()
	defer s.grow.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	err := s.file.Close()
	if s.zeros != nil {
		err = errors.Join(err, s.zeros.Close())
	}
	return err
}

// place says where an entry lies: in the stream of the frame at a file's offset.
type place struct {
	seg    *segment
	at     int64
	off, n int
}

// read reads and verifies the sectors that hold the entry, and no others.
func (p place) read(index uint64, out *raft.Log) error {
	from := p.off / perSector
	b := make([]byte, (sectorsFor(p.off+p.n)-from)*sector)
	at := p.at + int64(from)*sector
	if _, err := p.seg.file.ReadAt(b, at); errors.Is(err, io.EOF) {
		return corrupt(p.seg.file.Name(), at, "expected entry %d, found the end of the file", index)
	} else if err != nil {
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
