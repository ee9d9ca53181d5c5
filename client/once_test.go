package client_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kv/client"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// stamps keeps the stamps of the puts that reach some members, in order.
type stamps struct {
	mu   sync.Mutex
	seen []*kvv1.Stamp
}

// keep scripts m to keep stamps; after each, then answers in place of the member if
// it returns an error.
func (s *stamps) keep(m *member, then func(ctx context.Context, n int) error) {
	m.script(func(m *member) {
		m.hook = func(ctx context.Context, req any, handle func() (any, error)) (any, error) {
			put, ok := req.(*kvv1.PutRequest)
			if !ok {
				return handle()
			}
			s.mu.Lock()
			s.seen = append(s.seen, put.Stamp)
			n := len(s.seen)
			s.mu.Unlock()
			if err := then(ctx, n); err != nil {
				return nil, err
			}
			return handle()
		}
	})
}

func (s *stamps) all() []*kvv1.Stamp {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

func TestAWriteOfUnknownOutcomeIsSentAgainAndDoneOnce(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(m *member, ctx context.Context) error{
		"connection cut":  func(m *member, ctx context.Context) error { m.cut(); <-ctx.Done(); return ctx.Err() },
		"frozen":          func(_ *member, ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		"leadership lost": func(*member, context.Context) error { return kverr.ErrLostLeadership },
		"stopped":         func(*member, context.Context) error { return kverr.ErrShutdown },
		"disk fault":      func(*member, context.Context) error { return errors.New("disk") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st, ms := newCluster(t, "n1", "n2")
			ms[0].script(func(m *member) {
				m.hook = func(ctx context.Context, req any, handle func() (any, error)) (any, error) {
					resp, err := handle() // done, but nobody hears of it
					if _, write := req.(*kvv1.PutRequest); !write {
						return resp, err
					}
					return nil, lose(ms[0], ctx)
				}
			})
			c := newClient(t, []string{ms[0].address, ms[1].address})
			r, err := c.Put(within(t, 3*time.Second), "k", nil)
			if err != nil || r.Revision != 1 {
				t.Errorf("%+v, %v", r, err)
			}
			if st.executed != 1 {
				t.Errorf("executed %d times", st.executed)
			}
		})
	}
}

func TestStampsOfAttempts(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	var s stamps
	s.keep(m, func(_ context.Context, n int) error {
		if n%2 == 1 {
			return kverr.ErrNoLeader
		}
		return nil
	})
	c := newClient(t, []string{m.address})
	for range 3 {
		if _, err := c.Put(within(t, 10*time.Second), "k", nil); err != nil {
			t.Fatal(err)
		}
	}
	for i, got := range s.all() {
		if want := uint64(i/2 + 1); got.Sequence != want || got.Acknowledged != want || got.Session == 0 || got.Session != s.all()[0].Session {
			t.Errorf("attempt %d: %v", i, got)
		}
	}
}

func TestAWriteThatEndedUnknownIsAcknowledged(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	first, giveUp := context.WithCancel(within(t, 10*time.Second))
	var s stamps
	s.keep(m, func(ctx context.Context, n int) error {
		if n == 1 {
			giveUp()
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	})
	c := newClient(t, []string{m.address})
	if _, err := c.Put(first, "k", nil); client.OutcomeOf(err) != client.Unknown {
		t.Errorf("%v", err)
	}
	if _, err := c.Put(within(t, 10*time.Second), "k", nil); err != nil {
		t.Error(err)
	}
	if got := s.all()[1]; got.Sequence != 2 || got.Acknowledged != 2 {
		t.Errorf("%v", got)
	}
}

func TestWhatALaterAttemptSaysAfterAnUnknownOne(t *testing.T) {
	t.Parallel()
	for later, want := range map[*kverr.Error]client.Outcome{
		kverr.ErrConflict.WithRevision(4):            client.NotDone,
		kverr.ErrLeaseNotFound:                       client.NotDone,
		kverr.ErrTooManyLeases:                       client.NotDone,
		kverr.ErrResultTooLarge:                      client.NotDone,
		kverr.ErrCompacted:                           client.NotDone,
		kverr.ErrFutureRevision:                      client.NotDone,
		kverr.ErrQuota:                               client.Unknown,
		kverr.ErrValueTooLarge:                       client.Unknown,
		kverr.ErrSequence:                            client.Unknown,
		kverr.ErrSessionUnknown:                      client.Unknown,
		kverr.ErrOverloaded.WithRetryAfter(1e9 * 60): client.Unknown,
	} {
		t.Run(later.Reason, func(t *testing.T) {
			t.Parallel()
			m := newMember(t, "n1")
			var s stamps
			s.keep(m, func(_ context.Context, n int) error {
				if n == 1 {
					return kverr.ErrLostLeadership
				}
				return later
			})
			c := newClient(t, []string{m.address})
			_, err := c.Put(within(t, 20*time.Second), "k", nil)
			if !errors.Is(err, later) || client.OutcomeOf(err) != want {
				t.Errorf("%v, %v", err, client.OutcomeOf(err))
			}
			if unknown := strings.Contains(err.Error(), "outcome unknown"); unknown != (want == client.Unknown) || !strings.Contains(err.Error(), later.Text) {
				t.Errorf("text %q", err)
			}
			for _, got := range s.all() {
				if got.Session != s.all()[0].Session || got.Sequence != 1 {
					t.Errorf("sent again as %v", got)
				}
			}
		})
	}
}

func TestGivingUpAfterAnUnknownAttempt(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	var s stamps
	s.keep(m, func(_ context.Context, n int) error {
		switch n {
		case 1:
			return kverr.ErrShutdown
		case 2, 3:
			return kverr.ErrNoLeader
		default: // later than the call may wait
			return kverr.ErrNoLeader.WithRetryAfter(time.Minute)
		}
	})
	c := newClient(t, []string{m.address})
	_, err := c.Put(within(t, 20*time.Second), "k", nil)
	if client.OutcomeOf(err) != client.Unknown || !errors.Is(err, client.ErrNoLeader) {
		t.Errorf("%v, %v", err, client.OutcomeOf(err))
	}
	if len(s.all()) != 4 {
		t.Errorf("%d attempts", len(s.all()))
	}
}

func TestAForgottenSessionIsReplaced(t *testing.T) {
	t.Parallel()
	st, ms := newCluster(t, "n1")
	var s stamps
	var forgotten atomic.Uint64
	s.keep(ms[0], func(_ context.Context, n int) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		if n == 2 {
			forgotten.Store(s.seen[0].Session)
		}
		if s.seen[n-1].Session == forgotten.Load() {
			return kverr.ErrSessionUnknown.WithAppliedIndex(77)
		}
		return nil
	})
	c := newClient(t, []string{ms[0].address})
	for range 2 {
		if _, err := c.Put(within(t, 10*time.Second), "k", nil); err != nil {
			t.Fatal(err)
		}
	}
	seen := s.all()
	if got := seen[len(seen)-1]; got.Opened != 77 || got.Sequence != 1 || got.Session == seen[0].Session {
		t.Errorf("%v", got)
	}
	if st.executed != 2 {
		t.Errorf("executed %d times", st.executed)
	}
}

func TestConcurrentWritesHappenOnceWhileConnectionsBreak(t *testing.T) {
	t.Parallel()
	st, ms := newCluster(t, "n1", "n2")
	var n, lost atomic.Int64
	for _, m := range ms {
		m.script(func(m *member) {
			m.hook = func(_ context.Context, req any, handle func() (any, error)) (any, error) {
				resp, err := handle()
				if _, ok := req.(*kvv1.PutRequest); ok && n.Add(1)%50 == 0 {
					lost.Add(1)
					m.cut()
				}
				return resp, err
			}
		})
	}
	c := newClient(t, []string{ms[0].address, ms[1].address})
	const workers, each = 8, 100
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range each {
				if _, err := c.Put(within(t, 20*time.Second), "k", []byte("v")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if lost.Load() == 0 || n.Load() <= workers*each {
		t.Errorf("%d connections broken, %d attempts: the test shows nothing", lost.Load(), n.Load())
	}
	if st.executed != workers*each || st.keys["k"].Version != workers*each {
		t.Errorf("%d writes were executed %d times", workers*each, st.executed)
	}
}
