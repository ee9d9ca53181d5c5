package snapstore

import (
	"bytes"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
)

// reader reads a state and compares its checksum before it gives the last bytes.
type reader struct {
	file *os.File
	rec  *record
	hash hash.Hash
	left int64
	err  error // sticks
}

func newReader(f *os.File, rec *record) *reader {
	readAhead(f)
	return &reader{file: f, rec: rec, hash: rec.hash(), left: rec.meta.Size}
}

// Read implements io.Reader.
func (r *reader) Read(b []byte) (int, error) {
	if r.err != nil || len(b) == 0 {
		return 0, r.err
	}
	n, err := r.file.Read(b)
	r.hash.Write(b[:n]) // never fails
	r.left -= int64(n)
	switch {
	case r.left < 0:
		r.err = r.corrupt("is longer than %d bytes", r.rec.meta.Size)
	case errors.Is(err, io.EOF) && r.left > 0:
		r.err = r.corrupt("ends %d bytes early", r.left)
	case r.left == 0 && !bytes.Equal(r.hash.Sum(nil), r.rec.sum):
		r.err = r.corrupt("does not have its checksum")
	case err != nil:
		r.err = err
	}
	if r.err != nil {
		return 0, r.err
	}
	return n, nil
}

func (r *reader) corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s %s", ErrCorrupt, r.file.Name(), fmt.Sprintf(format, args...))
}

// Close implements io.Closer.
func (r *reader) Close() error { return r.file.Close() }
