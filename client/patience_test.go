package client_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"kv/client"
)

// A call without anybody to reach ends long before its context does.
func TestPatienceEndsACallThatReachesNobody(t *testing.T) {
	t.Parallel()
	c := newClient(t, []string{deadAddress(t), deadAddress(t)}, client.WithPatience(50*time.Millisecond))
	ctx := within(t, time.Hour)
	_, err := c.Get(ctx, "k")
	if !errors.Is(err, client.ErrUnreachable) || !strings.Contains(err.Error(), "connection refused") || ctx.Err() != nil {
		t.Errorf("get: %v", err)
	}
	if _, err = c.Put(ctx, "k", nil); client.OutcomeOf(err) != client.NotDone {
		t.Errorf("put: %v", err)
	}
}

// Whoever is reached makes the call as patient as it is without a bound.
func TestPatienceIsNotForThoseWhoAnswer(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	m.script(refusing(client.ErrNoLeader))
	c := newClient(t, []string{deadAddress(t), m.address}, client.WithPatience(time.Nanosecond))
	done := make(chan error, 1)
	go func() {
		_, err := c.Get(within(t, 30*time.Second), "k")
		done <- err
	}()
	waitFor(t, "a few rounds", func() bool { return m.gets.Load() > 5 })
	m.script(func(m *member) { m.get = nil })
	if err := <-done; err != nil {
		t.Errorf("get: %v", err)
	}
}
