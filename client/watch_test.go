package client_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"kv/client"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

type watchStream = grpc.ServerStreamingServer[kvv1.WatchResponse]

// tell returns a message of a watch about changes of those revisions.
func tell(m *member, revision uint64, more bool, changed ...uint64) *kvv1.WatchResponse {
	out := &kvv1.WatchResponse{Header: m.header(), More: more}
	out.Header.Revision = revision
	for _, r := range changed {
		out.Changes = append(out.Changes, &kvv1.Change{Kind: kvv1.Change_KIND_PUT, Kv: &kvv1.KeyValue{Key: []byte("k"), ModRevision: r}})
	}
	return out
}

// telling scripts the nth stream of a member: its messages, and then its end; a nil
// end waits for the client.
func telling(m *member, streams ...func(r *kvv1.WatchRequest) ([]*kvv1.WatchResponse, error)) {
	n := 0
	m.script(func(m *member) {
		m.watch = func(r *kvv1.WatchRequest, s watchStream) error {
			var f func(r *kvv1.WatchRequest) ([]*kvv1.WatchResponse, error)
			m.script(func(*member) { f = streams[min(n, len(streams)-1)]; n++ })
			messages, err := f(r)
			for _, message := range messages {
				if err := s.Send(message); err != nil {
					return err
				}
			}
			if err == nil {
				<-s.Context().Done()
			}
			return err
		}
	})
}

// pull returns the next Changes of a watch. It fails the test if an error comes.
func pull(t *testing.T, w *client.Watch) func() client.Changes {
	t.Helper()
	next, stop := iter.Pull2(w.All())
	t.Cleanup(stop)
	return func() client.Changes {
		t.Helper()
		c, err, ok := next()
		if err != nil || !ok {
			t.Fatalf("%v, %v", err, ok)
		}
		return c
	}
}

func TestWatchSaysWhatItsOptionsSay(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	alone := table(m)
	m.script(func(m *member) { m.members = func() (*kvv1.MembersResponse, error) { return alone, nil } })
	asked := func() func() *kvv1.WatchRequest { // it may be asked again: an attempt has its time
		requests := make(chan *kvv1.WatchRequest, 100)
		telling(m, func(r *kvv1.WatchRequest) ([]*kvv1.WatchResponse, error) {
			requests <- proto.CloneOf(r)
			return []*kvv1.WatchResponse{tell(m, max(r.StartRevision, 1)-1, false)}, nil
		})
		return func() *kvv1.WatchRequest { return <-requests }
	}
	req := asked()
	c := newClient(t, []string{m.address})
	w, err := c.Watch(t.Context(), client.Prefix("a"), client.WatchPrev(), client.WatchKeysOnly(), client.WithoutPuts(), client.WatchStale(), client.Progress(300*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	wantRequest(t, req(), &kvv1.WatchRequest{Range: client.Prefix("a").Proto(), Prev: true, KeysOnly: true, NoPuts: true, ProgressMs: 300, Consistency: kvv1.Consistency_CONSISTENCY_STALE})
	req = asked()
	w, err = c.WatchKey(t.Context(), "k", client.FromRevision(9), client.WithoutDeletes(), client.WatchAt("n1"))
	if err != nil || w.Revision != 8 || w.Member != "n1" {
		t.Fatalf("%+v, %v", w, err)
	}
	w.Close()
	wantRequest(t, req(), &kvv1.WatchRequest{Key: []byte("k"), StartRevision: 9, NoDeletes: true, ProgressMs: 1000, Consistency: kvv1.Consistency_CONSISTENCY_LINEARIZABLE})
	if _, err := c.Watch(t.Context(), client.Range{}, client.Progress(time.Millisecond)); !errors.Is(err, client.ErrInvalid) {
		t.Errorf("%v", err)
	}
	if _, err := c.WatchKey(t.Context(), ""); !errors.Is(err, client.ErrEmptyKey) {
		t.Errorf("%v", err)
	}
}

func TestWatchHasNoGapWhileMembersFail(t *testing.T) {
	t.Parallel()
	st, ms := newCluster(t, "n1", "n2", "n3")
	addresses := []string{ms[0].address, ms[1].address, ms[2].address}
	c, writer := newClient(t, addresses), newClient(t, addresses[2:])
	w, err := c.Watch(t.Context(), client.Range{})
	if err != nil {
		t.Fatal(err)
	}
	const n = 300
	done := make(chan error, 1)
	go func() {
		for i := range n {
			if _, err := writer.Put(t.Context(), fmt.Sprint("k", i), nil); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	want := uint64(1)
	for changes, err := range w.All() {
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range changes.Changes {
			if change.KV.ModRevision != want {
				t.Fatalf("revision %d, want %d", change.KV.ModRevision, want)
			}
			want++
		}
		if changes.Revision != want-1 {
			t.Fatalf("complete up to %d after %d", changes.Revision, want-1)
		}
		switch {
		case want > n:
			w.Close() // ends the loop, without an error
		case want == 200:
			ms[0].stop()
		case want%40 == 0:
			ms[0].cut()
			ms[1].cut()
		}
	}
	if err := <-done; err != nil || want != n+1 {
		t.Errorf("%v, up to %d", err, want)
	}
	if st.executed != n {
		t.Errorf("%d writes", st.executed)
	}
}

func TestWatchBuffersARevisionThatComesInParts(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	starts := make(chan uint64, 3)
	telling(m, func(r *kvv1.WatchRequest) ([]*kvv1.WatchResponse, error) {
		starts <- r.StartRevision
		return []*kvv1.WatchResponse{tell(m, 3, false), tell(m, 5, true, 4, 5), tell(m, 5, true, 5)}, kverr.ErrShutdown
	}, func(r *kvv1.WatchRequest) ([]*kvv1.WatchResponse, error) {
		starts <- r.StartRevision
		return []*kvv1.WatchResponse{tell(m, 4, false), tell(m, 5, true, 5), tell(m, 5, true, 5), tell(m, 6, false, 5, 6)}, nil
	})
	c := newClient(t, []string{m.address})
	w, err := c.Watch(within(t, 20*time.Second), client.Range{})
	if err != nil {
		t.Fatal(err)
	}
	next := pull(t, w)
	if got := next(); got.Revision != 4 || len(got.Changes) != 1 {
		t.Errorf("%+v", got)
	}
	if got := next(); got.Revision != 6 || len(got.Changes) != 4 {
		t.Errorf("%+v", got)
	}
	if a, b := <-starts, <-starts; a != 0 || b != 5 {
		t.Errorf("began at %d, then at %d", a, b)
	}
}

func TestWatchEndsWhenTheHistoryIsCompacted(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	compacted := kverr.ErrCompacted.WithRevision(40)
	telling(m, func(*kvv1.WatchRequest) ([]*kvv1.WatchResponse, error) { return nil, compacted },
		func(*kvv1.WatchRequest) ([]*kvv1.WatchResponse, error) {
			return []*kvv1.WatchResponse{tell(m, 3, false), tell(m, 4, false, 4)}, compacted
		})
	c := newClient(t, []string{m.address})
	check := func(err error) {
		t.Helper()
		var e *kverr.Error
		if !errors.As(err, &e) || !errors.Is(err, client.ErrCompacted) || e.Revision != 40 {
			t.Errorf("%v", err)
		}
	}
	_, err := c.Watch(t.Context(), client.Range{}, client.FromRevision(1))
	check(err)
	w, err := c.Watch(t.Context(), client.Range{})
	if err != nil {
		t.Fatal(err)
	}
	var got []error
	for _, err := range w.All() {
		got = append(got, err)
	}
	if len(got) != 2 || got[0] != nil {
		t.Fatalf("%v", got)
	}
	check(got[1])
	for _, err := range w.All() {
		if !errors.Is(err, client.ErrInvalid) {
			t.Errorf("second iteration: %v", err)
		}
	}
}

func TestWatchLeavesASilentMember(t *testing.T) {
	t.Parallel()
	silent, m := newMember(t, "n1"), newMember(t, "n2")
	telling(silent, func(*kvv1.WatchRequest) ([]*kvv1.WatchResponse, error) {
		return []*kvv1.WatchResponse{tell(silent, 7, false)}, nil
	})
	telling(m, func(r *kvv1.WatchRequest) ([]*kvv1.WatchResponse, error) {
		return []*kvv1.WatchResponse{tell(m, r.StartRevision-1, false), tell(m, 8, false, r.StartRevision)}, nil
	})
	c := newClient(t, []string{silent.address, m.address})
	w, err := c.Watch(within(t, 20*time.Second), client.Range{}, client.Progress(100*time.Millisecond))
	if err != nil || w.Member != "n1" || w.Revision != 7 {
		t.Fatalf("%+v, %v", w, err)
	}
	if got := pull(t, w)(); got.Revision != 8 || len(got.Changes) != 1 {
		t.Errorf("%+v", got)
	}
}

func TestWatchLeavesAMemberThatDoesNotEvenBegin(t *testing.T) {
	t.Parallel()
	frozen, m := newMember(t, "n1"), newMember(t, "n2")
	telling(frozen, func(*kvv1.WatchRequest) ([]*kvv1.WatchResponse, error) { return nil, nil })
	telling(m, func(*kvv1.WatchRequest) ([]*kvv1.WatchResponse, error) {
		return []*kvv1.WatchResponse{tell(m, 7, false)}, nil
	})
	c := newClient(t, []string{frozen.address, m.address}, client.WithTimeout(200*time.Millisecond))
	w, err := c.Watch(within(t, 20*time.Second), client.Range{})
	if err != nil || w.Member != "n2" {
		t.Fatalf("%+v, %v", w, err)
	}
	w.Close()
}

func TestWatchNotices(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	telling(m, func(*kvv1.WatchRequest) ([]*kvv1.WatchResponse, error) {
		return []*kvv1.WatchResponse{tell(m, 3, false), tell(m, 6, false), tell(m, 6, false), tell(m, 7, false, 7)}, nil
	})
	c := newClient(t, []string{m.address})
	for progress, want := range map[time.Duration]string{0: "[7]", time.Second: "[6 6 7]", time.Hour: "[7]"} {
		w, err := c.Watch(within(t, 20*time.Second), client.Range{}, client.Progress(progress))
		if err != nil {
			t.Fatal(err)
		}
		var got []uint64
		for changes, err := range w.All() {
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, changes.Revision); changes.Revision == 7 {
				break
			}
		}
		if fmt.Sprint(got) != want {
			t.Errorf("progress %v: %v, want %s", progress, got, want)
		}
	}
}

func TestWatchEndsWithItsContextAndWithTheClient(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	telling(m, func(*kvv1.WatchRequest) ([]*kvv1.WatchResponse, error) {
		return []*kvv1.WatchResponse{tell(m, 3, false)}, nil
	})
	for name, end := range map[string]func(c *client.Client, cancel context.CancelFunc){
		"canceled": func(_ *client.Client, cancel context.CancelFunc) { cancel() },
		"closed":   func(c *client.Client, _ context.CancelFunc) { c.Close() },
	} {
		c := newClient(t, []string{m.address})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		w, err := c.Watch(ctx, client.Range{})
		if err != nil {
			t.Fatal(err)
		}
		got := make(chan error, 1)
		go func() {
			for _, err := range w.All() {
				got <- err
			}
		}()
		end(c, cancel)
		select {
		case err := <-got:
			if !errors.Is(err, client.ErrCanceled) {
				t.Errorf("%s: %v", name, err)
			}
		case <-time.After(10 * time.Second):
			t.Errorf("%s: the watch goes on", name)
		}
	}
}

func TestWatchOutlivesTheTimeoutWhileNobodyServes(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	tries := make(chan struct{}, 1000)
	telling(m, func(*kvv1.WatchRequest) ([]*kvv1.WatchResponse, error) {
		tries <- struct{}{}
		return nil, kverr.ErrNoLeader
	})
	c := newClient(t, []string{m.address}, client.WithTimeout(50*time.Millisecond))
	got := make(chan error, 1)
	go func() {
		w, err := c.Watch(t.Context(), client.Range{})
		if err == nil {
			w.Close()
		}
		got <- err
	}()
	for range 4 {
		<-tries
	}
	telling(m, func(*kvv1.WatchRequest) ([]*kvv1.WatchResponse, error) {
		return []*kvv1.WatchResponse{tell(m, 3, false)}, nil
	})
	if err := <-got; err != nil {
		t.Error(err)
	}
}

func TestASlowReceiverHoldsUpTheMember(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	const n = 500
	sent := make(chan struct{})
	m.script(func(m *member) {
		m.watch = func(_ *kvv1.WatchRequest, s watchStream) error {
			if err := s.Send(tell(m, 0, false)); err != nil {
				return err
			}
			for i := range uint64(n) {
				message := tell(m, i+1, false, i+1)
				message.Changes[0].Kv.Value = make([]byte, 64<<10)
				if err := s.Send(message); err != nil {
					return err
				}
			}
			close(sent)
			<-s.Context().Done()
			return nil
		}
	})
	c := newClient(t, []string{m.address})
	w, err := c.Watch(within(t, 60*time.Second), client.Range{})
	if err != nil {
		t.Fatal(err)
	}
	next := pull(t, w)
	next()
	select {
	case <-sent:
		t.Error("all was sent before it was received")
	case <-time.After(300 * time.Millisecond):
	}
	for i := range uint64(n - 1) {
		if got := next(); got.Revision != i+2 {
			t.Fatalf("%d, want %d", got.Revision, i+2)
		}
	}
	<-sent
}

func TestWatchAtOneMemberWaitsForIt(t *testing.T) {
	t.Parallel()
	m, other := newMember(t, "n1"), newMember(t, "n2")
	telling(m, func(*kvv1.WatchRequest) ([]*kvv1.WatchResponse, error) {
		return []*kvv1.WatchResponse{tell(m, 3, false)}, kverr.ErrShutdown
	}, func(*kvv1.WatchRequest) ([]*kvv1.WatchResponse, error) { return nil, kverr.ErrStopping },
		func(*kvv1.WatchRequest) ([]*kvv1.WatchResponse, error) {
			return []*kvv1.WatchResponse{tell(m, 3, false), tell(m, 4, false, 4)}, nil
		})
	c := newClient(t, []string{other.address})
	w, err := c.Watch(within(t, 20*time.Second), client.Range{}, client.WatchAt(m.address))
	if err != nil {
		t.Fatal(err)
	}
	if got := pull(t, w)(); got.Revision != 4 {
		t.Errorf("%+v", got)
	}
	if _, err := c.Watch(within(t, 20*time.Second), client.Range{}, client.WatchAt(deadAddress(t))); !errors.Is(err, client.ErrUnreachable) {
		t.Errorf("%v", err)
	}
}
