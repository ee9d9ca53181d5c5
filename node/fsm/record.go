package fsm

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
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
//	╎ state ╎ member … by name ╎ item … by key ╎ trailer ╎ end of file
const (
	frameHead = 8
	// maxRecord bounds what a reader allocates for a length it has not checked
	// yet. 1 KiB is more than all a record has besides an item's bytes.
	maxRecord = MaxItemBytes + 1<<10
	// snapshotBuffer is the size of reads and writes.
	snapshotBuffer = 256 << 10
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// recordWriter frames records. The first error sticks: flush returns it.
type recordWriter struct {
	w   *bufio.Writer
	buf []byte
}

func newRecordWriter(w io.Writer) *recordWriter {
	return &recordWriter{w: bufio.NewWriterSize(w, snapshotBuffer)}
}

// write writes the record that fill appends to the slice it is given.
func (w *recordWriter) write(fill func([]byte) ([]byte, error)) error {
	b, err := fill(append(w.buf[:0], make([]byte, frameHead)...))
	if err != nil {
		return err
	}
	if n := len(b) - frameHead; n > maxRecord {
		return fmt.Errorf("%w: record of %d bytes, limit %d", ErrTooLarge, n, maxRecord)
	}
	binary.LittleEndian.PutUint32(b, uint32(len(b)-frameHead))
	binary.LittleEndian.PutUint32(b[4:], checksum(b[:4], b[frameHead:]))
	w.buf = b
	_, err = w.w.Write(b)
	return err
}

func (w *recordWriter) flush() error { return w.w.Flush() }

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
	head := r.head[:]
	if err := r.fill(head); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(head)
	if n == 0 || n > maxRecord {
		return nil, r.corrupt("length of %d bytes, limit %d", n, maxRecord)
	}
	if cap(r.buf) < int(n) {
		r.buf = make([]byte, n)
	}
	b := r.buf[:n]
	if err := r.fill(b); err != nil {
		return nil, err
	}
	if want, got := binary.LittleEndian.Uint32(head[4:]), checksum(head[:4], b); want != got {
		return nil, r.corrupt("checksum %08x, computed %08x", want, got)
	}
	r.n++
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
