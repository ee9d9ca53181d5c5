package rpc_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"

	"kv/node/rpc"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// backend is an rpc.Backend of which a test scripts what it needs; a call to
// another method panics, which is a test of its own.
type backend struct {
	rpc.Backend
	put  func(context.Context, *kvv1.PutRequest) (*kvv1.PutResponse, error)
	list func(context.Context, *kvv1.ListRequest, func(*kvv1.ListResponse) error) error
}

func (b *backend) Put(ctx context.Context, r *kvv1.PutRequest) (*kvv1.PutResponse, error) {
	return b.put(ctx, r)
}

func (b *backend) List(ctx context.Context, r *kvv1.ListRequest, send func(*kvv1.ListResponse) error) error {
	return b.list(ctx, r, send)
}

func accept(context.Context, *kvv1.PutRequest) (*kvv1.PutResponse, error) {
	return &kvv1.PutResponse{Header: &kvv1.Header{Revision: 1}}, nil
}

// syncBuffer is a log that may be read while it is written.
type syncBuffer struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func newServer(t *testing.T, cfg rpc.Config) (*rpc.Server, *grpc.ClientConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := rpc.New(cfg)
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	cc, err := grpc.NewClient("passthrough:///"+l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cc.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return s, cc
}

func newContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestSizes(t *testing.T) {
	t.Parallel()
	_, cc := newServer(t, rpc.Config{Backend: &backend{put: accept}, Limits: rpc.Limits{MaxKeyBytes: 8, MaxValueBytes: 16}})
	kv, ctx := kvv1.NewKVClient(cc), newContext(t)
	put := func(key, value int) error {
		_, err := kv.Put(ctx, &kvv1.PutRequest{Key: make([]byte, key), Value: make([]byte, value)})
		if err == nil {
			return nil
		}
		return kverr.FromStatus(err)
	}
	if err := put(8, 16); err != nil {
		t.Errorf("at the limits: %v", err)
	}
	if err := put(1, 0); err != nil {
		t.Errorf("an empty value: %v", err)
	}
	for _, tt := range []struct {
		key, value int
		want       error
		numbers    []string
	}{
		{0, 1, kverr.ErrEmptyKey, nil},
		{9, 0, kverr.ErrKeyTooLarge, []string{"9", "8"}},
		{8, 17, kverr.ErrValueTooLarge, []string{"17", "16"}},
		{8, 3 << 20, kverr.ErrValueTooLarge, []string{"3145728", "16"}},
	} {
		err := put(tt.key, tt.value)
		if !errors.Is(err, tt.want) {
			t.Errorf("key %d, value %d: %v", tt.key, tt.value, err)
			continue
		}
		for _, n := range tt.numbers {
			if !strings.Contains(err.Error(), n) {
				t.Errorf("text %q lacks %s", err, n)
			}
		}
	}
	_, err := kv.Get(ctx, &kvv1.GetRequest{})
	if e := kverr.FromStatus(err); !errors.Is(e, kverr.ErrEmptyKey) {
		t.Errorf("get of the empty key: %v", err)
	}
	_, err = kv.Delete(ctx, &kvv1.DeleteRequest{Key: make([]byte, 9)})
	if e := kverr.FromStatus(err); !errors.Is(e, kverr.ErrKeyTooLarge) {
		t.Errorf("delete of a long key: %v", err)
	}
	stream, err := kv.List(ctx, &kvv1.ListRequest{Prefix: make([]byte, 9)})
	if err == nil {
		_, err = stream.Recv()
	}
	if e := kverr.FromStatus(err); !errors.Is(e, kverr.ErrKeyTooLarge) {
		t.Errorf("list of a long prefix: %v", err)
	}
}

func TestDefaultLimitsFitTheMessage(t *testing.T) {
	t.Parallel()
	_, cc := newServer(t, rpc.Config{Backend: &backend{put: accept}})
	kv, ctx := kvv1.NewKVClient(cc), newContext(t)
	_, err := kv.Put(ctx, &kvv1.PutRequest{Key: make([]byte, rpc.DefaultLimits.MaxKeyBytes), Value: make([]byte, rpc.DefaultLimits.MaxValueBytes)})
	if err != nil {
		t.Errorf("at the limits: %v", err)
	}
	big := rpc.Limits{MaxKeyBytes: 1 << 20, MaxValueBytes: 8 << 20}
	if got := big.MessageBytes(); got < 9<<20 {
		t.Errorf("messages of %d bytes for limits %+v", got, big)
	}
	if got := (rpc.Limits{MaxValueBytes: 1}).MessageBytes(); got < 8<<20 {
		t.Errorf("messages of only %d bytes: a transaction that is a little too large is refused by gRPC", got)
	}
	if got := (rpc.Limits{MaxTxnBytes: 16 << 20}).MessageBytes(); got < 16<<20 {
		t.Errorf("a transaction of 16 MiB does not fit into a message of %d bytes", got)
	}
}

func TestListSendsPagesAndErrors(t *testing.T) {
	t.Parallel()
	b := &backend{list: func(_ context.Context, r *kvv1.ListRequest, send func(*kvv1.ListResponse) error) error {
		for range 3 {
			if err := send(&kvv1.ListResponse{Kvs: []*kvv1.KeyValue{{Key: r.GetPrefix()}}}); err != nil {
				return err
			}
		}
		return kverr.ErrStopping
	}}
	_, cc := newServer(t, rpc.Config{Backend: b})
	stream, err := kvv1.NewKVClient(cc).List(newContext(t), &kvv1.ListRequest{Prefix: []byte("p")})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := stream.Recv(); err != nil {
			t.Fatal(err)
		}
	}
	_, err = stream.Recv()
	if e := kverr.FromStatus(err); !errors.Is(e, kverr.ErrStopping) {
		t.Errorf("got %v", err)
	}
}

func TestForwardedIsSeenByTheReceiverOnly(t *testing.T) {
	t.Parallel()
	seen := make(chan bool, 2)
	b := &backend{put: func(ctx context.Context, r *kvv1.PutRequest) (*kvv1.PutResponse, error) {
		seen <- rpc.Forwarded(ctx)
		return accept(ctx, r)
	}}
	_, cc := newServer(t, rpc.Config{Backend: b})
	kv, ctx := kvv1.NewKVClient(cc), newContext(t)
	for _, want := range []bool{false, true} {
		c := ctx
		if want {
			c = rpc.WithForwarded(ctx)
		}
		if _, err := kv.Put(c, &kvv1.PutRequest{Key: []byte("k")}); err != nil {
			t.Fatal(err)
		}
		if got := <-seen; got != want {
			t.Errorf("forwarded = %v, want %v", got, want)
		}
	}
}

func TestPanicIsAnsweredAndLogged(t *testing.T) {
	t.Parallel()
	var log syncBuffer
	b := &backend{
		put: func(context.Context, *kvv1.PutRequest) (*kvv1.PutResponse, error) { panic("broken invariant") },
		list: func(context.Context, *kvv1.ListRequest, func(*kvv1.ListResponse) error) error {
			panic("broken list")
		},
	}
	_, cc := newServer(t, rpc.Config{Backend: b, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	kv, ctx := kvv1.NewKVClient(cc), newContext(t)
	_, err := kv.Put(ctx, &kvv1.PutRequest{Key: []byte("k")})
	if e := kverr.FromStatus(err); !errors.Is(e, kverr.ErrInternal) || e.Outcome != kverr.Unknown {
		t.Errorf("put: %v", err)
	}
	stream, err := kv.List(ctx, &kvv1.ListRequest{})
	if err == nil {
		_, err = stream.Recv()
	}
	if e := kverr.FromStatus(err); !errors.Is(e, kverr.ErrInternal) {
		t.Errorf("list: %v", err)
	}
	for _, want := range []string{"broken invariant", "broken list", "rpc_test.go"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q", want)
		}
	}
}

func TestHealthFollowsSetServing(t *testing.T) {
	t.Parallel()
	s, cc := newServer(t, rpc.Config{Backend: &backend{}})
	ctx := newContext(t)
	check := func(want healthpb.HealthCheckResponse_ServingStatus) {
		t.Helper()
		for _, service := range []string{"", "kv.v1.KV", "kv.v1.Leases", "kv.v1.Cluster"} {
			r, err := healthpb.NewHealthClient(cc).Check(ctx, &healthpb.HealthCheckRequest{Service: service})
			if err != nil || r.GetStatus() != want {
				t.Errorf("service %q: %v, %v; want %v", service, r.GetStatus(), err, want)
			}
		}
	}
	check(healthpb.HealthCheckResponse_NOT_SERVING)
	s.SetServing(true)
	check(healthpb.HealthCheckResponse_SERVING)
	s.SetServing(false)
	check(healthpb.HealthCheckResponse_NOT_SERVING)
}

func TestReflectionListsTheServices(t *testing.T) {
	t.Parallel()
	_, cc := newServer(t, rpc.Config{Backend: &backend{}})
	stream, err := reflectionpb.NewServerReflectionClient(cc).ServerReflectionInfo(newContext(t))
	if err != nil {
		t.Fatal(err)
	}
	req := &reflectionpb.ServerReflectionRequest{MessageRequest: &reflectionpb.ServerReflectionRequest_ListServices{}}
	if err := stream.Send(req); err != nil {
		t.Fatal(err)
	}
	resp, err := stream.Recv()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range resp.GetListServicesResponse().GetService() {
		names = append(names, s.GetName())
	}
	for _, want := range []string{"kv.v1.KV", "kv.v1.Leases", "kv.v1.Cluster", "grpc.health.v1.Health"} {
		if !slices.Contains(names, want) {
			t.Errorf("services %v lack %s", names, want)
		}
	}
	if err := stream.CloseSend(); err != nil {
		t.Error(err)
	}
}

// held is a Backend whose Put says that it began and waits to be let go.
func held() (b *backend, began chan struct{}, release chan struct{}) {
	began, release = make(chan struct{}), make(chan struct{})
	b = &backend{put: func(ctx context.Context, r *kvv1.PutRequest) (*kvv1.PutResponse, error) {
		close(began)
		select {
		case <-release:
			return accept(ctx, r)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
	return b, began, release
}

func TestShutdownWaitsForACallInFlight(t *testing.T) {
	t.Parallel()
	b, began, release := held()
	s, cc := newServer(t, rpc.Config{Backend: b})
	ctx := newContext(t)
	answered := make(chan error, 1)
	go func() {
		_, err := kvv1.NewKVClient(cc).Put(ctx, &kvv1.PutRequest{Key: []byte("k")})
		answered <- err
	}()
	<-began
	stopped := make(chan error, 1)
	go func() { stopped <- s.Shutdown(ctx) }()
	select {
	case err := <-stopped:
		t.Fatalf("shutdown did not wait: %v", err)
	case err := <-answered:
		t.Fatalf("the call was broken off: %v", err)
	case <-time.After(50 * time.Millisecond): // it had its chance to be wrong
	}
	close(release)
	if err := <-answered; err != nil {
		t.Errorf("the call in flight: %v", err)
	}
	if err := <-stopped; err != nil {
		t.Errorf("shutdown: %v", err)
	}
}

func TestShutdownBreaksOffWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	b, began, _ := held()
	s, cc := newServer(t, rpc.Config{Backend: b})
	answered := make(chan error, 1)
	go func() {
		_, err := kvv1.NewKVClient(cc).Put(newContext(t), &kvv1.PutRequest{Key: []byte("k")})
		answered <- err
	}()
	<-began
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("shutdown: %v", err)
	}
	if e := kverr.FromStatus(<-answered); e == nil || e.Outcome != kverr.Unknown {
		t.Errorf("the write that was broken off: %v", e)
	}
}
