// Package freezer stops one node of a process that has many, as SIGSTOP stops a
// process: nothing comes in or goes out on any of its connections, and a clock stands
// still. The connections stay up meanwhile, and what arrives is read after the thaw.
package freezer

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// settleWithin is how long Freeze waits for writes under way. One that the kernel holds
// up, since the other side does not read, counts as written.
const settleWithin = 100 * time.Millisecond

// Freezer holds the connections of one run of a node. Its methods are safe for
// concurrent use.
type Freezer struct {
	thawed  atomic.Pointer[chan struct{}] // closed at the thaw; nil unless frozen
	writing atomic.Int64                  // writes under way

	mu     sync.Mutex
	conns  map[*conn]struct{} // guarded by mu; all that are open
	ended  bool               // guarded by mu; see Cut
	born   time.Time
	since  time.Time     // guarded by mu; of the last freeze
	frozen time.Duration // guarded by mu; how long the freezes before lasted
}

// New returns a freezer that is warm.
func New() *Freezer {
	return &Freezer{conns: make(map[*conn]struct{}), born: time.Now()}
}

// Freeze stops the node; it changes nothing if that is stopped.
func (f *Freezer) Freeze() {
	f.mu.Lock()
	if f.thawed.Load() == nil {
		thawed := make(chan struct{})
		f.since = time.Now()
		f.thawed.Store(&thawed)
	}
	f.mu.Unlock()
	for end := time.Now().Add(settleWithin); f.writing.Load() > 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
}

// Thaw lets the node go on. What it wanted to close meanwhile is closed now.
func (f *Freezer) Thaw() {
	f.mu.Lock()
	defer f.mu.Unlock()
	thawed := f.thawed.Load()
	if thawed == nil {
		return
	}
	f.frozen += time.Since(f.since)
	f.thawed.Store(nil)
	close(*thawed)
	for c := range f.conns {
		if c.isClosed() {
			delete(f.conns, c)
			_ = c.Conn.Close()
		}
	}
}

// Frozen reports whether the node is stopped.
func (f *Freezer) Frozen() bool { return f.thawed.Load() != nil }

// Await returns true at once or, if the node is stopped, once it goes on; false if quit
// is closed before that.
func (f *Freezer) Await(quit <-chan struct{}) bool {
	for {
		thawed := f.thawed.Load()
		if thawed == nil {
			return true
		}
		select {
		case <-*thawed:
		case <-quit:
			return false
		}
	}
}

// Cut breaks all connections for good, also those to come: nothing comes in or goes out
// any more, and nobody waits.
func (f *Freezer) Cut() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = true
	for c := range f.conns {
		c.once.Do(func() { close(c.closed) })
		_ = c.Conn.Close()
	}
	clear(f.conns)
}

// Clock returns how long the node has run: the time since New without that in which
// it was stopped.
func (f *Freezer) Clock() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	if f.thawed.Load() != nil {
		now = f.since
	}
	return now.Sub(f.born) - f.frozen
}

// hold wraps a connection, or closes it after Cut.
func (f *Freezer) hold(inner net.Conn) (net.Conn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		_ = inner.Close()
		return nil, net.ErrClosed
	}
	c := &conn{Conn: inner, freezer: f, closed: make(chan struct{})}
	f.conns[c] = struct{}{}
	return c, nil
}
