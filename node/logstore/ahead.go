package logstore

import (
	"sync/atomic"

	"github.com/hashicorp/raft"
)

// unsynced is the one frame at most that is written and has still to be synced.
// There are never two: after a power failure a torn frame before a whole one would
// look like damage to what was acknowledged (settle.go).
type unsynced struct {
	first uint64        // the frame's first entry
	ended chan struct{} // closed when the sync has succeeded, or the log has failed
}

// ahead is the state of StoreAhead. It is set by the writer before readers see the
// entries, and cleared once they are durable; after a failed sync it stays.
type ahead struct{ atomic.Pointer[unsynced] }

// StoreAhead is StoreLogs that does not wait for the sync: nil means that the
// entries can be read, and that they may be lost with the power. Durable and Await
// tell how far that has passed. Every other change of the log waits for the sync
// first, and after a sync that failed all calls fail as after any other failure.
func (l *Log) StoreAhead(logs []*raft.Log) error { return l.store(logs, true) }

// Durable returns upTo or, if an entry up to there is not durable yet, the index
// before it. It tells only of entries that were stored before the call.
func (l *Log) Durable(upTo uint64) uint64 {
	if u := l.ahead.Load(); u != nil && u.first <= upTo {
		return u.first - 1
	}
	return upTo
}

// Await returns once all entries up to index that were stored before the call are
// durable, and reports false if the log has failed or quit was closed before that.
func (l *Log) Await(index uint64, quit <-chan struct{}) bool {
	u := l.ahead.Load()
	if u == nil || u.first > index {
		return true
	}
	select {
	case <-u.ended:
		return l.fence.err() == nil
	case <-quit:
		return false
	}
}

// Sync waits for the sync that is due, if there is one. The error is the log's.
func (l *Log) Sync() error {
	if u := l.ahead.Load(); u != nil {
		<-u.ended
		return l.fence.err()
	}
	return nil
}

// syncAhead makes the frame durable that has just been written to seg, beside
// everything else.
func (l *Log) syncAhead(seg *segment, first uint64) {
	u := &unsynced{first: first, ended: make(chan struct{})}
	l.ahead.Store(u)
	go func() {
		if err := l.o.sync(seg.file); err != nil {
			l.fence.trip(err)
		} else {
			l.ahead.Store(nil)
		}
		close(u.ended)
		l.fence.tell() // may call Close, which waits only for ended
	}()
}
