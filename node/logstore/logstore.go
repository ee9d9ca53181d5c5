// Package logstore keeps a member's Raft log and vote on disk: every record has
// a checksum, a write is one write and one sync, and the first failure of the
// disk is fatal. See DESIGN.md.
package logstore

import (
	"errors"
	"fmt"
	"os"
	"time"

	"kv/node/guard"
)

// ErrCorrupt is wrapped by every error that tells of bytes that are not what
// was written. Nothing is changed on disk when it is returned.
var ErrCorrupt = errors.New("log store is damaged")

// ErrClosed is returned by every call after Close.
var ErrClosed = errors.New("log store is closed")

// Op names a disk operation to Options.Hook.
type Op string

// The operations a Hook sees, each before it happens.
const (
	OpOpen   Op = "open"
	OpWrite  Op = "write"
	OpSync   Op = "sync"
	OpRemove Op = "remove"
)

// Options tunes a Log or a Stable. The zero value is ready for use.
type Options struct {
	// SegmentBytes is the size of a segment, rounded up to a sector; 64 MiB if zero.
	SegmentBytes int64
	// CacheBytes bounds the recent entries kept in memory; 16 MiB if zero,
	// no cache if negative.
	CacheBytes int64
	// OnFatal is called once, with the first error that makes the store unusable,
	// by the caller that met it and with no lock held. It may call Close.
	OnFatal func(error)
	// Hook, if set, is consulted before each operation on a file: an error makes
	// the operation fail, blocking makes it slow. It must be safe for concurrent use.
	Hook func(op Op, path string) error
	// Guard, if set, stands between the store and its files.
	Guard guard.Disk
	// Clock is the time that has passed, by which Stalled measures. It must not go
	// back; it stands still for a process that is stopped. Default: the monotonic clock.
	Clock func() time.Duration

	watch  *watch                       // times each operation, if set
	trace  func(ev event) (done func()) // shows a test what reaches the disk, if set
	kernel func(*os.File) error         // what a test has fdatasync say, if set
}

func (o Options) withDefaults() Options {
	if o.SegmentBytes <= 0 {
		o.SegmentBytes = 64 << 20
	}
	o.SegmentBytes = (o.SegmentBytes + sector - 1) / sector * sector
	if o.CacheBytes == 0 {
		o.CacheBytes = 16 << 20
	}
	return o
}

func (o Options) consult(op Op, path string) error {
	if o.Hook == nil {
		return nil
	}
	if err := o.Hook(op, path); err != nil {
		return fmt.Errorf("%s %s: %w", op, path, err)
	}
	return nil
}

// corrupt describes damage at an offset (bytes) of a file, and the way out.
func corrupt(path string, offset int64, format string, args ...any) error {
	return fmt.Errorf("%w: %s at offset %d: %s; restore this member: remove it from the cluster, empty its data folder, join again",
		ErrCorrupt, path, offset, fmt.Sprintf(format, args...))
}
