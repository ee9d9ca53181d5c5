package client

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Why a session is over; Err wraps one of them.
var (
	// ErrSessionLost: its lease has ended, or nobody can say that it has not.
	ErrSessionLost = errors.New("the session is lost")
	// ErrSessionClosed: Close was called.
	ErrSessionClosed = errors.New("the session is closed")
)

// keepAliveRest is the wait after a KeepAlive that failed, or a tenth of the time
// to live if that is less.
const keepAliveRest = 250 * time.Millisecond

// leaseKeeper is what a session needs of a Client.
type leaseKeeper interface {
	Grant(ctx context.Context, ttl time.Duration) (GrantResult, error)
	// KeepAlive fails with ErrLeaseNotFound if the lease has ended.
	KeepAlive(ctx context.Context, id LeaseID) (KeepAliveResult, error)
	// Revoke fails with ErrLeaseNotFound if the lease has ended.
	Revoke(ctx context.Context, id LeaseID) (RevokeResult, error)
}

// Session is a lease that is kept alive as long as the program lives and reaches
// the cluster. Mutex and Election build on it. It owns goroutines until it is
// over. All methods are safe for concurrent use.
//
// The session is over (Done) when the cluster says that the lease has ended or,
// without news from the cluster, when the lease may have ended: its time to live
// after the start of the last KeepAlive that succeeded, by the local monotonic
// clock. From then on others may hold its locks. A program that was stopped, or a
// machine that slept, learns of it late; a fencing token protects what must not be
// touched then (Mutex.Token, Mutex.Held).
type Session struct {
	client *Client
	keeper leaseKeeper
	id     LeaseID

	alive   context.Context // ends when the session is over; its cause is Err
	lose    context.CancelCauseFunc
	wg      sync.WaitGroup
	closing sync.Once

	// mu guards names and orders Close against the start of a goroutine.
	mu    sync.Mutex
	names map[string]*slot // those that a place has or waits for
}

type sessionConfig struct{ lease LeaseID }

// SessionOption changes how a Session begins.
type SessionOption func(*sessionConfig)

// WithExistingLease takes over a lease, such as that of an earlier run of the
// program, in place of a new one. Its own time to live then holds. Close revokes
// it all the same. Locks and offices of the earlier run are lost as soon as this one
// asks for them: it then queues up like all others.
func WithExistingLease(id LeaseID) SessionOption { return func(s *sessionConfig) { s.lease = id } }

// NewSession grants a lease of ttl, 100 ms to 10 years, and keeps it alive from a
// goroutine, every third of ttl. Close ends it; closing the client only loses it.
// Errors: those of Grant, and with WithExistingLease those of KeepAlive.
func (c *Client) NewSession(ctx context.Context, ttl time.Duration, opts ...SessionOption) (*Session, error) {
	var cfg sessionConfig
	for _, o := range opts {
		o(&cfg)
	}
	begin := func(ctx context.Context) (tenure, error) { return granted(ctx, c, ttl) }
	if cfg.lease != 0 {
		begin = func(ctx context.Context) (tenure, error) { return renewed(ctx, c, cfg.lease) }
	}
	t, err := begin(within(ctx, c.cfg.timeout))
	if err != nil {
		return nil, err
	}
	return startSession(c, c, t), nil
}

// tenure is a lease that has lasted, and lasts for ttl, since began.
type tenure struct {
	id    LeaseID
	began time.Time
	ttl   time.Duration
}

// granted makes a lease. A call may take long, as in a fail-over: what is left of the
// lease then, if anything, only a KeepAlive tells.
func granted(ctx context.Context, keeper leaseKeeper, ttl time.Duration) (tenure, error) {
	for {
		began := time.Now()
		r, err := keeper.Grant(ctx, ttl)
		if err != nil {
			return tenure{}, err
		}
		if time.Since(began) < ttl/3 {
			return tenure{r.ID, began, ttl}, nil
		}
		t, err := renewed(ctx, keeper, r.ID)
		if !errors.Is(err, ErrLeaseNotFound) {
			return t, err
		}
	}
}

// renewed gives a lease its whole time again, of which some is left.
func renewed(ctx context.Context, keeper leaseKeeper, id LeaseID) (tenure, error) {
	for {
		began := time.Now()
		r, err := keeper.KeepAlive(ctx, id)
		if err != nil {
			return tenure{}, err
		}
		if time.Since(began) < r.TTL {
			return tenure{id, began, r.TTL}, nil
		}
	}
}

// startSession keeps a lease alive.
func startSession(c *Client, keeper leaseKeeper, t tenure) *Session {
	s := &Session{client: c, keeper: keeper, id: t.id, names: make(map[string]*slot)}
	s.alive, s.lose = context.WithCancelCause(context.Background())
	s.wg.Go(func() { s.keep(t.began, t.ttl) })
	return s
}

// keep renews the lease until the session is over. began is the start of the last
// call that is known to have given the lease its ttl.
func (s *Session) keep(began time.Time, ttl time.Duration) {
	lapse := time.AfterFunc(time.Until(began.Add(ttl)), func() {
		s.lose(fmt.Errorf("%w: its lease could not be kept alive in time", ErrSessionLost))
	})
	defer lapse.Stop()
	next := began.Add(ttl / 3)
	for s.sleep(time.Until(next)) {
		now := time.Now()
		ctx, cancel := context.WithDeadline(s.alive, began.Add(ttl))
		r, err := s.keeper.KeepAlive(ctx, s.id)
		cancel()
		switch {
		case err == nil && !lapse.Stop():
			return // the answer came too late: the session is lost
		case err == nil:
			if began = now; r.TTL > 0 {
				ttl = r.TTL
			}
			next = began.Add(ttl / 3)
			lapse.Reset(time.Until(began.Add(ttl)))
		case errors.Is(err, ErrLeaseNotFound), errors.Is(err, ErrClosed):
			s.lose(fmt.Errorf("%w: %w", ErrSessionLost, err))
			return
		default:
			next = time.Now().Add(min(keepAliveRest, ttl/10))
		}
	}
}

// sleep waits for d. It returns false when the session is over.
func (s *Session) sleep(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return s.alive.Err() == nil
	case <-s.alive.Done():
		return false
	}
}

// Lease returns the session's lease: a key that is put WithLease of it lives as
// long as the session.
func (s *Session) Lease() LeaseID { return s.id }

// Done is closed when the session is over.
func (s *Session) Done() <-chan struct{} { return s.alive.Done() }

// Err returns nil while the session lives, and then why it is over: an error that
// wraps ErrSessionLost or ErrSessionClosed.
func (s *Session) Err() error {
	if s.alive.Err() == nil {
		return nil
	}
	return context.Cause(s.alive)
}

// Close ends the session, waits for its goroutines and revokes the lease, which
// deletes its keys. If that fails the lease runs out by itself. A lease that has
// ended already is no error. A second Close does nothing.
func (s *Session) Close(ctx context.Context) (err error) {
	s.closing.Do(func() {
		s.mu.Lock()
		s.lose(ErrSessionClosed)
		s.mu.Unlock()
		s.wg.Wait()
		if _, err = s.keeper.Revoke(ctx, s.id); errors.Is(err, ErrLeaseNotFound) {
			err = nil
		}
	})
	return err
}

// bind returns a context that ends with the session, too.
func (s *Session) bind(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.alive, cancel)
	return ctx, func() { stop(); cancel() }
}

// reason returns err, or why the session is over if that is what err comes from.
func (s *Session) reason(err error) error {
	if errors.Is(err, ErrLeaseNotFound) {
		s.lose(fmt.Errorf("%w: %w", ErrSessionLost, err))
	}
	return first(s.Err(), err)
}

// start runs f in a goroutine of the session, or not at all if that is over.
func (s *Session) start(f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.alive.Err() != nil {
		return false
	}
	s.wg.Go(f)
	return true
}
