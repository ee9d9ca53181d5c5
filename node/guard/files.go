package guard

import (
	"errors"
	"os"
)

// do makes a change under the guard.
func (g Disk) do(a Access, change func() error) error {
	done, err := g.Begin(a)
	if err != nil {
		return &os.PathError{Op: string(a.Op), Path: a.Path, Err: err}
	}
	return End(done, change())
}

// Create is os.Create.
func (g Disk) Create(path string) (f *os.File, err error) {
	err = g.do(Access{Op: Create, Path: path}, func() error {
		f, err = os.Create(path)
		return err
	})
	if err != nil && f != nil { // the guard's opinion
		return nil, errors.Join(err, f.Close())
	}
	return f, err
}

// WriteAt is f.WriteAt.
func (g Disk) WriteAt(f *os.File, b []byte, offset int64) error {
	return g.do(Access{Op: Write, Path: f.Name(), File: f, Offset: offset, Size: int64(len(b))}, func() error {
		_, err := f.WriteAt(b, offset)
		return err
	})
}

// Sync is f.Sync.
func (g Disk) Sync(f *os.File) error {
	return g.do(Access{Op: Sync, Path: f.Name()}, f.Sync)
}

// SyncDir makes the names in a folder durable.
func (g Disk) SyncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(g.Sync(d), d.Close())
}

// Rename is os.Rename.
func (g Disk) Rename(from, to string) error {
	return g.do(Access{Op: Rename, Path: from, To: to}, func() error { return os.Rename(from, to) })
}

// RemoveAll is os.RemoveAll.
func (g Disk) RemoveAll(path string) error {
	return g.do(Access{Op: RemoveAll, Path: path}, func() error { return os.RemoveAll(path) })
}

// Mkdir is os.Mkdir.
func (g Disk) Mkdir(path string, perm os.FileMode) error {
	return g.do(Access{Op: Mkdir, Path: path}, func() error { return os.Mkdir(path, perm) })
}
