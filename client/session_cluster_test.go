package client_test

import (
	"errors"
	"testing"
	"time"

	"kv/client"
)

func TestSessionOnACluster(t *testing.T) {
	t.Parallel()
	st, ms := newCluster(t, "n1")
	c := newClient(t, []string{ms[0].address})
	ctx := within(t, 20*time.Second)
	a, err := c.NewSession(ctx, 3*time.Second)
	if err != nil || a.Lease() != 1 {
		t.Fatalf("%+v, %v", a, err)
	}
	b, err := c.NewSession(ctx, time.Minute, client.WithExistingLease(a.Lease()))
	if err != nil || b.Lease() != 1 {
		t.Fatalf("%+v, %v", b, err)
	}
	st.end(1)
	<-a.Done()
	if !errors.Is(a.Err(), client.ErrSessionLost) || !errors.Is(a.Err(), client.ErrLeaseNotFound) {
		t.Errorf("%v", a.Err())
	}
	for _, s := range []*client.Session{a, b} {
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
	}
	if _, err := c.NewSession(ctx, time.Minute, client.WithExistingLease(1)); !errors.Is(err, client.ErrLeaseNotFound) {
		t.Errorf("a lease that has ended: %v", err)
	}
	if _, err := c.NewSession(ctx, -1); !errors.Is(err, client.ErrInvalid) {
		t.Errorf("%v", err)
	}
}
