package client_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"kv/client"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

func TestLeases(t *testing.T) {
	t.Parallel()
	_, ms := newCluster(t, "n1")
	c := newClient(t, []string{ms[0].address})
	ctx := within(t, 20*time.Second)
	a, err := c.Grant(ctx, time.Minute)
	if err != nil || a.ID != 1 {
		t.Fatalf("%+v, %v", a, err)
	}
	if b, err := c.Grant(ctx, 1500*time.Microsecond); err != nil || b.ID != 2 {
		t.Fatalf("%+v, %v", b, err)
	}
	if k, err := c.KeepAlive(ctx, a.ID); err != nil || k.TTL != time.Minute {
		t.Errorf("%+v, %v", k, err)
	}
	for _, key := range []string{"x", "y"} {
		if _, err := c.Put(ctx, key, nil, client.WithLease(a.ID)); err != nil {
			t.Fatal(err)
		}
	}
	all, err := c.Leases(ctx)
	if err != nil || len(all) != 2 || all[0].KeyCount != 2 || all[0].Keys != nil || all[1].TTL != 2*time.Millisecond {
		t.Errorf("%+v, %v", all, err)
	}
	one, err := c.LeaseInfo(ctx, a.ID)
	if err != nil || fmt.Sprint(one.Keys) != "[x y]" || one.TTL != time.Minute || one.Remaining != 30*time.Second {
		t.Errorf("%+v, %v", one, err)
	}
	if r, err := c.Revoke(ctx, a.ID); err != nil || r.Deleted != 2 {
		t.Errorf("%+v, %v", r, err)
	}
	for name, err := range map[string]error{
		"keep alive": second(c.KeepAlive(ctx, a.ID)),
		"revoke":     second(c.Revoke(ctx, a.ID)),
		"info":       second(c.LeaseInfo(ctx, a.ID)),
		"info of 0":  second(c.LeaseInfo(ctx, 0)),
	} {
		if !errors.Is(err, client.ErrLeaseNotFound) || client.OutcomeOf(err) != client.NotDone {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := c.Grant(ctx, -time.Second); !errors.Is(err, client.ErrInvalid) {
		t.Errorf("%v", err)
	}
}

func TestGrantHappensOnceAndKeepAliveIsRepeated(t *testing.T) {
	t.Parallel()
	st, ms := newCluster(t, "n1", "n2")
	ms[0].script(func(m *member) {
		m.hook = func(_ context.Context, req any, handle func() (any, error)) (any, error) {
			switch req.(type) {
			case *kvv1.GrantLeaseRequest, *kvv1.KeepAliveLeaseRequest:
				handle()
				return nil, kverr.ErrLostLeadership
			}
			return handle()
		}
	})
	addresses := []string{ms[0].address, ms[1].address}
	g, err := newClient(t, addresses).Grant(within(t, 10*time.Second), time.Minute)
	if err != nil || g.ID != 1 || st.granted != 1 {
		t.Errorf("%+v, %v, %d granted", g, err, st.granted)
	}
	k, err := newClient(t, addresses).KeepAlive(within(t, 10*time.Second), 1)
	if err != nil || k.Member != "n2" {
		t.Errorf("%+v, %v", k, err)
	}
}
