package client

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"kv/proto/kverr"
)

// keeperFuncs is a leaseKeeper by hand, for the clock of synctest.
type keeperFuncs struct {
	grant     func() (GrantResult, error)
	keepAlive func(ctx context.Context) (KeepAliveResult, error)
	revoke    func() error
}

func (k keeperFuncs) Grant(context.Context, time.Duration) (GrantResult, error) { return k.grant() }

func (k keeperFuncs) KeepAlive(ctx context.Context, _ LeaseID) (KeepAliveResult, error) {
	return k.keepAlive(ctx)
}

func (k keeperFuncs) Revoke(context.Context, LeaseID) (RevokeResult, error) {
	if k.revoke == nil {
		return RevokeResult{}, nil
	}
	return RevokeResult{}, k.revoke()
}

// lasted returns how long the session has lived when it is over.
func lasted(s *Session, began time.Time) time.Duration {
	<-s.Done()
	return time.Since(began)
}

func TestSessionKeepsItsLeaseEveryThird(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var at []time.Duration
		s := startSession(nil, keeperFuncs{keepAlive: func(context.Context) (KeepAliveResult, error) {
			at = append(at, time.Since(began))
			return KeepAliveResult{}, nil
		}}, tenure{1, began, 9 * time.Second})
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if len(at) != 3 || at[0] != 3*time.Second || at[2] != 9*time.Second || s.Err() != nil || s.Lease() != 1 {
			t.Errorf("kept alive at %v, %v", at, s.Err())
		}
		if err := s.Close(t.Context()); err != nil || !errors.Is(s.Err(), ErrSessionClosed) {
			t.Errorf("%v, %v", err, s.Err())
		}
		<-s.Done()
		if err := s.Close(t.Context()); err != nil {
			t.Errorf("second close: %v", err)
		}
	})
}

// The time counts from the start of the last call that succeeded, not from its end,
// and a call that hangs does not put it off.
func TestSessionIsLostWhenItsTimeHasPassed(t *testing.T) {
	t.Parallel()
	for name, keepAlive := range map[string]func(ctx context.Context, n int) error{
		"calls hang": func(ctx context.Context, _ int) error { <-ctx.Done(); return ctx.Err() },
		"calls fail": func(context.Context, int) error { return kverr.ErrNoLeader },
		"a late answer that takes no heed of its context": func(context.Context, int) error {
			time.Sleep(time.Minute)
			return nil
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			began, n := time.Now(), 0
			s := startSession(nil, keeperFuncs{keepAlive: func(ctx context.Context) (KeepAliveResult, error) {
				if n++; n == 1 { // slow, but in time: counts from 3 s on
					time.Sleep(2 * time.Second)
					return KeepAliveResult{}, nil
				}
				return KeepAliveResult{}, keepAlive(ctx, n)
			}}, tenure{1, began, 9 * time.Second})
			if got := lasted(s, began); got != 12*time.Second || !errors.Is(s.Err(), ErrSessionLost) {
				t.Errorf("%s: lost after %v, %v", name, got, s.Err())
			}
			if err := s.Close(t.Context()); err != nil || !errors.Is(s.Err(), ErrSessionLost) {
				t.Errorf("%s: %v, %v", name, err, s.Err())
			}
		})
	}
}

func TestSessionEndsWithItsLease(t *testing.T) {
	t.Parallel()
	for reason, want := range map[error]time.Duration{
		kverr.ErrLeaseNotFound: 3 * time.Second,
		errClosed():            3 * time.Second,
	} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			s := startSession(nil, keeperFuncs{
				keepAlive: func(context.Context) (KeepAliveResult, error) { return KeepAliveResult{}, reason },
				revoke:    func() error { return kverr.ErrLeaseNotFound },
			}, tenure{1, began, 9 * time.Second})
			if got := lasted(s, began); got != want || !errors.Is(s.Err(), ErrSessionLost) || !errors.Is(s.Err(), reason) {
				t.Errorf("%v: after %v, %v", reason, got, s.Err())
			}
			if err := s.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSessionTriesAgainAndTakesTheTTLItIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began, n := time.Now(), 0
		s := startSession(nil, keeperFuncs{
			keepAlive: func(ctx context.Context) (KeepAliveResult, error) {
				if n++; n < 4 {
					return KeepAliveResult{}, kverr.ErrUnreachable
				}
				if n == 4 {
					return KeepAliveResult{TTL: 30 * time.Second}, nil
				}
				<-ctx.Done()
				return KeepAliveResult{}, ctx.Err()
			},
			revoke: func() error { return kverr.ErrNoLeader },
		}, tenure{1, began, 9 * time.Second})
		const kept = 3*time.Second + 3*keepAliveRest
		if got := lasted(s, began); got != kept+30*time.Second {
			t.Errorf("lost after %v", got)
		}
		if err := s.Close(t.Context()); !errors.Is(err, ErrNoLeader) {
			t.Errorf("a lease that was not revoked: %v", err)
		}
	})
}

// A program may lock another name for each job, for years: a session remembers only
// those that are in use.
func TestSessionForgetsNames(t *testing.T) {
	t.Parallel()
	s := startSession(nil, keeperFuncs{}, tenure{1, time.Now(), time.Hour})
	defer s.Close(t.Context())
	free, err := s.take(t.Context(), "a", true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.take(t.Context(), "a", false); !errors.Is(err, ErrLocked) {
		t.Errorf("a name that another has: %v", err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.take(over, "a", true); !errors.Is(err, context.Canceled) {
		t.Errorf("a wait that was given up: %v", err)
	}
	if len(s.names) != 1 {
		t.Errorf("%d names in use, want 1", len(s.names))
	}
	free()
	if len(s.names) != 0 {
		t.Errorf("%d names that nobody has", len(s.names))
	}
}

// A session begins with what is left of its lease, however long the calls have taken.
func TestSessionThatBeginsSlowly(t *testing.T) {
	t.Parallel()
	const ttl = 3 * time.Second
	for name, tt := range map[string]struct {
		grants, keeps []time.Duration // how long the calls take
		gone          bool            // the first lease has ended when it is to be kept alive
		lease         LeaseID
		lived         time.Duration // of the tenure, when it is had
	}{
		"at once":              {grants: []time.Duration{0}, lease: 1},
		"a slow grant":         {grants: []time.Duration{2 * time.Second}, keeps: []time.Duration{time.Second}, lease: 1, lived: time.Second},
		"a fail-over":          {grants: []time.Duration{5 * time.Second}, keeps: []time.Duration{4 * time.Second, 0}, lease: 1},
		"a lease that is gone": {grants: []time.Duration{5 * time.Second, 0}, keeps: []time.Duration{0}, gone: true, lease: 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			grants, keeps := 0, 0
			got, err := granted(t.Context(), keeperFuncs{
				grant: func() (GrantResult, error) {
					time.Sleep(tt.grants[grants])
					grants++
					return GrantResult{ID: LeaseID(grants)}, nil
				},
				keepAlive: func(context.Context) (KeepAliveResult, error) {
					time.Sleep(tt.keeps[keeps])
					keeps++
					if tt.gone {
						return KeepAliveResult{}, kverr.ErrLeaseNotFound
					}
					return KeepAliveResult{TTL: ttl}, nil
				},
			}, ttl)
			if want := (tenure{tt.lease, time.Now().Add(-tt.lived), ttl}); err != nil || got != want || grants != len(tt.grants) || keeps != len(tt.keeps) {
				t.Errorf("%s: %+v after %d grants and %d calls to keep it, want %+v; %v", name, got, grants, keeps, want, err)
			}
		})
	}
	t.Run("an error ends it", func(t *testing.T) {
		_, err := granted(t.Context(), keeperFuncs{grant: func() (GrantResult, error) { return GrantResult{}, kverr.ErrTooManyLeases }}, ttl)
		if !errors.Is(err, ErrTooManyLeases) {
			t.Errorf("%v", err)
		}
	})
}
