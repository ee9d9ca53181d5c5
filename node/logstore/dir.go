package logstore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/gofrs/flock"
)

// ErrLocked is wrapped by OpenDir's error when another process has the folder.
var ErrLocked = errors.New("data folder is in use by another process")

const (
	formatFile = "FORMAT"
	lockFile   = "LOCK"
	formatText = "kv data format 1\n"
)

// Dir is a data folder held by this process alone.
type Dir struct {
	path  string
	lock  *flock.Flock
	close sync.Once
	err   error // of close
}

// OpenDir creates or opens the data folder at path, for its owner only (0700),
// and locks it until Close. It refuses with ErrLocked a folder in use, and any
// folder with files that kv, or this version of it, does not know.
func OpenDir(path string) (*Dir, error) {
	if err := (Options{}).mkdir(path); err != nil {
		return nil, fmt.Errorf("create data folder: %w", err)
	}
	if _, err := inspect(path); err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(path, lockFile), flock.SetPermissions(0o600))
	ok, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrLocked, path)
	}
	d := &Dir{path: path, lock: lock}
	if err := d.prepare(); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// inspect reports whether the folder is new; it changes nothing. A new folder may
// hold what a crash of OpenDir leaves, and what mkfs puts into a file system.
func inspect(path string) (fresh bool, err error) {
	files, err := os.ReadDir(path)
	if err != nil {
		return false, fmt.Errorf("read data folder: %w", err)
	}
	fresh = true
	for _, f := range files {
		switch f.Name() {
		case lockFile, formatFile + tmpSuffix, "lost+found":
		case formatFile:
			return false, checkFormat(path)
		default:
			fresh = false
		}
	}
	if !fresh {
		return false, fmt.Errorf("%s has files but no %s file, so it is no kv data folder: choose an empty folder", path, formatFile)
	}
	return true, nil
}

func checkFormat(path string) error {
	data, err := os.ReadFile(filepath.Join(path, formatFile))
	if err != nil {
		return fmt.Errorf("read format: %w", err)
	}
	if string(data) == formatText {
		return nil
	}
	var version int
	if n, _ := fmt.Sscanf(string(data), "kv data format %d\n", &version); n == 1 && version > 1 {
		return fmt.Errorf("%s has data format %d, this kv knows format 1: use a newer kv", path, version)
	}
	return corrupt(filepath.Join(path, formatFile), 0, "found %q, expected %q", data, formatText)
}

// prepare looks again, since the folder may have changed before it was locked.
func (d *Dir) prepare() error {
	fresh, err := inspect(d.path)
	if err != nil {
		return err
	}
	if err := os.Chmod(d.path, 0o700); err != nil {
		return fmt.Errorf("tighten data folder: %w", err)
	}
	if !fresh {
		return nil
	}
	if err := WriteFileAtomic(filepath.Join(d.path, formatFile), []byte(formatText), 0o600, nil); err != nil {
		return fmt.Errorf("write format: %w", err)
	}
	return nil
}

// Path returns the folder as given to OpenDir.
func (d *Dir) Path() string { return d.path }

// Close unlocks the folder. It is idempotent and safe for concurrent use.
func (d *Dir) Close() error {
	d.close.Do(func() { d.err = d.lock.Unlock() })
	return d.err
}
