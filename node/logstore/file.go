package logstore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const tmpSuffix = ".tmp"

// WriteFileAtomic replaces path by data: after a crash it holds the old bytes
// or the new, never a mixture. When it returns nil the new bytes are durable.
// Two calls for one path must not run at the same time.
func WriteFileAtomic(path string, data []byte, perm os.FileMode) error {
	return Options{}.writeAtomic(path, data, perm)
}

func (o Options) writeAtomic(path string, data []byte, perm os.FileMode) error {
	tmp := path + tmpSuffix
	f, err := o.open(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, perm)
	if err != nil {
		return err
	}
	err = o.writeAt(f, data, 0)
	if err == nil {
		err = o.sync(f)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("publish file: %w", err)
	}
	return o.syncDir(filepath.Dir(path))
}

func (o Options) open(path string, flag int, perm os.FileMode) (*os.File, error) {
	if err := o.consult(OpOpen, path); err != nil {
		return nil, err
	}
	return os.OpenFile(path, flag, perm)
}

func (o Options) writeAt(f *os.File, data []byte, offset int64) error {
	if err := o.consult(OpWrite, f.Name()); err != nil {
		return err
	}
	_, err := f.WriteAt(data, offset)
	return err
}

// sync makes a file's bytes durable, and of its metadata what reading them needs.
func (o Options) sync(f *os.File) error {
	if err := o.consult(OpSync, f.Name()); err != nil {
		return err
	}
	for {
		err := unix.Fdatasync(int(f.Fd()))
		if err == nil {
			return nil
		}
		if !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("sync %s: %w", f.Name(), err)
		}
	}
}

func (o Options) syncDir(path string) error {
	d, err := o.open(path, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	if err := o.consult(OpSync, path); err != nil {
		return errors.Join(err, d.Close())
	}
	return errors.Join(d.Sync(), d.Close())
}

func (o Options) remove(path string) error {
	if err := o.consult(OpRemove, path); err != nil {
		return err
	}
	return os.Remove(path)
}
