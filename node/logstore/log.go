package logstore

import (
	"errors"
	"sort"
	"sync"
	"time"

	"github.com/hashicorp/raft"
)

// Log is Raft's log on disk. It is safe for concurrent use: writers take turns,
// and readers do not wait for a sync.
type Log struct {
	dir   string
	o     Options
	fence fence
	watch watch
	ahead ahead

	removing sync.Mutex // held while entries are removed; taken before all others
	queued   watch      // of who waits for removing
	metaMu   sync.Mutex // held while meta changes; taken after write
	meta     meta

	write  sync.Mutex // held while entries are added and over what follows; taken before mu
	room   *room      // nil until the log is open
	enc    encoder
	places []place // of the frame being written

	mu       sync.RWMutex // guards what follows; a writer may read it without
	closed   bool
	segments []*segment // oldest first, never empty while open
	first    uint64     // index of entries[0]
	entries  []place    // where each entry lies
	cache    cache
}

var _ raft.MonotonicLogStore = (*Log)(nil)

// IsMonotonic tells Raft that the log must have no gaps.
func (l *Log) IsMonotonic() bool { return true }

// Stalled returns how long the disk operation that a writer waits for has
// lasted, 0 if there is none. Who removes entries may wait for several that remove
// others.
func (l *Log) Stalled() time.Duration { return max(l.watch.elapsed(), l.queued.elapsed()) }

// Err returns what made the log useless, nil if it can be used or is just closed.
func (l *Log) Err() error { return l.fence.err() }

// BytesAfter returns how much of the log follows the entry at index, in bytes on
// disk; an index before the log counts all of it.
func (l *Log) BytesAfter(index uint64) int64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if len(l.entries) == 0 || index >= l.last() {
		return 0
	}
	return l.bytesFrom(int(max(index+1, l.first) - l.first))
}

// EntriesIn returns how many of the newest entries n bytes on disk hold.
func (l *Log) EntriesIn(n int64) uint64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return uint64(len(l.entries) - sort.Search(len(l.entries), func(i int) bool { return l.bytesFrom(i) <= n }))
}

// bytesFrom returns the bytes from the frame of entries[i] to the end.
func (l *Log) bytesFrom(i int) int64 {
	p := l.entries[i]
	n := -p.at
	for s := len(l.segments) - 1; s >= 0; s-- {
		n += l.segments[s].end.Load()
		if l.segments[s] == p.seg {
			break
		}
	}
	return n
}

func (l *Log) usable() error {
	if l.closed {
		return ErrClosed
	}
	return l.fence.err()
}

// FirstIndex returns the index of the oldest entry, 0 if the log is empty.
func (l *Log) FirstIndex() (uint64, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if len(l.entries) == 0 {
		return 0, l.usable()
	}
	return l.first, l.usable()
}

// LastIndex returns the index of the newest entry, 0 if the log is empty.
func (l *Log) LastIndex() (uint64, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.last(), l.usable()
}

func (l *Log) last() uint64 {
	if len(l.entries) == 0 {
		return 0
	}
	return l.first + uint64(len(l.entries)) - 1
}

// GetLog fills out with the entry at index, or returns raft.ErrLogNotFound. Its
// Data and Extensions may be shared with the cache: they are read-only. Damage
// is fatal and gives ErrCorrupt.
func (l *Log) GetLog(index uint64, out *raft.Log) error {
	defer l.fence.tell()
	l.mu.RLock()
	defer l.mu.RUnlock()
	if err := l.usable(); err != nil {
		return err
	}
	if len(l.entries) == 0 || index < l.first || index > l.last() {
		return raft.ErrLogNotFound
	}
	if l.cache.get(l.last()-index, out) {
		return nil
	}
	if err := l.entries[index-l.first].read(index, out); err != nil {
		return l.fence.trip(err)
	}
	return nil
}

// change runs fn as the only writer, with all that was written before durable.
func (l *Log) change(fn func() error) error {
	defer l.fence.tell()
	return l.locked(fn)
}

func (l *Log) locked(fn func() error) error {
	l.write.Lock()
	defer l.write.Unlock()
	l.Sync() // usable tells the error
	if err := l.usable(); err != nil {
		return err
	}
	if err := l.room.failure(); err != nil {
		return l.fence.trip(err)
	}
	return fn()
}

// active returns the segment that frames go to.
func (l *Log) active() *segment { return l.segments[len(l.segments)-1] }

// Close ends the log. It is idempotent and waits for the operations under way.
func (l *Log) Close() error {
	l.removing.Lock()
	defer l.removing.Unlock()
	l.write.Lock()
	defer l.write.Unlock()
	l.Sync() // a failure has been told
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	var err error
	if l.room != nil {
		err = l.room.close()
	}
	for _, seg := range l.segments {
		err = errors.Join(err, seg.close())
	}
	return err
}
