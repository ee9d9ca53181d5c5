package logstore

import (
	"sync/atomic"
	"time"
)

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

// trip makes err, if it is one, the fatal error unless there is one, and returns
// the first.
func (f *fence) trip(err error) error {
	if err != nil {
		f.first.CompareAndSwap(nil, &err)
	}
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

// watch times the operation under way of one goroutine. A nil one does nothing.
type watch struct {
	since atomic.Int64         // ns on the clock, 0 if none
	clock func() time.Duration // nil: since epoch
}

func (w *watch) now() time.Duration {
	if w.clock != nil {
		return w.clock()
	}
	return time.Since(epoch)
}

func (w *watch) start() {
	if w != nil {
		w.since.Store(max(1, int64(w.now())))
	}
}

func (w *watch) stop() {
	if w != nil {
		w.since.Store(0)
	}
}

func (w *watch) elapsed() time.Duration {
	since := w.since.Load()
	if since == 0 {
		return 0
	}
	return max(0, w.now()-time.Duration(since))
}
