package client_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"kv/client"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// runs scripts a member that says that it runs a version.
func runs(version string) func(*member) {
	return func(m *member) {
		m.status = func() (*kvv1.StatusResponse, error) {
			return &kvv1.StatusResponse{Header: m.header(), Self: &kvv1.Member{Name: m.name, Version: version}}, nil
		}
		if version == "0.1.0" {
			m.stream = withoutStreams
		}
	}
}

// A member of version 0.1.0 would pass over the stamp of a put and the order of a
// list: nothing of that is sent to it, and to another member if there is one.
func TestNothingNewForAnOldMember(t *testing.T) {
	t.Parallel()
	_, ms := newCluster(t, "old", "new")
	ms[0].script(runs("0.1.0"))
	ms[1].script(runs("0.2.0"))
	ctx := within(t, 20*time.Second)
	for what, do := range map[string]func(context.Context, *client.Client) error{
		"put": func(ctx context.Context, c *client.Client) error {
			_, err := c.Put(ctx, "k", nil)
			return err
		},
		"list": func(ctx context.Context, c *client.Client) error {
			l, err := c.List(ctx, "", client.Reverse())
			if err == nil {
				l.Close()
			}
			return err
		},
		"watch": func(ctx context.Context, c *client.Client) error {
			w, err := c.Watch(ctx, client.Range{})
			if err == nil {
				w.Close()
			}
			return err
		},
	} {
		err := do(ctx, newClient(t, []string{ms[0].address}))
		if !errors.Is(err, kverr.ErrUpgrading) || client.OutcomeOf(err) != client.NotDone {
			t.Errorf("%s at an old member: %v (%v)", what, err, client.OutcomeOf(err))
		}
		if err := do(ctx, newClient(t, []string{ms[0].address, ms[1].address})); err != nil {
			t.Errorf("%s with another member: %v", what, err)
		}
	}
	if n := ms[0].puts.Load(); n != 0 || ms[0].listed != nil {
		t.Errorf("the old member was sent %d puts and the list %v", n, ms[0].listed)
	}
	if _, err := newClient(t, []string{ms[0].address}).Get(ctx, "k"); err != nil {
		t.Errorf("a get at an old member: %v", err)
	}
}
