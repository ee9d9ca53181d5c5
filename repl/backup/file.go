package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"kv/repl/failure"
	"kv/repl/syntax"
)

// file is one that is written beside its place, and put there when it is whole.
type file struct {
	name  string
	force bool
	out   *os.File
	size  uint64
}

// create begins a file. One that is there stays unless force, which also is looked at in
// the end.
func create(name string, force bool) (*file, error) {
	if name == "" || name == "-" {
		return nil, failure.Usagef("%s is no name for a file, and a backup goes into no pipe: it is there once it is whole; name a file", syntax.Quote(name))
	}
	f := &file{name: name, force: force}
	if err := f.free(); err != nil {
		return nil, err
	}
	var err error
	f.out, err = os.CreateTemp(filepath.Dir(name), ".kv-backup-*") // mode 0600
	var path *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, failure.Usagef("%s is in no folder that there is; make %s first", syntax.Quote(name), syntax.Quote(filepath.Dir(name)))
	case errors.As(err, &path):
		return nil, failure.Usagef("no file can be made in %s: %v; name another folder", syntax.Quote(filepath.Dir(name)), path.Err)
	}
	return f, err
}

// free complains if the place is taken.
func (f *file) free() error {
	info, err := os.Lstat(f.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return failure.Usagef("%v", err)
	case !info.Mode().IsRegular():
		return failure.Usagef("%s is no file that can be written over; give another name", syntax.Quote(f.name))
	case !f.force:
		return failure.Usagef("%s is there already; give another name, or -force to write over it", syntax.Quote(f.name))
	default:
		return nil
	}
}

// Write implements io.Writer.
func (f *file) Write(p []byte) (int, error) {
	n, err := f.out.Write(p)
	f.size += uint64(n)
	return n, err
}

// keep puts the file in its place, to stay there after a power cut, too.
func (f *file) keep() error {
	if err := f.out.Sync(); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	if err := f.free(); err != nil {
		return err
	}
	if err := os.Rename(f.out.Name(), f.name); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	if dir, err := os.Open(filepath.Dir(f.name)); err == nil {
		defer dir.Close()
		_ = dir.Sync() // not every system can
	}
	return nil
}

// drop ends the file; it is gone unless it was kept.
func (f *file) drop() error {
	err := f.out.Close()
	if gone := os.Remove(f.out.Name()); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
		return errors.Join(err, gone)
	}
	return err
}
