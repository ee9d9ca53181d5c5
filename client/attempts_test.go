package client_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"kv/client"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

func TestMaxAttempts(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		most    int
		answers []*kverr.Error // of the attempts; the last goes on
		want    error          // nil for success
		outcome client.Outcome
		sent    int
	}{
		"one":                      {1, []*kverr.Error{kverr.ErrNoLeader}, client.ErrNoLeader, client.NotDone, 1},
		"one, unknown":             {1, []*kverr.Error{kverr.ErrLostLeadership}, client.ErrLostLeadership, client.Unknown, 1},
		"one, overloaded":          {1, []*kverr.Error{kverr.ErrOverloaded.WithRetryAfter(time.Millisecond)}, client.ErrOverloaded, client.NotDone, 1},
		"three":                    {3, []*kverr.Error{kverr.ErrNoLeader}, client.ErrNoLeader, client.NotDone, 3},
		"the last one succeeds":    {3, []*kverr.Error{kverr.ErrNoLeader, kverr.ErrShutdown, nil}, nil, client.NotDone, 3},
		"an earlier one unknown":   {3, []*kverr.Error{kverr.ErrShutdown, kverr.ErrNoLeader}, client.ErrNoLeader, client.Unknown, 3},
		"the last one unknown":     {2, []*kverr.Error{kverr.ErrNoLeader, kverr.ErrLostLeadership}, client.ErrLostLeadership, client.Unknown, 2},
		"a final one comes before": {3, []*kverr.Error{kverr.ErrConflict}, client.ErrConflict, client.NotDone, 1},
		"zero is no bound":         {0, []*kverr.Error{kverr.ErrNoLeader, kverr.ErrNoLeader, kverr.ErrNoLeader, nil}, nil, client.NotDone, 4},
		"less is no bound":         {-1, []*kverr.Error{kverr.ErrNoLeader, kverr.ErrNoLeader, nil}, nil, client.NotDone, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMember(t, "n1")
			var s stamps
			s.keep(m, func(_ context.Context, n int) error {
				if e := tt.answers[min(n, len(tt.answers))-1]; e != nil {
					return e
				}
				return nil
			})
			c := newClient(t, []string{m.address}, client.WithMaxAttempts(tt.most))
			_, err := c.Put(within(t, 20*time.Second), "k", nil)
			if !errors.Is(err, tt.want) || err != nil && client.OutcomeOf(err) != tt.outcome {
				t.Errorf("%v, %v", err, client.OutcomeOf(err))
			}
			if len(s.all()) != tt.sent {
				t.Errorf("sent %d times", len(s.all()))
			}
		})
	}
}

// An address where nobody is, and a member that only knows the leader, count too.
func TestMaxAttemptsCountsEveryMember(t *testing.T) {
	t.Parallel()
	leader, follower := newMember(t, "n1"), newMember(t, "n2")
	follower.script(pointingAt("n1", leader.address))
	one := newClient(t, []string{follower.address}, client.WithMaxAttempts(1))
	if _, err := one.Put(within(t, 20*time.Second), "k", nil); !errors.Is(err, client.ErrNotLeader) || client.OutcomeOf(err) != client.NotDone {
		t.Errorf("%v", err)
	}
	two := newClient(t, []string{follower.address}, client.WithMaxAttempts(2))
	if _, err := two.Put(within(t, 20*time.Second), "k", nil); err != nil {
		t.Error(err)
	}
	nowhere := deadAddress(t)
	lost := newClient(t, []string{nowhere, leader.address}, client.WithMaxAttempts(1))
	if _, err := lost.Get(within(t, 20*time.Second), "k"); !errors.Is(err, client.ErrUnreachable) || !strings.Contains(err.Error(), nowhere) {
		t.Errorf("%v", err)
	}
}

// That a write is not sent again must not bind the writes after it to a session
// that the store has forgotten.
func TestTheOnlyAttemptFindsItsSessionForgotten(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	var s stamps
	s.keep(m, func(_ context.Context, n int) error {
		if n == 1 {
			return kverr.ErrSessionUnknown.WithAppliedIndex(7)
		}
		return nil
	})
	c := newClient(t, []string{m.address}, client.WithMaxAttempts(1))
	if _, err := c.Put(within(t, 20*time.Second), "k", nil); !errors.Is(err, client.ErrSessionUnknown) || client.OutcomeOf(err) != client.NotDone {
		t.Errorf("%v", err)
	}
	if _, err := c.Put(within(t, 20*time.Second), "k", nil); err != nil {
		t.Error(err)
	}
	if seen := s.all(); seen[0].Session == seen[1].Session || seen[1].Opened != 7 {
		t.Errorf("%v", seen)
	}
}

// The only attempt has all of the call's time, however many members there are.
func TestTheLastAttemptHasAllTheTime(t *testing.T) {
	t.Parallel()
	slow, other := newMember(t, "n1"), newMember(t, "n2")
	deadline := make(chan time.Time, 1)
	slow.script(func(m *member) {
		m.hook = func(ctx context.Context, req any, handle func() (any, error)) (any, error) {
			if _, ok := req.(*kvv1.GetRequest); ok {
				d, _ := ctx.Deadline()
				deadline <- d
			}
			return handle()
		}
	})
	c := newClient(t, []string{slow.address, other.address}, client.WithMaxAttempts(1))
	ctx := within(t, time.Hour)
	if _, err := c.Get(ctx, "k"); err != nil {
		t.Fatal(err)
	}
	if want, _ := ctx.Deadline(); want.Sub(<-deadline) > 20*time.Minute {
		t.Error("the attempt had only a part of the time")
	}
}
