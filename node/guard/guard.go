// Package guard names what a member does to its files, so that something can stand
// between the two: a disk that is slow, full or broken, or that loses with the power
// what was never synced. Without a Disk it is the operating system's files, and the
// call of a nil function is spared.
package guard

import "os"

// Op is a kind of change to the disk.
type Op string

// All that a member does to its disk. Reading changes nothing and is not among them.
const (
	Create    Op = "create"     // a file, or an existing one emptied
	Write     Op = "write"      // bytes into a file
	Sync      Op = "sync"       // a file, or the names in a folder, made durable
	Rename    Op = "rename"     // a file or folder, over what has the new name
	Remove    Op = "remove"     // a file
	RemoveAll Op = "remove all" // a folder with what is in it
	Mkdir     Op = "mkdir"      // a folder
)

// Access is one change that is about to be made.
type Access struct {
	Op     Op
	Path   string
	To     string   // the new name, of Rename
	File   *os.File // the file as it is open, of Write
	Offset int64    // of Write, in bytes
	Size   int64    // of Write, in bytes
}

// Disk is asked before each change. An error is the change's own: nothing is done.
// Otherwise done, if it is not nil, is told how the change ended, and its error is what
// the member hears. A guard that takes its time makes a slow disk. It must be safe for
// concurrent use.
type Disk func(a Access) (done func(error) error, err error)

// Begin asks the guard, if there is one.
func (g Disk) Begin(a Access) (done func(error) error, err error) {
	if g == nil {
		return nil, nil
	}
	return g(a)
}

// End tells done, if there is one, how a change ended, and returns what to say of it.
func End(done func(error) error, err error) error {
	if done == nil {
		return err
	}
	return done(err)
}
