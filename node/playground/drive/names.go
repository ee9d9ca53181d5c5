package drive

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"kv/node/guard"
)

// change is one of the names in a folder that is not durable: a file that came, went
// or got another name.
type change struct {
	dir  string // the folder, where it is now
	done bool   // it has ended: a sync of the folder that begins now covers it
	undo func() error
	kept string // what stays in the trash until the change is durable; "" if nothing
}

// note remembers what a change is about to do, and returns what to call when it has
// ended.
func (d *Drive) note(a guard.Access) (settle func(error), err error) {
	info, err := os.Lstat(a.Path)
	there := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	nothing := func(error) {}
	switch {
	case a.Op == guard.Write:
		return d.noteWrite(a.Path, a.File, a.Offset, a.Size)
	case a.Op == guard.Create && there:
		return d.noteEmptied(a.Path)
	case a.Op == guard.Create, a.Op == guard.Mkdir && !there:
		return d.noteNew(a.Path), nil
	case !there, a.Op == guard.Mkdir:
		return nothing, nil // it fails, or nothing comes of it
	case a.Op == guard.Sync && info.IsDir():
		return d.noteSyncDir(a.Path), nil
	case a.Op == guard.Sync:
		return d.at(a.Path).noteSync(), nil
	case a.Op == guard.Rename:
		return d.noteRename(a.Path, a.To)
	case a.Op == guard.Remove, a.Op == guard.RemoveAll:
		return d.noteRemoved(a.Path)
	}
	return nothing, nil
}

// add remembers a change of names; its settle drops it again if it failed, and calls
// then otherwise.
func (d *Drive) add(c *change, then func()) func(error) {
	d.names = append(d.names, c)
	return func(err error) {
		c.done = true
		if err == nil {
			then()
			return
		}
		d.drop(c)
	}
}

func (d *Drive) drop(c *change) {
	d.names = slices.DeleteFunc(d.names, func(o *change) bool { return o == c })
	if c.kept != "" {
		d.eachUnder(c.kept, func(f *file) { delete(d.files, f.path) })
		_ = os.RemoveAll(c.kept) // no more than room
	}
}

func (d *Drive) noteNew(path string) func(error) {
	c := &change{dir: filepath.Dir(path)}
	where := d.track(path)
	c.undo = func() error { return os.RemoveAll(where.path) }
	return d.add(c, func() {})
}

// track follows a file or folder through changes of its name.
func (d *Drive) track(path string) *file { return d.at(path) }

func (d *Drive) noteSyncDir(path string) func(error) {
	var covered []*change
	for _, c := range d.names {
		if c.done && c.dir == path {
			covered = append(covered, c)
		}
	}
	return func(err error) {
		if err != nil {
			return
		}
		for _, c := range covered {
			d.drop(c)
		}
	}
}

// noteRename keeps what the new name stands for, if there is something.
func (d *Drive) noteRename(from, to string) (func(error), error) {
	kept, err := d.keep(to)
	if err != nil {
		return nil, err
	}
	c := &change{dir: filepath.Dir(to), kept: kept}
	c.undo = func() error {
		if err := os.Rename(to, from); err != nil {
			return err
		}
		d.move(to, from)
		return d.bringBack(kept, to)
	}
	return d.add(c, func() {
		if kept != "" {
			d.move(to, kept)
		}
		d.move(from, to)
	}), nil
}

func (d *Drive) noteRemoved(path string) (func(error), error) {
	kept, err := d.keep(path)
	if err != nil {
		return nil, err
	}
	c := &change{dir: filepath.Dir(path), kept: kept}
	c.undo = func() error { return d.bringBack(kept, path) }
	return d.add(c, func() { d.move(path, kept) }), nil
}

// keep puts a second name for what is at path, if there is something, into the trash.
func (d *Drive) keep(path string) (kept string, err error) {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err := os.MkdirAll(d.trash, 0o700); err != nil {
		return "", err
	}
	d.serial++
	kept = filepath.Join(d.trash, strconv.Itoa(d.serial))
	return kept, filepath.WalkDir(path, func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := kept + strings.TrimPrefix(p, path)
		if e.IsDir() {
			return os.Mkdir(to, 0o755)
		}
		return os.Link(p, to)
	})
}

// bringBack gives what is kept its name again.
func (d *Drive) bringBack(kept, path string) error {
	if kept == "" {
		return nil
	}
	if err := errors.Join(os.RemoveAll(path), os.Rename(kept, path)); err != nil {
		return err
	}
	d.move(kept, path)
	return nil
}

// move tells what is known of a file, or of a folder and all in it, its new place.
func (d *Drive) move(from, to string) {
	for _, c := range d.names {
		if rest, ok := under(c.dir, from); ok {
			c.dir = to + rest
		}
	}
	var moved []*file
	d.eachUnder(from, func(f *file) {
		delete(d.files, f.path)
		moved = append(moved, f)
	})
	for _, f := range moved {
		rest, _ := under(f.path, from)
		f.path = to + rest
		d.files[f.path] = f
	}
}

func (d *Drive) eachUnder(path string, do func(*file)) {
	for _, f := range d.files {
		if _, ok := under(f.path, path); ok {
			do(f)
		}
	}
}

// under returns what is left of path behind the folder or file base.
func under(path, base string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(path, base)
	return rest, ok && (rest == "" || rest[0] == filepath.Separator)
}
