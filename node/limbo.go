package node

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"
)

// limbo knows for how long a leader has refused all entries because it hands over its
// office. The library ends a transfer after two election timeouts, but one whose follower
// was given up on in the middle it waits for without end: leadershipTransfer sends to the
// channel of a replication that nobody reads any more. It refuses entries then in later
// terms, too, even the one by which a new leader is established.
//
// hear is for one goroutine; the others are safe for concurrent use.
type limbo struct {
	// gap is how long a refusal counts: one that comes later is of another transfer.
	gap time.Duration
	// first and last are when the refusals came; 0 for none. In nanoseconds since 1970.
	first, last atomic.Int64
}

// hear notes what became of an entry.
func (l *limbo) hear(err error, now time.Time) {
	if !errors.Is(err, raft.ErrLeadershipTransferInProgress) {
		l.forget()
		return
	}
	n := now.UnixNano()
	if l.first.Load() == 0 || time.Duration(n-l.last.Load()) > l.gap {
		l.first.Store(n)
	}
	l.last.Store(n)
}

// lasts returns how long there were refusals and nothing else.
func (l *limbo) lasts() time.Duration {
	first := l.first.Load()
	if first == 0 {
		return 0
	}
	return time.Duration(l.last.Load() - first)
}

// forget begins anew.
func (l *limbo) forget() {
	if l.first.Load() != 0 { // a load costs less than a store, and nearly always is all
		l.first.Store(0)
	}
}
