package logstore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"kv/node/guard"
)

const tmpSuffix = ".tmp"

// WriteFileAtomic replaces path by data: after a crash it holds the old bytes
// or the new, never a mixture. When it returns nil the new bytes are durable.
// Two calls for one path must not run at the same time. The guard may be nil.
func WriteFileAtomic(path string, data []byte, perm os.FileMode, disk guard.Disk) error {
	return Options{Guard: disk}.writeAtomic(path, data, perm)
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
	if err := o.rename(tmp, path); err != nil {
		return fmt.Errorf("publish file: %w", err)
	}
	return o.syncDir(filepath.Dir(path))
}

// event is one change to the disk that Options.trace is told of: a sync before it
// begins, since it covers only what was written until then, all else afterwards.
type event struct {
	kind     string // create, write, sync, rename, remove
	path, to string // to: of rename
	offset   int64
	data     []byte // of write; valid during the call
}

// tell returns what to call when a sync has succeeded.
func (o Options) tell(ev event) (done func()) {
	if o.trace == nil {
		return func() {}
	}
	return o.trace(ev)
}

// run consults the hook about op and the guard about the access, does it, and keeps
// the time.
func (o Options) run(op Op, a guard.Access, fn func() error) error {
	o.watch.start()
	defer o.watch.stop()
	if err := o.consult(op, a.Path); err != nil {
		return err
	}
	return o.guarded(a, fn)
}

// guarded does what changes the disk; an access without an Op does not.
func (o Options) guarded(a guard.Access, fn func() error) error {
	if o.Guard == nil || a.Op == "" {
		return fn()
	}
	done, err := o.Guard(a)
	if err != nil {
		return fmt.Errorf("%s %s: %w", a.Op, a.Path, err)
	}
	return guard.End(done, fn())
}

func (o Options) open(path string, flag int, perm os.FileMode) (f *os.File, err error) {
	a := guard.Access{Path: path}
	if flag&os.O_CREATE != 0 {
		a.Op = guard.Create
	}
	err = o.run(OpOpen, a, func() error {
		f, err = os.OpenFile(path, flag, perm)
		return err
	})
	if err != nil && f != nil { // the guard's opinion
		return nil, errors.Join(err, f.Close())
	}
	if err == nil && flag&os.O_CREATE != 0 {
		o.tell(event{kind: "create", path: path})
	}
	return f, err
}

func (o Options) writeAt(f *os.File, data []byte, offset int64) error {
	a := guard.Access{Op: guard.Write, Path: f.Name(), File: f, Offset: offset, Size: int64(len(data))}
	err := o.run(OpWrite, a, func() error {
		_, err := f.WriteAt(data, offset)
		return err
	})
	if err == nil {
		o.tell(event{kind: "write", path: f.Name(), offset: offset, data: data})
	}
	return err
}

// sync makes a file's bytes durable, and of its metadata what reading them needs.
func (o Options) sync(f *os.File) error {
	return o.flush(f, func() error {
		for {
			err := datasync(f)
			if err == nil && o.kernel != nil {
				err = o.kernel(f)
			}
			if err == nil {
				return nil
			}
			if !errors.Is(err, syscall.EINTR) {
				return fmt.Errorf("sync %s: %w", f.Name(), err)
			}
		}
	})
}

func (o Options) flush(f *os.File, fn func() error) error {
	done := o.tell(event{kind: "sync", path: f.Name()})
	err := o.run(OpSync, guard.Access{Op: guard.Sync, Path: f.Name()}, fn)
	if err == nil {
		done()
	}
	return err
}

func (o Options) syncDir(path string) error {
	d, err := o.open(path, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(o.flush(d, d.Sync), d.Close())
}

func (o Options) rename(from, to string) error {
	err := o.guarded(guard.Access{Op: guard.Rename, Path: from, To: to}, func() error { return os.Rename(from, to) })
	if err == nil {
		o.tell(event{kind: "rename", path: from, to: to})
	}
	return err
}

func (o Options) remove(path string) error {
	err := o.run(OpRemove, guard.Access{Op: guard.Remove, Path: path}, func() error { return os.Remove(path) })
	if err == nil {
		o.tell(event{kind: "remove", path: path})
	}
	return err
}

// mkdir makes a durable folder, and those above it that are missing.
func (o Options) mkdir(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		return fmt.Errorf("%s is not a folder", path)
	}
	if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	parent := filepath.Dir(path)
	if err := o.mkdir(parent); err != nil {
		return err
	}
	if err := o.guarded(guard.Access{Op: guard.Mkdir, Path: path}, func() error { return os.Mkdir(path, 0o700) }); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return o.syncDir(parent)
}
