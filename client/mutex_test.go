package client_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"

	"kv/client"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

func newSession(t *testing.T, c *client.Client, ttl time.Duration) *client.Session {
	t.Helper()
	s, err := c.NewSession(within(t, 20*time.Second), ttl)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return s
}

// has reports whether the store has a key.
func (st *store) has(key string) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.keys[key] != nil
}

func (st *store) drop(key string) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.set(key, nil)
	st.commit()
}

// contest is a fake cluster with sessions of one client.
func contest(t *testing.T, sessions int) (*store, *member, []*client.Session) {
	t.Helper()
	st, ms := newCluster(t, "n1")
	c := newClient(t, []string{ms[0].address})
	var ss []*client.Session
	for range sessions {
		ss = append(ss, newSession(t, c, time.Minute))
	}
	return st, ms[0], ss
}

// background runs a Lock or a Campaign until its key is in the queue.
func background(t *testing.T, st *store, key string, f func() error) <-chan error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	waitFor(t, key, func() bool { return st.has(key) })
	return done
}

func TestMutexIsFairAndFences(t *testing.T) {
	t.Parallel()
	st, _, ss := contest(t, 3)
	ctx := within(t, 20*time.Second)
	a, b, c := client.NewMutex(ss[0], "m"), client.NewMutex(ss[1], "m"), client.NewMutex(ss[2], "m")
	if a.Token() != 0 || !errors.Is(a.Unlock(ctx), client.ErrNotLocked) {
		t.Error("locked before Lock")
	}
	if err := a.Lock(ctx); err != nil {
		t.Fatal(err)
	}
	if err := b.TryLock(ctx); !errors.Is(err, client.ErrLocked) || st.has("m/2") {
		t.Errorf("%v, in the queue: %v", err, st.has("m/2"))
	}
	third := background(t, st, "m/3", func() error { return c.Lock(ctx) })
	second := background(t, st, "m/2", func() error { return b.Lock(ctx) })
	last := a.Token()
	for _, step := range []struct {
		holder, next *client.Mutex
		turn         <-chan error
	}{{a, c, third}, {c, b, second}} {
		select {
		case err := <-step.turn:
			t.Fatalf("locked while another holds it: %v", err)
		default:
		}
		if err := step.holder.Unlock(ctx); err != nil {
			t.Fatal(err)
		}
		if err := <-step.turn; err != nil {
			t.Fatal(err)
		}
		if step.next.Token() <= last || step.holder.Token() != 0 {
			t.Errorf("token %d after %d", step.next.Token(), last)
		}
		last = step.next.Token()
	}
	if err := b.Unlock(ctx); err != nil {
		t.Error(err)
	}
	if err := b.TryLock(ctx); err != nil {
		t.Error(err)
	}
}

func TestMutexExcludes(t *testing.T) {
	t.Parallel()
	_, _, ss := contest(t, 3)
	ctx := within(t, 60*time.Second)
	inside, total := 0, 0 // the race detector looks, too
	var wg sync.WaitGroup
	for i := range 6 { // two goroutines for each session
		wg.Go(func() {
			m := client.NewMutex(ss[i%3], "m")
			for range 10 {
				if err := m.Lock(ctx); err != nil {
					t.Error(err)
					return
				}
				if inside++; inside != 1 {
					t.Errorf("%d inside", inside)
				}
				total++
				inside--
				if err := m.Unlock(ctx); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if total != 60 {
		t.Errorf("%d times", total)
	}
}

func TestACanceledLockLeavesTheQueue(t *testing.T) {
	t.Parallel()
	st, m, ss := contest(t, 3)
	ctx := within(t, 20*time.Second)
	a, b, c := client.NewMutex(ss[0], "m"), client.NewMutex(ss[1], "m"), client.NewMutex(ss[2], "m")
	if err := a.Lock(ctx); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithCancel(ctx)
	canceled := background(t, st, "m/2", func() error { return b.Lock(short) })
	waiting := background(t, st, "m/3", func() error { return c.Lock(ctx) })
	// The deletion does not work at once.
	refused := make(chan struct{}, 100)
	m.script(func(m *member) {
		m.hook = func(_ context.Context, req any, handle func() (any, error)) (any, error) {
			if _, ok := req.(*kvv1.DeleteRequest); ok && len(refused) < 2 {
				refused <- struct{}{}
				return nil, kverr.ErrValueTooLarge
			}
			return handle()
		}
	})
	cancel()
	if err := <-canceled; !errors.Is(err, client.ErrCanceled) {
		t.Errorf("%v", err)
	}
	waitFor(t, "its key to go", func() bool { return !st.has("m/2") })
	if len(refused) != 2 {
		t.Errorf("%d deletions refused", len(refused))
	}
	if err := a.Unlock(ctx); err != nil {
		t.Error(err)
	}
	if err := <-waiting; err != nil {
		t.Error(err)
	}
	if err := client.NewMutex(ss[2], "m").TryLock(ctx); !errors.Is(err, client.ErrLocked) {
		t.Errorf("in the same session: %v", err)
	}
	none, cancel := context.WithCancel(ctx)
	cancel()
	if err := client.NewMutex(ss[2], "m").Lock(none); !errors.Is(err, client.ErrCanceled) || !errors.Is(err, context.Canceled) {
		t.Errorf("in the same session: %v", err)
	}
}

// Who waits in vain learns for whom.
func TestALockThatIsNotHadNamesWhoIsAhead(t *testing.T) {
	t.Parallel()
	st, m, ss := contest(t, 2)
	ctx := within(t, 20*time.Second)
	if err := client.NewMutex(ss[0], "m").Lock(ctx); err != nil {
		t.Fatal(err)
	}
	var watches atomic.Int32
	m.script(func(m *member) {
		m.watch = func(r *kvv1.WatchRequest, stream grpc.ServerStreamingServer[kvv1.WatchResponse]) error {
			watches.Add(1)
			return st.watch(m, r, stream)
		}
	})
	short, cancel := context.WithCancel(ctx)
	waiting := background(t, st, "m/2", func() error { return client.NewMutex(ss[1], "m").Lock(short) })
	waitFor(t, "the watch", func() bool { return watches.Load() > 0 })
	cancel()
	if err := <-waiting; !errors.Is(err, client.ErrCanceled) || !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), `"m/1" is ahead`) {
		t.Errorf("%v", err)
	}
}

func TestALostSessionEndsTheWaitAndTheHold(t *testing.T) {
	t.Parallel()
	st, ms := newCluster(t, "n1")
	c := newClient(t, []string{ms[0].address})
	ctx := within(t, 20*time.Second)
	holder, waiter := newSession(t, c, 3*time.Second), newSession(t, c, 3*time.Second)
	a, b := client.NewMutex(holder, "m"), client.NewMutex(waiter, "m")
	guard := func(m *client.Mutex) bool {
		t.Helper()
		r, err := c.Txn(ctx, client.Txn{If: []client.Compare{m.Held()}, Then: []client.Op{client.OpPut("x", nil)}})
		if err != nil {
			t.Fatal(err)
		}
		return r.Succeeded
	}
	if guard(a) {
		t.Error("held before Lock")
	}
	if err := a.Lock(ctx); err != nil {
		t.Fatal(err)
	}
	if !guard(a) {
		t.Error("not held after Lock")
	}
	done := background(t, st, fmt.Sprint("m/", waiter.Lease()), func() error { return b.Lock(ctx) })
	st.end(uint64(waiter.Lease()))
	if err := <-done; !errors.Is(err, client.ErrSessionLost) {
		t.Errorf("%v", err)
	}
	st.end(uint64(holder.Lease()))
	if guard(a) || guard(b) {
		t.Error("held after the lease has ended")
	}
	<-holder.Done()
	if err := a.Unlock(ctx); !errors.Is(err, client.ErrSessionLost) || a.Token() != 0 {
		t.Errorf("%v, token %d", err, a.Token())
	}
	if err := a.Lock(ctx); !errors.Is(err, client.ErrSessionLost) {
		t.Errorf("%v", err)
	}
}

// A session whose lease is gone learns of it from the first call that needs it.
func TestLockWithoutALease(t *testing.T) {
	t.Parallel()
	st, _, ss := contest(t, 1)
	st.end(uint64(ss[0].Lease()))
	if err := client.NewMutex(ss[0], "m").Lock(within(t, 20*time.Second)); !errors.Is(err, client.ErrSessionLost) {
		t.Errorf("%v", err)
	}
	<-ss[0].Done()
}

func TestMutexWhoseKeyIsDeletedByOthers(t *testing.T) {
	t.Parallel()
	st, _, ss := contest(t, 2)
	ctx := within(t, 20*time.Second)
	a, b := client.NewMutex(ss[0], "m"), client.NewMutex(ss[1], "m")
	if err := a.Lock(ctx); err != nil {
		t.Fatal(err)
	}
	done := background(t, st, "m/2", func() error { return b.Lock(ctx) })
	st.drop("m/2") // the waiter queues up again when its turn comes
	st.drop("m/1")
	if err := <-done; err != nil || !st.has("m/2") {
		t.Errorf("%v", err)
	}
	if err := a.Unlock(ctx); !errors.Is(err, client.ErrNotLocked) || a.Token() != 0 {
		t.Errorf("%v", err)
	}
}

func TestAnUnlockThatFailsCanBeRepeated(t *testing.T) {
	t.Parallel()
	st, m, ss := contest(t, 1)
	ctx := within(t, 20*time.Second)
	a := client.NewMutex(ss[0], "m")
	if err := a.Lock(ctx); err != nil {
		t.Fatal(err)
	}
	m.script(func(m *member) {
		m.hook = func(context.Context, any, func() (any, error)) (any, error) { return nil, kverr.ErrInvalid }
	})
	if err := a.Unlock(ctx); !errors.Is(err, client.ErrInvalid) || a.Token() == 0 {
		t.Errorf("%v, token %d", err, a.Token())
	}
	m.script(func(m *member) { m.hook = nil })
	if err := a.Unlock(ctx); err != nil || st.has("m/1") {
		t.Error(err)
	}
}

func TestLockWhileTheHistoryIsCompacted(t *testing.T) {
	t.Parallel()
	st, m, ss := contest(t, 2)
	ctx := within(t, 20*time.Second)
	a, b := client.NewMutex(ss[0], "m"), client.NewMutex(ss[1], "m")
	if err := a.Lock(ctx); err != nil {
		t.Fatal(err)
	}
	tried := make(chan struct{}, 1)
	m.script(func(m *member) {
		m.watch = func(*kvv1.WatchRequest, watchStream) error {
			m.script(func(m *member) { m.watch = nil })
			tried <- struct{}{}
			return kverr.ErrCompacted.WithRevision(9)
		}
	})
	done := background(t, st, "m/2", func() error { return b.Lock(ctx) })
	<-tried
	if err := a.Unlock(ctx); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A program that was only paused may wake up after another run of it has taken over
// its lease: both then know the same key, and must not have the same token.
func TestATakeoverHasATokenOfItsOwn(t *testing.T) {
	t.Parallel()
	_, member, ss := contest(t, 1)
	ctx := within(t, 20*time.Second)
	c := newClient(t, []string{member.address})
	later, err := c.NewSession(ctx, time.Minute, client.WithExistingLease(ss[0].Lease()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { later.Close(context.Background()) })
	a, b := client.NewMutex(ss[0], "m"), client.NewMutex(later, "m")
	for _, m := range []*client.Mutex{a, b} {
		if err := m.Lock(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if a.Token() >= b.Token() {
		t.Errorf("tokens %d and then %d", a.Token(), b.Token())
	}
	for m, want := range map[*client.Mutex]bool{a: false, b: true} {
		r, err := c.Txn(ctx, client.Txn{If: []client.Compare{m.Held()}, Then: []client.Op{client.OpPut("guarded", nil)}})
		if err != nil || r.Succeeded != want {
			t.Errorf("what token %d guards may be changed: %v, %v", m.Token(), r.Succeeded, err)
		}
	}
	if err := a.Unlock(ctx); !errors.Is(err, client.ErrNotLocked) {
		t.Errorf("unlock what was taken over: %v", err)
	}
}
