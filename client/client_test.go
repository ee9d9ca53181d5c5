package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"kv/client"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

func TestDialChecksAddresses(t *testing.T) {
	t.Parallel()
	for _, a := range []string{"", "localhost", "8080", ":8080", "localhost:", "localhost:0", "localhost:65536", "localhost:http", "http://localhost:8080", "a b:1", "[::1:8080"} {
		if c, err := client.Dial([]string{a}); !errors.Is(err, client.ErrInvalid) {
			t.Errorf("%q: %v, %v", a, c, err)
		}
	}
	if _, err := client.Dial(nil); !errors.Is(err, client.ErrInvalid) {
		t.Errorf("no address: %v", err)
	}
	c := newClient(t, []string{"localhost:8080", "[::1]:8081", "localhost:8080"})
	if got := fmt.Sprint(c.Addresses()); got != "[localhost:8080 [::1]:8081]" {
		t.Errorf("addresses %s", got)
	}
}

func TestFollowsTheHintAndRemembersIt(t *testing.T) {
	t.Parallel()
	leader, follower := newMember(t, "n1"), newMember(t, "n2")
	follower.script(pointingAt("n1", leader.address))
	both := table(leader, follower)
	leader.script(func(m *member) { m.members = func() (*kvv1.MembersResponse, error) { return both, nil } })
	c := newClient(t, []string{follower.address})
	for range 3 {
		r, err := c.Put(within(t, 10*time.Second), "k", []byte("v"))
		if err != nil || r.Member != "n1" {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	if got := follower.puts.Load(); got != 1 {
		t.Errorf("the follower was asked %d times", got)
	}
	if l, err := c.Leader(within(t, 10*time.Second)); err != nil || l.Name != "n1" {
		t.Errorf("leader %+v, %v", l, err)
	}
}

// A write that is handed to one member goes to no other, wherever that one points.
func TestAWriteByWayOfOneMember(t *testing.T) {
	t.Parallel()
	leader, follower := newMember(t, "n1"), newMember(t, "n2")
	c := newClient(t, []string{leader.address, follower.address})
	if _, err := c.Put(within(t, 10*time.Second), "k", nil, client.Via(follower.address)); err != nil {
		t.Error(err)
	}
	follower.script(pointingAt("n1", leader.address))
	if _, err := c.Put(within(t, 200*time.Millisecond), "k", nil, client.Via(follower.address)); err == nil {
		t.Error("a member that cannot pass it on has done it")
	}
	if _, err := c.Put(within(t, 10*time.Second), "k", nil, client.Via(deadAddress(t))); !errors.Is(err, client.ErrUnreachable) {
		t.Errorf("a member that is down: %v", err)
	}
	if _, err := c.Delete(within(t, 10*time.Second), "k", client.Via(deadAddress(t))); !errors.Is(err, client.ErrUnreachable) {
		t.Errorf("a deletion by a member that is down: %v", err)
	}
	if n := leader.puts.Load(); n != 0 {
		t.Errorf("%d writes went to another member", n)
	}
}

func TestLeaderChange(t *testing.T) {
	t.Parallel()
	a, b := newMember(t, "n1"), newMember(t, "n2")
	b.script(pointingAt("n1", a.address))
	c := newClient(t, []string{a.address, b.address})
	if r, err := c.Put(within(t, 10*time.Second), "k", nil); err != nil || r.Member != "n1" {
		t.Fatalf("%+v, %v", r, err)
	}
	a.script(refusing(kverr.ErrNoLeader))
	b.script(refusing(kverr.ErrNoLeader))
	done := make(chan error, 1)
	go func() {
		r, err := c.Put(within(t, 10*time.Second), "k", nil)
		if err == nil && r.Member != "n2" {
			err = fmt.Errorf("answered by %s", r.Member)
		}
		done <- err
	}()
	waitFor(t, "a second round", func() bool { return a.puts.Load() > 2 })
	a.script(pointingAt("n2", b.address))
	b.script(func(m *member) { m.put = nil })
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestADeadAddressAmongSeveral(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	c := newClient(t, []string{deadAddress(t), m.address})
	if _, err := c.Put(within(t, 10*time.Second), "k", nil); err != nil {
		t.Error(err)
	}
}

func TestLearnsMembersAndOutlivesTheGivenOne(t *testing.T) {
	t.Parallel()
	a, b := newMember(t, "n1"), newMember(t, "n2")
	both := table(a, b)
	a.script(func(m *member) { m.members = func() (*kvv1.MembersResponse, error) { return both, nil } })
	c := newClient(t, []string{a.address})
	if _, err := c.Put(within(t, 10*time.Second), "k", nil); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the member table", func() bool { return len(c.Addresses()) == 2 })
	a.stop()
	if r, err := c.Get(within(t, 10*time.Second), "k"); err != nil || r.Member != "n2" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	a, b := deadAddress(t), deadAddress(t)
	c := newClient(t, []string{a, b})
	_, err := c.Put(within(t, time.Second), "k", nil)
	if !errors.Is(err, client.ErrUnreachable) || client.OutcomeOf(err) != client.NotDone {
		t.Fatalf("%v, %v", err, client.OutcomeOf(err))
	}
	for _, address := range []string{a, b} {
		if !strings.Contains(err.Error(), address+": connection refused") {
			t.Errorf("text %q does not say what %s did", err, address)
		}
	}
	if _, err := c.Health(within(t, 5*time.Second)); !errors.Is(err, client.ErrUnreachable) {
		t.Errorf("health: %v", err)
	}
	began := time.Now()
	if _, err := c.Status(within(t, 30*time.Second), a); !errors.Is(err, client.ErrUnreachable) {
		t.Errorf("status of one member: %v", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("a named member that is down took %v to report", took)
	}
}

// A change of the membership carries no stamp: it must not be sent twice.
func TestAMembershipChangeThatWasSentIsNotRepeated(t *testing.T) {
	t.Parallel()
	m, other := newMember(t, "n1"), newMember(t, "n2")
	var sent atomic.Int64
	hook := func(ctx context.Context, req any, handle func() (any, error)) (any, error) {
		if _, ok := req.(*kvv1.RemoveMemberRequest); !ok {
			return handle()
		}
		sent.Add(1)
		m.cut()
		<-ctx.Done()
		return nil, ctx.Err()
	}
	m.script(func(m *member) { m.hook = hook })
	other.script(func(m *member) { m.hook = hook })
	c := newClient(t, []string{m.address, other.address})
	_, err := c.RemoveMember(within(t, 10*time.Second), "n3")
	if !errors.Is(err, client.ErrLostConnection) || client.OutcomeOf(err) != client.Unknown {
		t.Errorf("%v, outcome %v", err, client.OutcomeOf(err))
	}
	if sent.Load() != 1 {
		t.Errorf("the request arrived %d times", sent.Load())
	}
}

func TestAReadIsRepeatedElsewhere(t *testing.T) {
	t.Parallel()
	for name, get := range map[string]func(*member) func(context.Context) (*kvv1.GetResponse, error){
		"connection cut": func(m *member) func(context.Context) (*kvv1.GetResponse, error) {
			return func(ctx context.Context) (*kvv1.GetResponse, error) { m.cut(); <-ctx.Done(); return nil, ctx.Err() }
		},
		"frozen": func(*member) func(context.Context) (*kvv1.GetResponse, error) {
			return func(ctx context.Context) (*kvv1.GetResponse, error) { <-ctx.Done(); return nil, ctx.Err() }
		},
		"stopping": func(*member) func(context.Context) (*kvv1.GetResponse, error) {
			return func(context.Context) (*kvv1.GetResponse, error) { return nil, kverr.ErrShutdown }
		},
		"disk fault": func(*member) func(context.Context) (*kvv1.GetResponse, error) {
			return func(context.Context) (*kvv1.GetResponse, error) { return nil, errors.New("disk") }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, other := newMember(t, "n1"), newMember(t, "n2")
			f := get(m)
			m.script(func(m *member) { m.get = f })
			c := newClient(t, []string{m.address, other.address})
			r, err := c.Get(within(t, 3*time.Second), "k")
			if err != nil || r.Member != "n2" {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
}

func TestAWriteEndsAsTheMemberSays(t *testing.T) {
	t.Parallel()
	for _, reason := range []error{
		kverr.ErrValueTooLarge, kverr.ErrUnsafeRemoval, kverr.ErrQuota, kverr.ErrTooManyLeases, kverr.ErrConflict, kverr.ErrSequence,
	} {
		m, other := newMember(t, "n1"), newMember(t, "n2")
		m.script(refusing(reason))
		c := newClient(t, []string{m.address, other.address})
		_, err := c.Put(within(t, 10*time.Second), "k", nil)
		if !errors.Is(err, reason) || client.OutcomeOf(err) != client.NotDone || m.puts.Load()+other.puts.Load() != 1 {
			t.Errorf("%v: got %v, %v, %d attempts", reason, err, client.OutcomeOf(err), m.puts.Load()+other.puts.Load())
		}
	}
}

func TestGivesUpWithTheLastMeaningfulError(t *testing.T) {
	t.Parallel()
	m, dead := newMember(t, "n1"), deadAddress(t)
	m.script(refusing(kverr.ErrNoLeader))
	c := newClient(t, []string{m.address, dead}, client.WithTimeout(400*time.Millisecond))
	_, err := c.Put(t.Context(), "k", nil)
	if !errors.Is(err, client.ErrNoLeader) || client.OutcomeOf(err) != client.NotDone {
		t.Errorf("put: %v", err)
	}
	if !strings.Contains(err.Error(), dead+": connection refused") {
		t.Errorf("text %q does not name the dead address", err)
	}
	if n := m.puts.Load(); n < 3 || n > 60 {
		t.Errorf("%d attempts in 400 ms", n)
	}
	if _, err := c.Get(t.Context(), "k"); !errors.Is(err, client.ErrNoLeader) {
		t.Errorf("get: %v", err)
	}
}

func TestTimeoutOfAWriteUnderWay(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	m.script(func(m *member) {
		m.put = func(ctx context.Context) (*kvv1.PutResponse, error) { <-ctx.Done(); return nil, ctx.Err() }
	})
	c := newClient(t, []string{m.address})
	_, err := c.Put(within(t, time.Second), "k", nil)
	if !errors.Is(err, client.ErrTimeout) || client.OutcomeOf(err) != client.Unknown {
		t.Errorf("%v, %v", err, client.OutcomeOf(err))
	}
	ctx, cancel := context.WithCancel(t.Context())
	before := m.puts.Load()
	done := make(chan error, 1)
	go func() { _, err := c.Put(ctx, "k", nil); done <- err }()
	waitFor(t, "the write to arrive", func() bool { return m.puts.Load() > before })
	cancel()
	if err := <-done; !errors.Is(err, client.ErrCanceled) || client.OutcomeOf(err) != client.Unknown {
		t.Errorf("canceled: %v, %v", err, client.OutcomeOf(err))
	}
	_, err = c.Put(ctx, "k", nil)
	if !errors.Is(err, client.ErrCanceled) || client.OutcomeOf(err) != client.NotDone {
		t.Errorf("canceled before it began: %v, %v", err, client.OutcomeOf(err))
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	const wait = 150 * time.Millisecond
	m.script(func(m *member) {
		m.put = func(context.Context) (*kvv1.PutResponse, error) {
			if m.puts.Load() == 1 {
				return nil, kverr.ErrOverloaded.WithRetryAfter(wait)
			}
			return &kvv1.PutResponse{Header: m.header()}, nil
		}
	})
	c := newClient(t, []string{m.address})
	began := time.Now()
	if _, err := c.Put(within(t, 10*time.Second), "k", nil); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < wait {
		t.Errorf("tried again after %v", took)
	}
	m.script(refusing(kverr.ErrOverloaded.WithRetryAfter(time.Minute)))
	began = time.Now()
	_, err := c.Put(within(t, 20*time.Second), "k", nil)
	if took := time.Since(began); !errors.Is(err, client.ErrOverloaded) || took > 10*time.Second {
		t.Errorf("%v after %v", err, took)
	}
}

func TestHintLoopsEnd(t *testing.T) {
	t.Parallel()
	a, b, self := newMember(t, "n1"), newMember(t, "n2"), newMember(t, "n3")
	a.script(pointingAt("n2", b.address))
	b.script(pointingAt("n1", a.address))
	self.script(pointingAt("n3", self.address))
	for _, seed := range []*member{a, self} {
		c := newClient(t, []string{seed.address})
		_, err := c.Put(within(t, 300*time.Millisecond), "k", nil)
		for errors.Is(err, client.ErrTimeout) { // it came in the middle of an attempt
			seed.puts.Store(0)
			_, err = c.Put(within(t, 300*time.Millisecond), "k", nil)
		}
		if !errors.Is(err, client.ErrNotLeader) || client.OutcomeOf(err) != client.NotDone {
			t.Errorf("%v", err)
		}
		if n := seed.puts.Load(); n > 60 {
			t.Errorf("%d attempts in 300 ms", n)
		}
	}
}

func TestGarbageFromAMember(t *testing.T) {
	t.Parallel()
	good, bad := newMember(t, "n1"), newMember(t, "n2")
	bad.script(func(m *member) {
		pointingAt("\x00", "no address\n")(m)
		m.members = func() (*kvv1.MembersResponse, error) {
			return &kvv1.MembersResponse{Members: []*kvv1.MemberStatus{nil, {}, {Member: &kvv1.Member{KvAddress: "::::"}}}}, nil
		}
		m.status = func() (*kvv1.StatusResponse, error) { return &kvv1.StatusResponse{Role: 99}, nil }
		m.list = func(grpc.ServerStreamingServer[kvv1.ListResponse]) error { return nil }
	})
	c := newClient(t, []string{bad.address, good.address})
	if r, err := c.Put(within(t, 10*time.Second), "k", nil); err != nil || r.Member != "n1" {
		t.Errorf("%+v, %v", r, err)
	}
	lone := newClient(t, []string{bad.address})
	if s, err := lone.Status(within(t, 10*time.Second)); err != nil || s.Role != client.RoleUnknown {
		t.Errorf("status %+v, %v", s, err)
	}
	if _, err := lone.Members(within(t, 10*time.Second)); err != nil {
		t.Error(err)
	}
	if l, err := lone.List(within(t, 10*time.Second), ""); !errors.Is(err, client.ErrInternal) {
		t.Errorf("a listing without a page: %v, %v", l, err)
	}
	if got := fmt.Sprint(lone.Addresses()); got != "["+bad.address+"]" {
		t.Errorf("addresses %s", got)
	}
}

// A process that is stopped still has its connections accepted, by the system.
func TestWhoSaysNothing(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = newClient(t, []string{l.Addr().String()}).Put(within(t, 3*time.Second), "k", nil)
	if !errors.Is(err, client.ErrUnreachable) || !strings.Contains(err.Error(), "says nothing; is it paused") {
		t.Errorf("error %v", err)
	}
}

func TestStrangersAtTheAddress(t *testing.T) {
	t.Parallel()
	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	empty := grpc.NewServer()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- empty.Serve(l) }()
	defer func() { empty.Stop(); <-served }()
	for want, address := range map[string]string{
		"HTTP": web.Listener.Addr().String(),
		"kv":   l.Addr().String(),
	} {
		c := newClient(t, []string{address})
		began := time.Now()
		_, err := c.Put(within(t, 20*time.Second), "k", nil)
		if !errors.Is(err, client.ErrNotKV) || client.OutcomeOf(err) != client.NotDone {
			t.Errorf("%s: %v", want, err)
			continue
		}
		if !strings.Contains(err.Error(), address) || !strings.Contains(err.Error(), want) {
			t.Errorf("text %q lacks %s or %s", err, want, address)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s: took %v", want, took)
		}
	}
	hidden := secure.Listener.Addr().String() // Go's TLS server hangs up without an alert
	_, err = newClient(t, []string{hidden}).Put(within(t, time.Second), "k", nil)
	if !errors.Is(err, client.ErrUnreachable) || !strings.Contains(err.Error(), hidden) || !strings.Contains(err.Error(), "TLS") {
		t.Errorf("TLS: %v", err)
	}
	m := newMember(t, "n1")
	c := newClient(t, []string{web.Listener.Addr().String(), m.address})
	if _, err := c.Put(within(t, 10*time.Second), "k", nil); err != nil {
		t.Errorf("a stranger beside a member: %v", err)
	}
}

func TestRemovedMemberAmongTheAddresses(t *testing.T) {
	t.Parallel()
	removed, m := newMember(t, "n1"), newMember(t, "n2")
	removed.script(refusing(kverr.ErrRemoved))
	c := newClient(t, []string{removed.address, m.address})
	if _, err := c.Put(within(t, 10*time.Second), "k", nil); err != nil {
		t.Error(err)
	}
	lone := newClient(t, []string{removed.address})
	if _, err := lone.Put(within(t, 10*time.Second), "k", nil); !errors.Is(err, client.ErrRemoved) || !strings.Contains(err.Error(), removed.address) {
		t.Errorf("%v", err)
	}
}

func TestAtAsksThatMemberOnly(t *testing.T) {
	t.Parallel()
	a, b := newMember(t, "n1"), newMember(t, "n2")
	both := table(a, b)
	a.script(func(m *member) { m.members = func() (*kvv1.MembersResponse, error) { return both, nil } })
	c := newClient(t, []string{a.address})
	for _, at := range []string{"n2", b.address} {
		if r, err := c.Get(within(t, 10*time.Second), "k", client.At(at), client.Stale()); err != nil || string(r.KV.Value) != "n2" {
			t.Errorf("at %s: %+v, %v", at, r, err)
		}
	}
	if _, err := c.Get(within(t, 10*time.Second), "k", client.At("n9")); !errors.Is(err, client.ErrMemberNotFound) {
		t.Errorf("an unknown name: %v", err)
	}
	before := a.gets.Load()
	b.script(refusing(kverr.ErrNoLeader))
	if _, err := c.Get(within(t, 200*time.Millisecond), "k", client.At("n2")); !errors.Is(err, client.ErrNoLeader) {
		t.Errorf("%v", err)
	}
	if a.gets.Load() != before {
		t.Error("another member was asked")
	}
}

func TestCloseEndsCallsAndIsIdempotent(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	m.script(func(m *member) {
		m.put = func(ctx context.Context) (*kvv1.PutResponse, error) { <-ctx.Done(); return nil, ctx.Err() }
		m.get = func(context.Context) (*kvv1.GetResponse, error) { return nil, kverr.ErrNoLeader }
	})
	c := newClient(t, []string{m.address})
	put, get := make(chan error, 1), make(chan error, 1)
	go func() { _, err := c.Put(within(t, 30*time.Second), "k", nil); put <- err }()
	go func() { _, err := c.Get(within(t, 30*time.Second), "k"); get <- err }()
	waitFor(t, "both calls", func() bool { return m.puts.Load() > 0 && m.gets.Load() > 1 })
	for range 2 {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := <-put; err == nil || client.OutcomeOf(err) != client.Unknown {
		t.Errorf("the write under way: %v", err)
	}
	if err := <-get; err == nil {
		t.Error("the read under way succeeded")
	}
	if _, err := c.Put(t.Context(), "k", nil); !errors.Is(err, client.ErrClosed) || client.OutcomeOf(err) != client.NotDone {
		t.Errorf("after Close: %v", err)
	}
}

func TestAnErrorWithoutDetailFromAMemberIsUnknown(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	m.script(func(m *member) {
		// A proxy in front of a member answers so when the member went away.
		m.list = func(grpc.ServerStreamingServer[kvv1.ListResponse]) error {
			return status.Error(codes.Unavailable, "upstream")
		}
	})
	c := newClient(t, []string{m.address})
	if l, err := c.List(within(t, 200*time.Millisecond), ""); !errors.Is(err, client.ErrLostConnection) {
		t.Errorf("%v, %v", l, err)
	}
}
