package drive

import (
	"errors"
	"io"
	"os"
	"slices"
)

// file is a file with bytes that are not durable.
type file struct {
	path    string // where it is now; in the trash once it is removed or replaced
	pending []*stretch
}

// stretch is what a write has changed, so that it can be taken back. They are taken
// back in the opposite order: old is what stood there before this write.
type stretch struct {
	offset int64
	old    []byte
	size   int64 // of the file, before
	done   bool  // the write has ended: a sync that begins now covers it
}

// at returns the file at a path, whose content is durable if it is new to us.
func (d *Drive) at(path string) *file {
	f := d.files[path]
	if f == nil {
		f = &file{path: path}
		d.files[path] = f
	}
	return f
}

// noteWrite remembers what a write is about to change.
func (d *Drive) noteWrite(path string, open *os.File, offset, n int64) (func(error), error) {
	info, err := open.Stat()
	if err != nil {
		return nil, err
	}
	s := &stretch{offset: offset, size: info.Size()}
	if n = min(n, s.size-offset); n > 0 {
		if s.old, err = readBack(path, open, offset, n); err != nil {
			return nil, err
		}
	}
	f := d.at(path)
	f.pending = append(f.pending, s)
	return func(error) { s.done = true }, nil
}

// readBack reads what a file holds, which may be open for writing alone.
func readBack(path string, open *os.File, offset, n int64) ([]byte, error) {
	b := make([]byte, n)
	if _, err := open.ReadAt(b, offset); err == nil {
		return b, nil
	}
	again, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	_, err = again.ReadAt(b, offset)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return b, errors.Join(err, again.Close())
}

// noteEmptied remembers a file that is about to be emptied.
func (d *Drive) noteEmptied(path string) (func(error), error) {
	old, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := &stretch{old: old, size: int64(len(old))}
	f := d.at(path)
	f.pending = append(f.pending, s)
	return func(error) { s.done = true }, nil
}

// noteSync returns what makes durable all that has been written by now.
func (f *file) noteSync() func(error) {
	var covered []*stretch
	for _, s := range f.pending {
		if s.done {
			covered = append(covered, s)
		}
	}
	return func(err error) {
		if err == nil {
			f.pending = slices.DeleteFunc(f.pending, func(s *stretch) bool { return slices.Contains(covered, s) })
		}
	}
}

// revert takes back what is not durable.
func (f *file) revert() error {
	if len(f.pending) == 0 {
		return nil
	}
	open, err := os.OpenFile(f.path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	for i := len(f.pending) - 1; i >= 0 && err == nil; i-- {
		s := f.pending[i]
		if err = open.Truncate(s.size); err == nil {
			_, err = open.WriteAt(s.old, s.offset)
		}
	}
	return errors.Join(err, open.Close())
}
