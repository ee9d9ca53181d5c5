package transport

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/hashicorp/raft"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

func TestControlCalls(t *testing.T) {
	t.Parallel()
	a, b := mustOpen(t, "n1", nil), mustOpen(t, "n2", nil)
	ctx := t.Context()
	if r, err := a.Confirm(ctx, "n2", b.LocalAddr(), 5); err != nil || r.GetTerm() != 5 || r.GetAppliedIndex() != 7 || r.GetLastLogIndex() != 9 {
		t.Fatalf("confirm: %v, %v", r, err)
	}
	if r, err := a.ReadIndex(ctx, "n2", b.LocalAddr()); err != nil || r.GetIndex() != 11 {
		t.Fatalf("read index: %v, %v", r, err)
	}
	if r, err := a.Join(ctx, "n2", b.LocalAddr(), &kvv1.JoinRequest{Member: &kvv1.Member{Name: "n9"}}); err != nil || r.GetLeader() != "n9" {
		t.Fatalf("join: %v, %v", r, err)
	}
	if _, err := a.Removed(ctx, "n2", b.LocalAddr(), &kvv1.RemovedRequest{Name: "n1"}); err != nil {
		t.Fatalf("removed: %v", err)
	}
}

// The handler's errors keep their entry and their leader hint.
func TestHandlerErrorsCross(t *testing.T) {
	t.Parallel()
	hint := kverr.ErrNotLeader.WithLeader(kverr.Leader{Name: "n3", Address: "c:1", Term: 4})
	a := mustOpen(t, "n1", nil)
	b := mustOpen(t, "n2", func(c *Config) { c.Handler = &fakeHandler{err: hint} })
	_, err := a.ReadIndex(t.Context(), "n2", b.LocalAddr())
	mustErrorIs(t, err, kverr.ErrNotLeader)
	if l := kverr.From(err).Leader; l == nil || l.Name != "n3" || l.Term != 4 {
		t.Fatalf("leader hint %+v", l)
	}
	_, err = Join(t.Context(), string(b.LocalAddr()), &kvv1.JoinRequest{Member: &kvv1.Member{Name: "n9"}})
	mustErrorIs(t, err, kverr.ErrNotLeader)
}

// Another cluster's node, and a call for another node, are refused with both
// names, whichever the call; services added by Register are no exception.
func TestStrayCallsAreRefused(t *testing.T) {
	t.Parallel()
	b := mustOpen(t, "n2", func(c *Config) {
		c.Register = func(r grpc.ServiceRegistrar) { healthpb.RegisterHealthServer(r, health.NewServer()) }
	})
	answer(t, b, func(rpc raft.RPC) (any, error) {
		t.Errorf("%T passed", rpc.Command)
		return nil, io.ErrUnexpectedEOF
	})
	for _, stray := range []struct {
		name   string
		tr     *Transport
		to     raft.ServerID
		want   error
		naming []string
	}{
		{"cluster", mustOpen(t, "n1", func(c *Config) { c.ClusterID = "elsewhere" }), "n2", kverr.ErrClusterMismatch, []string{"elsewhere", testCluster}},
		{"receiver", mustOpen(t, "n1", nil), "n2@old", kverr.ErrWrongReceiver, []string{`"n2@old"`, `"n2"`}},
	} {
		for _, e := range exchanges() {
			_, err := e.call(stray.tr, stray.to, b.LocalAddr())
			mustErrorIs(t, err, stray.want)
			mustContain(t, err.Error(), stray.naming...)
		}
		_, err := stray.tr.Confirm(t.Context(), stray.to, b.LocalAddr(), 1)
		mustErrorIs(t, err, stray.want)
		conn := stray.tr.Conn(stray.to, b.LocalAddr())
		_, err = healthpb.NewHealthClient(conn).Check(t.Context(), &healthpb.HealthCheckRequest{})
		mustErrorIs(t, kverr.FromStatus(err), stray.want)
		watch, err := healthpb.NewHealthClient(conn).Watch(t.Context(), &healthpb.HealthCheckRequest{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = watch.Recv()
		mustErrorIs(t, kverr.FromStatus(err), stray.want)
	}
}

func TestConnReachesRegisteredServices(t *testing.T) {
	t.Parallel()
	a := mustOpen(t, "n1", nil)
	b := mustOpen(t, "n2", func(c *Config) {
		c.Register = func(r grpc.ServiceRegistrar) { healthpb.RegisterHealthServer(r, health.NewServer()) }
	})
	r, err := healthpb.NewHealthClient(a.Conn("n2", b.LocalAddr())).Check(t.Context(), &healthpb.HealthCheckRequest{})
	if err != nil || r.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		t.Fatalf("check: %v, %v", r, err)
	}
}

// A node without a cluster may join, and only that.
func TestOnlyJoinNeedsNoCluster(t *testing.T) {
	t.Parallel()
	b := mustOpen(t, "n2", nil)
	r, err := Join(t.Context(), string(b.LocalAddr()), &kvv1.JoinRequest{Member: &kvv1.Member{Name: "n9", Incarnation: "01"}})
	if err != nil || r.GetClusterId() != testCluster {
		t.Fatalf("join: %v, %v", r, err)
	}
	conn, err := dial(string(b.LocalAddr()), defaultBytes, nil)
	if err != nil {
		t.Fatal(err)
	}
	tidy(t, conn)
	_, err = kvv1.NewRaftClient(conn).ReadIndex(t.Context(), &kvv1.ReadIndexRequest{})
	mustErrorIs(t, kverr.FromStatus(err), kverr.ErrClusterMismatch)
	lane, err := kvv1.NewRaftClient(conn).Confirm(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = lane.Recv()
	mustErrorIs(t, kverr.FromStatus(err), kverr.ErrClusterMismatch)
	// A join that does name a cluster names the right one.
	ctx := metadata.AppendToOutgoingContext(t.Context(), keyCluster, "elsewhere")
	_, err = kvv1.NewRaftClient(conn).Join(ctx, &kvv1.JoinRequest{})
	mustErrorIs(t, kverr.FromStatus(err), kverr.ErrClusterMismatch)
}

// Interceptors see who speaks to whom, by whichever option they were added.
func TestInterceptorsSeeTheMetadata(t *testing.T) {
	t.Parallel()
	type pair struct{ method, from, to string }
	sawCh := make(chan pair, 4)
	see := func(ctx context.Context, method string) {
		md, _ := metadata.FromOutgoingContext(ctx)
		sawCh <- pair{method, strings.Join(md.Get(keyFrom), ","), strings.Join(md.Get(keyTo), ",")}
	}
	unary := func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoker grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		see(ctx, method)
		return invoker(ctx, method, req, reply, cc, opts...)
	}
	stream := func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, streamer grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
		see(ctx, method)
		return streamer(ctx, desc, cc, method, opts...)
	}
	for _, options := range [][]grpc.DialOption{
		{grpc.WithUnaryInterceptor(unary), grpc.WithStreamInterceptor(stream)},
		{grpc.WithChainUnaryInterceptor(unary), grpc.WithChainStreamInterceptor(stream)},
	} {
		a, b := mustOpen(t, "n1", func(c *Config) { c.DialOptions = options }), mustOpen(t, "n2", nil)
		answer(t, b, func(rpc raft.RPC) (any, error) {
			_, err := io.Copy(io.Discard, rpc.Reader)
			return &raft.InstallSnapshotResponse{}, err
		})
		if _, err := a.Confirm(t.Context(), "n2", b.LocalAddr(), 1); err != nil {
			t.Fatal(err)
		}
		if got := receive(t, sawCh, "lane"); got != (pair{kvv1.Raft_Confirm_FullMethodName, "n1", "n2"}) {
			t.Fatalf("saw %v", got)
		}
		if _, err := a.ReadIndex(t.Context(), "n2", b.LocalAddr()); err != nil {
			t.Fatal(err)
		}
		if got := receive(t, sawCh, "unary call"); got != (pair{kvv1.Raft_ReadIndex_FullMethodName, "n1", "n2"}) {
			t.Fatalf("saw %v", got)
		}
		if err := a.InstallSnapshot("n2", b.LocalAddr(), &raft.InstallSnapshotRequest{RPCHeader: header("n1")}, &raft.InstallSnapshotResponse{}, strings.NewReader("")); err != nil {
			t.Fatal(err)
		}
		if got := receive(t, sawCh, "stream"); got != (pair{kvv1.Raft_InstallSnapshot_FullMethodName, "n1", "n2"}) {
			t.Fatalf("saw %v", got)
		}
	}
}

func TestOpenRefusesBadConfigs(t *testing.T) {
	t.Parallel()
	lis := mustListen(t, "127.0.0.1:0")
	tidy(t, lis)
	for name, spoil := range map[string]func(*Config){
		"cluster":   func(c *Config) { c.ClusterID = "" },
		"server id": func(c *Config) { c.LocalID = "nœud" },
		"advertise": func(c *Config) { c.Advertise = "" },
		"listener":  func(c *Config) { c.Listener = nil },
		"handler":   func(c *Config) { c.Handler = nil },
		"timeout":   func(c *Config) { c.HeartbeatTimeout = -1 },
		"size":      func(c *Config) { c.MaxEntryBytes = -1 },
	} {
		cfg := Config{ClusterID: testCluster, LocalID: "n1", Advertise: "a:1", Listener: lis, Handler: &fakeHandler{}}
		spoil(&cfg)
		if tr, err := Open(cfg); err == nil {
			tr.Close()
			t.Errorf("%s: opened", name)
		} else if !strings.HasPrefix(err.Error(), "open transport: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Strangers at the port neither disturb the others nor hold up Close.
func TestStrangers(t *testing.T) {
	t.Parallel()
	a, b := mustOpen(t, "n1", nil), mustOpen(t, "n2", nil)
	for _, says := range []string{"", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\x16\x03\x01\x02\x00", strings.Repeat("\xff", 1<<16), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff"} {
		conn, err := net.Dial("tcp", string(b.LocalAddr()))
		if err != nil {
			t.Fatal(err)
		}
		tidy(t, conn)
		// The port may hang up in the middle.
		_, _ = io.WriteString(conn, says)
		if _, err := a.Confirm(t.Context(), "n2", b.LocalAddr(), 1); err != nil {
			t.Fatalf("after %.20q: %v", says, err)
		}
	}
	closedCh := make(chan struct{})
	go func() { b.Close(); close(closedCh) }()
	waited := receiveWithin(handshakeTimeout/2, closedCh)
	if !waited {
		<-closedCh
		t.Fatal("a silent stranger held up Close")
	}
}
