package fsm

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
)

// A snapshot is a row of records, each in a frame:
//
//	 0        4        8                8+length
//	╎ length ╎ CRC    ╎ SnapshotRecord ╎
//
// Both numbers are uint32, little-endian. The CRC is CRC-32C over the four bytes
// of the length and the record, so that a run of zeros, as a file system leaves
// after a crash, is no valid frame. A record is never empty.
//
//	╎ state ╎ member … ╎ lease … ╎ item … ╎ session … ╎ change … ╎ trailer ╎ end of file
const (
	frameHead = 8
	// maxRecord bounds what a reader allocates for a length it has not checked
	// yet. The largest records are a change, with two items, and a session, whose
	// results are bounded.
	maxRecord = 2*MaxItemBytes + maxSessionRecord
	// maxSessionRecord is more than all results of sessions may have together: a
	// result is counted for more than it has, but for the last one that is added.
	maxSessionRecord = 128 << 20
	// snapshotBuffer is the size of reads and writes.
	snapshotBuffer = 256 << 10
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// recordWriter frames records, and writes many at once.
type recordWriter struct {
	w   io.Writer
	buf []byte
	at  int // where the frame of the record begins that is being made
}

// begin opens a frame. The record is to be appended to what it returns.
func (w *recordWriter) begin() []byte {
	if w.buf == nil {
		w.buf = make([]byte, 0, snapshotBuffer+snapshotBuffer/4)
	}
	w.at = len(w.buf)
	return append(w.buf, make([]byte, frameHead)...)
}

// end closes the frame at the end of b.
func (w *recordWriter) end(b []byte) error {
	frame := b[w.at:]
	n := len(frame) - frameHead
	if n > maxRecord {
		return fmt.Errorf("%w: record of %d bytes, limit %d", ErrTooLarge, n, maxRecord)
	}
	binary.LittleEndian.PutUint32(frame, uint32(n))
	binary.LittleEndian.PutUint32(frame[4:], checksum(frame[:4], frame[frameHead:]))
	if w.buf = b; len(b) >= snapshotBuffer {
		return w.flush()
	}
	return nil
}

func (w *recordWriter) flush() error {
	_, err := w.w.Write(w.buf)
	if w.buf = w.buf[:0]; cap(w.buf) > 4*snapshotBuffer {
		w.buf = nil // a large record has made it grow
	}
	return err
}

func checksum(length, record []byte) uint32 {
	return crc32.Update(crc32.Checksum(length, castagnoli), castagnoli, record)
}

// recordReader takes the frames off again.
type recordReader struct {
	r    *bufio.Reader
	head [frameHead]byte
	buf  []byte
	n    int // records read
}

func newRecordReader(r io.Reader) *recordReader {
	return &recordReader{r: bufio.NewReaderSize(r, snapshotBuffer)}
}

// next returns the next record, which is valid until the next call. The end of
// the file is an error here: only after a trailer may it come, see end.
func (r *recordReader) next() ([]byte, error) {
	head, err := r.peek(frameHead)
	if err != nil {
		return nil, err
	}
	r.head = [frameHead]byte(head)
	length, sum := binary.LittleEndian.Uint32(r.head[:]), binary.LittleEndian.Uint32(r.head[4:])
	if length == 0 || length > maxRecord {
		return nil, r.corrupt("length of %d bytes, limit %d", length, maxRecord)
	}
	b, err := r.take(int(length))
	if err != nil {
		return nil, err
	}
	if got := checksum(r.head[:4], b); sum != got {
		return nil, r.corrupt("checksum %08x, computed %08x", sum, got)
	}
	r.n++
	return b, nil
}

// take returns the n bytes behind the head of a frame. Those of a small record stay
// where they are, in the buffer of the reader.
func (r *recordReader) take(n int) ([]byte, error) {
	whole := frameHead + n
	if whole > snapshotBuffer {
		_, _ = r.r.Discard(frameHead) // it is there
		return r.body(n)
	}
	b, err := r.peek(whole)
	if err != nil {
		return nil, err
	}
	_, _ = r.r.Discard(whole)
	return b[frameHead:], nil
}

// body reads n bytes. The room for them grows as they come: n may be wrong.
func (r *recordReader) body(n int) ([]byte, error) {
	b := r.buf[:0]
	for len(b) < n {
		step := min(n-len(b), snapshotBuffer)
		b = slices.Grow(b, step)[:len(b)+step]
		if err := r.fill(b[len(b)-step:]); err != nil {
			return nil, err
		}
	}
	r.buf = b
	return b, nil
}

// end checks that nothing comes any more.
func (r *recordReader) end() error {
	switch _, err := r.r.ReadByte(); {
	case err == nil:
		return r.corrupt("bytes after the trailer")
	case !errors.Is(err, io.EOF):
		return fmt.Errorf("read past the trailer: %w", err)
	}
	return nil
}

func (r *recordReader) fill(b []byte) error {
	_, err := io.ReadFull(r.r, b)
	return r.failed(err)
}

// peek returns the next n bytes, which are not read yet.
func (r *recordReader) peek(n int) ([]byte, error) {
	b, err := r.r.Peek(n)
	if err != nil {
		return nil, r.failed(err)
	}
	return b, nil
}

// failed says what it means that bytes cannot be read.
func (r *recordReader) failed(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return r.corrupt("the file ends without a trailer")
	}
	if err != nil {
		return fmt.Errorf("read record %d: %w", r.n, err)
	}
	return nil
}

// corrupt says what is wrong with the record that is being read.
func (r *recordReader) corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: record %d: %s", ErrCorruptSnapshot, r.n, fmt.Sprintf(format, args...))
}
