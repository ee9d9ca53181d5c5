package client

import (
	"context"
	"errors"
)

// ErrNotLocked: the Mutex does not hold the lock, or lost it because somebody else
// deleted its key.
var ErrNotLocked = errors.New("the lock is not held")

// Mutex is a lock that at most one session of a cluster holds, as long as that
// session lives. Those that wait for it get it in the order in which they came. It
// is safe for concurrent use; like a sync.Mutex it is not reentrant, and also
// excludes the goroutines of one session from each other.
//
// A holder whose session is over (Session.Done) must stop; one that was stopped by
// others, as by the operating system, may not know. So guard what the lock protects
// with Held in a Txn or, outside of kv, with Token.
type Mutex struct{ place *place }

// NewMutex returns a lock by its name, without locking it. The contenders' keys are
// the name, a slash, and a lease.
func NewMutex(s *Session, name string) *Mutex {
	return &Mutex{newPlace(s, name, ErrNotLocked)}
}

// Lock waits until the lock is held. When it fails it takes itself out of the
// queue, in the background if need be. Errors: the session's (Session.Err) when that
// is over, ErrCanceled and ErrTimeout of ctx, and those of an unavailable cluster,
// which end it after the client's timeout even if ctx has no deadline; the wait for
// the other holders has no limit but ctx.
func (m *Mutex) Lock(ctx context.Context) error { return m.place.enter(ctx, nil, true) }

// TryLock is Lock, but returns ErrLocked if others hold the lock or wait for it.
func (m *Mutex) TryLock(ctx context.Context) error { return m.place.enter(ctx, nil, false) }

// Unlock gives the lock to the next. Errors: ErrNotLocked, the session's when that
// is over, and those of Txn, after which the lock is still held: Unlock again, or
// close the session.
func (m *Mutex) Unlock(ctx context.Context) error { return m.place.exit(ctx) }

// Token returns the fencing token: a number that is higher for each holder than for
// the one before; 0 while the lock is not held. It is the creation revision of the
// holder's key.
func (m *Mutex) Token() uint64 { return m.place.getToken() }

// Held is the condition that the lock is held, for a Txn. It never holds if the
// Mutex was not locked.
func (m *Mutex) Held() Compare { return m.place.held() }
