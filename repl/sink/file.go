// Package sink is where an answer goes that the terminal does not get as it is: a file, a
// program that reads it, or a pager once it is too long for the screen. It knows neither
// commands nor the cluster.
package sink

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// File is a file that takes an answer. What it held before stays until there is something
// in its place: a command that fails before it answers has done no harm. It is written
// where it is, and not put in place at the end, so that others can follow what grows, and
// a name such as /dev/stderr or that of a named pipe means what it says.
type File struct {
	file    *os.File
	regular bool
	made    bool // it was not there before
	begun   bool // what it held before is gone, or was to stay
}

// OpenFile opens a file for an answer, and makes it if it is not there. With add the answer
// goes behind what it holds.
func OpenFile(name string, add bool) (*File, error) {
	flags := os.O_WRONLY | os.O_CREATE
	if add {
		flags |= os.O_APPEND
	}
	flags |= syscall.O_NONBLOCK // a named pipe that nobody reads is an error, not a wait without end
	file, err := os.OpenFile(name, flags|os.O_EXCL, 0o666)
	made := err == nil
	if errors.Is(err, os.ErrExist) {
		file, err = os.OpenFile(name, flags, 0o666)
	}
	if err != nil {
		return nil, openError(name, err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &File{file: file, regular: info.Mode().IsRegular(), made: made, begun: add}, nil
}

// openError says what to do about a file that cannot be opened.
func openError(name string, err error) error {
	folder := filepath.Dir(name)
	_, missing := os.Stat(folder)
	switch {
	case errors.Is(err, os.ErrNotExist) && missing != nil:
		return fmt.Errorf("%q is in no folder that there is; make %q first", name, folder)
	case errors.Is(err, syscall.EISDIR):
		return fmt.Errorf("%q is a folder; name a file in it", name)
	case errors.Is(err, syscall.ENXIO):
		return fmt.Errorf("%q is a named pipe that nobody reads; start its reader first", name)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%q may not be written by you; name another file", name)
	default:
		return fmt.Errorf("open: %w", err)
	}
}

// Write implements io.Writer.
func (f *File) Write(p []byte) (int, error) {
	if err := f.begin(); err != nil {
		return 0, err
	}
	return f.file.Write(p)
}

// begin drops what the file held.
func (f *File) begin() error {
	if f.begun {
		return nil
	}
	f.begun = true
	if !f.regular {
		return nil
	}
	return f.file.Truncate(0)
}

// Close ends the answer. If there was none, the file is empty after a command that
// succeeded, and as it was before after one that failed.
func (f *File) Close(failed bool) error {
	var err error
	switch {
	case !failed:
		err = f.begin()
	case f.made && !f.wrote():
		err = os.Remove(f.file.Name())
	}
	return errors.Join(err, f.file.Close())
}

func (f *File) wrote() bool {
	info, err := f.file.Stat()
	return err != nil || info.Size() > 0
}
