package playground

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"kv/client"
)

// seenChange is a change as a watcher saw it, in a form that can be compared.
func seenChange(c client.Change) string {
	prev := ""
	if c.Prev != nil {
		prev = fmt.Sprintf("%d:%s", c.Prev.ModRevision, c.Prev.Value)
	}
	return factOf(c) + after + prev
}

// watcher collects what one watch delivers.
type watcher struct {
	mu    sync.Mutex
	seen  []string // guarded by mu
	upTo  uint64   // guarded by mu
	err   error    // guarded by mu
	ended chan struct{}
}

func (w *watcher) revision() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.upTo
}

// follow watches a range until ctx ends.
func follow(ctx context.Context, t *testing.T, cl *client.Client, r client.Range, opts ...client.WatchOption) *watcher {
	t.Helper()
	watch, err := cl.Watch(ctx, r, append(opts, client.WatchPrev(), client.Progress(100*time.Millisecond))...)
	must(t, err)
	w := &watcher{ended: make(chan struct{})}
	go func() {
		defer close(w.ended)
		defer watch.Close()
		for changes, err := range watch.All() {
			w.mu.Lock()
			if err != nil {
				w.err = err
				w.mu.Unlock()
				return
			}
			for _, c := range changes.Changes {
				w.seen = append(w.seen, seenChange(c))
			}
			w.upTo = changes.Revision
			w.mu.Unlock()
		}
	}()
	return w
}

// Every watcher, on whichever member, sees exactly the committed changes of its
// range in their order, through kills of the leader and of the member it is on.
func TestWatchesSeeTheCommittedOrderThroughKills(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	c := newCluster(t, 3, nil)
	ctx, cancel := context.WithCancel(testContext(t))
	defer cancel()
	ranges := []client.Range{{}, client.Prefix("a/"), {From: "a/3", To: "b/2"}, {From: "b/1", To: "b/1\x00"}}
	var watchers []*watcher
	for _, name := range c.Names() {
		for _, r := range ranges {
			watchers = append(watchers, follow(ctx, t, dial(t, c, name), r, client.FromRevision(1)))
		}
	}
	writing, stop := context.WithCancel(ctx)
	var writers sync.WaitGroup
	done := new(acknowledged)
	for id := range 3 {
		cl := dial(t, c)
		own := rand.New(rand.NewPCG(seed, uint64(id)+1))
		writers.Go(func() { scribble(ctx, writing.Done(), cl, own, done) })
	}
	probe := dial(t, c)
	for range 4 {
		waitFor(t, c, "some writes", progressed(ctx, t, probe, 100))
		victim := c.Names()[rnd.IntN(3)]
		if rnd.IntN(2) == 0 {
			victim = waitLeader(t, c, "")
		}
		must(t, c.Kill(testContext(t), victim))
		waitLeader(t, c, victim)
		waitFor(t, c, "some writes without "+victim, progressed(ctx, t, probe, 30))
		must(t, c.Start(testContext(t), victim))
	}
	stop()
	writers.Wait()
	if got, err := probe.Get(ctx, "a/0"); err != nil || got.Revision < done.last() {
		t.Fatalf("read revision %d after an acknowledged write at %d, %v", got.Revision, done.last(), err)
	}
	facts := compareWatches(ctx, t, c, probe, watchers, ranges)
	done.compare(t, facts)
	compareHistories(ctx, t, probe, facts)
}

// scribble changes keys at random until stop is closed, and notes what was acknowledged.
// It awaits the last answer: what is called back may still be done later.
func scribble(ctx context.Context, stop <-chan struct{}, cl *client.Client, rnd *rand.Rand, done *acknowledged) {
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		default:
		}
		key := fmt.Sprintf("%c/%d", 'a'+rnd.IntN(2), rnd.IntN(5))
		op, end := context.WithTimeout(ctx, 5*time.Second)
		switch rnd.IntN(4) {
		case 0:
			done.delete(op, cl, key)
		case 1:
			done.txn(op, cl, key)
		default:
			done.put(op, cl, key, fmt.Sprint(i))
		}
		end()
	}
}

// progressed returns the condition that the store has made n more revisions.
func progressed(ctx context.Context, t *testing.T, cl *client.Client, n uint64) func() bool {
	t.Helper()
	revision := func() uint64 {
		op, end := context.WithTimeout(ctx, 5*time.Second)
		defer end()
		got, err := cl.Get(op, "a/0")
		if err != nil {
			return 0
		}
		return got.Revision
	}
	start := revision()
	return func() bool { return revision() >= start+n }
}

// compareWatches waits until all watchers have come to the end and compares what
// they saw with what one new watch of the whole history sees. It returns that, as
// facts.
func compareWatches(ctx context.Context, t *testing.T, c *Cluster, cl *client.Client, watchers []*watcher, ranges []client.Range) []string {
	t.Helper()
	got, err := cl.Get(ctx, "a/0")
	must(t, err)
	end := got.Revision
	whole := follow(ctx, t, cl, client.Range{}, client.FromRevision(1))
	for _, w := range append(watchers, whole) {
		waitFor(t, c, "a watcher to reach the last revision", func() bool {
			select {
			case <-w.ended:
				return true
			default:
				return w.revision() >= end
			}
		})
	}
	for i, w := range watchers {
		var want []string
		for _, s := range whole.seen {
			var revision int
			var key string
			fmt.Sscanf(s, "%d %s", &revision, &key)
			if ranges[i%len(ranges)].Contains(key) {
				want = append(want, s)
			}
		}
		w.mu.Lock()
		if w.err != nil || !slices.Equal(w.seen, want) {
			t.Errorf("watcher %d saw %d changes, want %d; error %v", i, len(w.seen), len(want), w.err)
		}
		w.mu.Unlock()
	}
	if len(whole.seen) < 200 {
		t.Errorf("only %d changes: the test proves little", len(whole.seen))
	}
	waitAgree(t, c)
	return factsOf(whole.seen)
}
