package lossy_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kv/client"
	"kv/client/lossy"
	"kv/node/playground"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// node is a playground of one.
func node(ctx context.Context, t *testing.T) *playground.Cluster {
	t.Helper()
	c, err := playground.Open(ctx, playground.Config{Nodes: 1, FreePorts: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// What was done and whose answer was lost is asked for again, and is done once.
func TestLostAnswersAreAskedForAgain(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := node(ctx, t)
	for name, options := range map[string][]client.Option{"stream": nil, "calls": {client.WithoutStream()}} {
		t.Run(name, func(t *testing.T) {
			var deaf atomic.Bool
			var lost atomic.Int64
			once := func() (time.Duration, bool) {
				if deaf.Swap(false) {
					lost.Add(1)
					return time.Millisecond, true
				}
				return 0, false
			}
			cl, err := client.Dial(c.Addresses(), append(options, client.WithDialOptions(lossy.Options(once)...))...)
			if err != nil {
				t.Fatal(err)
			}
			defer cl.Close()
			first, err := cl.Put(ctx, name, nil)
			if err != nil {
				t.Fatal(err)
			}
			deaf.Store(true)
			second, err := cl.Put(ctx, name, nil, client.IfRevision(first.Revision))
			if err != nil || second.Revision != first.Revision+1 || lost.Load() != 1 {
				t.Errorf("after revision %d: %d, %v, with %d answers lost", first.Revision, second.Revision, err, lost.Load())
			}
		})
	}
}

// A caller that gives up does not wait for what it does not hear.
func TestNobodyWaitsForALostAnswer(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := node(ctx, t)
	var deaf atomic.Bool
	never := func() (time.Duration, bool) { return time.Hour, deaf.Load() }
	cl, err := client.Dial(c.Addresses(), client.WithDialOptions(lossy.Options(never)...))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	if _, err := cl.Put(ctx, "k", nil); err != nil {
		t.Fatal(err)
	}
	deaf.Store(true)
	brief, end := context.WithTimeout(ctx, 50*time.Millisecond)
	defer end()
	if _, err := cl.Put(brief, "k", nil); client.OutcomeOf(err) != client.Unknown {
		t.Errorf("%v", err)
	}
}
