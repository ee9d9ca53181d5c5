package client_test

import (
	"testing"
	"time"

	"kv/client"
)

// Whoever names a member that has just started again gets its answer, and not what
// its port said while it was down.
func TestANamedMemberIsAskedAnewAfterItsRestart(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]client.Option{nil, {client.WithoutStream()}} {
		m := newMember(t, "n1")
		c := newClient(t, []string{m.address}, opts...)
		ctx := within(t, 30*time.Second)
		if _, err := c.Get(ctx, "k", client.At(m.address)); err != nil {
			t.Fatal(err)
		}
		m.stop()
		for range 4 { // the back-off grows
			if _, err := c.Get(within(t, 300*time.Millisecond), "k", client.At(m.address)); err == nil {
				t.Fatal("a member that is down answers")
			}
		}
		newMemberAt(t, "n1", m.address)
		if _, err := c.Get(ctx, "k", client.At(m.address)); err != nil {
			t.Errorf("a member that has started again: %v", err)
		}
	}
}
