// Package logstore keeps a member's Raft log and vote on disk: every record has
// a checksum, a write is one write and one sync, and the first failure of the
// disk is fatal. See DESIGN.md.
package logstore

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"
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
	// SegmentBytes is the size at which a segment is full; 64 MiB if zero.
	SegmentBytes int64
	// CacheBytes bounds the data of recent entries kept in memory; 16 MiB if zero,
	// no cache if negative.
	CacheBytes int64
	// OnFatal is called once, with the first error that makes the store unusable,
	// by the goroutine that met it and with no lock held. It may call Close.
	OnFatal func(error)
	// Hook, if set, is consulted before each operation on a file: an error makes
	// the operation fail, blocking makes it slow. It must be safe for concurrent use.
	Hook func(op Op, path string) error
}

const growBytes = 1 << 20 // how far a segment is filled with zeros ahead of its writer

func (o Options) withDefaults() Options {
	if o.SegmentBytes <= 0 {
		o.SegmentBytes = 64 << 20
	}
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

// fence remembers the first fatal error; after it nothing works.
type fence struct {
	onFatal func(error)
	first   atomic.Pointer[error]
	told    atomic.Bool // not a sync.Once: OnFatal may wait for a caller of tell
}

func (f *fence) err() error {
	if p := f.first.Load(); p != nil {
		return *p
	}
	return nil
}

// trip makes err the fatal error unless there is one, and returns the first.
func (f *fence) trip(err error) error {
	f.first.CompareAndSwap(nil, &err)
	return f.err()
}

// tell calls OnFatal once if the fence has tripped. Call it without locks.
func (f *fence) tell() {
	err := f.err()
	if err != nil && f.onFatal != nil && f.told.CompareAndSwap(false, true) {
		f.onFatal(err)
	}
}

var epoch = time.Now() // keeps Stalled on the monotonic clock

// watch times the sync under way.
type watch struct{ since atomic.Int64 } // ns after epoch, 0 if none

func (w *watch) start() { w.since.Store(max(1, int64(time.Since(epoch)))) }
func (w *watch) stop()  { w.since.Store(0) }

func (w *watch) elapsed() time.Duration {
	since := w.since.Load()
	if since == 0 {
		return 0
	}
	return max(0, time.Since(epoch)-time.Duration(since))
}
