package client_test

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"

	"kv/client"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// member is a scripted kv node on a real port. A nil script means that it leads.
type member struct {
	kvv1.UnimplementedKVServer
	kvv1.UnimplementedLeasesServer
	kvv1.UnimplementedClusterServer
	name    string
	address string
	server  *grpc.Server
	served  chan error

	puts, gets, asked           atomic.Int64 // calls that reached a handler
	streams, messages, canceled atomic.Int64 // of streams

	mu      sync.Mutex // guards what follows
	conns   []net.Conn
	put     func(ctx context.Context) (*kvv1.PutResponse, error)
	get     func(ctx context.Context) (*kvv1.GetResponse, error)
	list    func(stream grpc.ServerStreamingServer[kvv1.ListResponse]) error
	members func() (*kvv1.MembersResponse, error)
	status  func() (*kvv1.StatusResponse, error)
	history func(req *kvv1.HistoryRequest, stream grpc.ServerStreamingServer[kvv1.HistoryResponse]) error
	watch   func(req *kvv1.WatchRequest, stream grpc.ServerStreamingServer[kvv1.WatchResponse]) error
	stream  func(stream grpc.BidiStreamingServer[kvv1.StreamRequest, kvv1.StreamResponse]) error
	// hook is around every unary request; it may answer itself.
	hook func(ctx context.Context, req any, handle func() (any, error)) (any, error)
	// store answers what no script does; nil in most tests.
	store *store
	// listed is the last request for a List.
	listed *kvv1.ListRequest
}

func newMember(t testing.TB, name string) *member {
	t.Helper()
	return newMemberAt(t, name, "127.0.0.1:0")
}

// newMemberAt is a member that listens on an address, as after a restart.
func newMemberAt(t testing.TB, name, address string) *member {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	m := &member{name: name, address: l.Addr().String(), served: make(chan error, 1)}
	m.server = grpc.NewServer(grpc.UnaryInterceptor(m.unary))
	kvv1.RegisterKVServer(m.server, m)
	kvv1.RegisterLeasesServer(m.server, m)
	kvv1.RegisterClusterServer(m.server, m)
	go func() { m.served <- m.server.Serve(cutListener{l, m}) }()
	t.Cleanup(m.stop)
	return m
}

func (m *member) stop() {
	m.server.Stop()
	select {
	case err := <-m.served:
		m.served <- err
	case <-time.After(10 * time.Second):
		panic("the fake member does not stop")
	}
}

// script changes the member's behaviour while it runs.
func (m *member) script(f func(m *member)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(m)
}

// cut breaks all connections, without a word.
func (m *member) cut() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.conns {
		c.Close()
	}
	m.conns = nil
}

type cutListener struct {
	net.Listener
	m *member
}

func (l cutListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.m.script(func(m *member) { m.conns = append(m.conns, c) })
	}
	return c, err
}

func (m *member) header() *kvv1.Header {
	return &kvv1.Header{ClusterId: "c", Member: m.name, Term: 1, Leader: &kvv1.Leader{Name: m.name, Address: m.address, Term: 1}}
}

// unary lets the hook at the request.
func (m *member) unary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	m.mu.Lock()
	hook := m.hook
	m.mu.Unlock()
	if hook == nil {
		return handler(ctx, req)
	}
	resp, err := hook(ctx, req, func() (any, error) { return handler(ctx, req) })
	return resp, kverr.ToStatus(err)
}

func (m *member) Put(ctx context.Context, r *kvv1.PutRequest) (*kvv1.PutResponse, error) {
	m.puts.Add(1)
	m.mu.Lock()
	f, st := m.put, m.store
	m.mu.Unlock()
	if f == nil && st != nil {
		return st.put(m, r)
	}
	if f == nil {
		return &kvv1.PutResponse{Header: m.header()}, nil
	}
	resp, err := f(ctx)
	return resp, kverr.ToStatus(err)
}

func (m *member) Get(ctx context.Context, r *kvv1.GetRequest) (*kvv1.GetResponse, error) {
	m.gets.Add(1)
	m.mu.Lock()
	f, st := m.get, m.store
	m.mu.Unlock()
	if f == nil && st != nil {
		return st.get(m, r)
	}
	if f == nil {
		return &kvv1.GetResponse{Header: m.header(), Kv: &kvv1.KeyValue{Key: r.Key, Value: []byte(m.name)}}, nil
	}
	resp, err := f(ctx)
	return resp, kverr.ToStatus(err)
}

func (m *member) List(r *kvv1.ListRequest, stream grpc.ServerStreamingServer[kvv1.ListResponse]) error {
	m.mu.Lock()
	f, st := m.list, m.store
	m.listed = r
	m.mu.Unlock()
	if f == nil && st != nil {
		return st.list(m, r, stream)
	}
	return kverr.ToStatus(f(stream))
}

func (m *member) History(r *kvv1.HistoryRequest, stream grpc.ServerStreamingServer[kvv1.HistoryResponse]) error {
	m.mu.Lock()
	f := m.history
	m.mu.Unlock()
	return kverr.ToStatus(f(r, stream))
}

func (m *member) Watch(r *kvv1.WatchRequest, stream grpc.ServerStreamingServer[kvv1.WatchResponse]) error {
	m.mu.Lock()
	f, st := m.watch, m.store
	m.mu.Unlock()
	if f == nil && st != nil {
		return kverr.ToStatus(st.watch(m, r, stream))
	}
	return kverr.ToStatus(f(r, stream))
}

func (m *member) Members(context.Context, *kvv1.MembersRequest) (*kvv1.MembersResponse, error) {
	m.asked.Add(1)
	m.mu.Lock()
	f := m.members
	m.mu.Unlock()
	if f == nil {
		return nil, kverr.ToStatus(kverr.ErrStopping)
	}
	r, err := f()
	return r, kverr.ToStatus(err)
}

func (m *member) Status(context.Context, *kvv1.StatusRequest) (*kvv1.StatusResponse, error) {
	m.mu.Lock()
	f := m.status
	m.mu.Unlock()
	if f == nil {
		return &kvv1.StatusResponse{Header: m.header(), Self: &kvv1.Member{Name: m.name, KvAddress: m.address}, Role: kvv1.Role_ROLE_LEADER, ClusterName: "test"}, nil
	}
	r, err := f()
	return r, kverr.ToStatus(err)
}

// refusing scripts a member that answers reads and writes by err.
func refusing(err error) func(*member) {
	return func(m *member) {
		m.put = func(context.Context) (*kvv1.PutResponse, error) { return nil, err }
		m.get = func(context.Context) (*kvv1.GetResponse, error) { return nil, err }
	}
}

// pointingAt scripts a follower of the leader at an address.
func pointingAt(name, address string) func(*member) {
	return refusing(kverr.ErrNotLeader.WithLeader(kverr.Leader{Name: name, Address: address, Term: 1}))
}

func table(ms ...*member) *kvv1.MembersResponse {
	r := &kvv1.MembersResponse{Header: ms[0].header(), FromLeader: true, ClusterName: "test"}
	for _, m := range ms {
		r.Members = append(r.Members, &kvv1.MemberStatus{
			Member: &kvv1.Member{Name: m.name, KvAddress: m.address}, Voter: true, Reachable: true, Role: kvv1.Role_ROLE_FOLLOWER})
	}
	return r
}

func newClient(t testing.TB, addresses []string, opts ...client.Option) *client.Client {
	t.Helper()
	c, err := client.Dial(addresses, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// deadAddress returns an address where nobody listens.
func deadAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// waitFor waits for a condition with a deadline.
func waitFor(t *testing.T, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(10 * time.Second)
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("still waiting for %s", what)
		}
	}
}
