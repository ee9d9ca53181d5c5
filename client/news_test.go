package client_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"kv/client"
)

// A member of an older program does not know how to wait for news: Changed returns all
// the same, and so it does for one that goes.
func TestChangedWithoutNews(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	c := newClient(t, []string{m.address})
	for range 2 {
		if err := c.Changed(within(t, 30*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	m.stop()
	for gone := false; !gone; {
		if err := c.Changed(within(t, 30*time.Second)); err != nil {
			t.Fatal(err)
		}
		_, err := c.Health(t.Context())
		gone = errors.Is(err, client.ErrUnreachable)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Changed(ctx); !errors.Is(err, client.ErrCanceled) {
		t.Errorf("after its context: %v", err)
	}
}
