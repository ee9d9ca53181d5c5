package rpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"

	kvv1 "kv/proto/kv/v1"
)

const (
	// connectionTimeout is how long a new connection may take for its handshake.
	connectionTimeout = 10 * time.Second
	// streamRoom is how many calls a connection may have beyond its bounds, so that
	// what is refused is refused by us: gRPC lets it wait in the client, unseen.
	streamRoom = 4096
	// workers is how many goroutines stay for unary calls. One that is started for a call
	// grows its stack each time, which is a tenth of a get.
	workers = 256
	// window is how many bytes a call's sender may be ahead of its reader. Given one,
	// gRPC does not measure what would be best, by pings that cost both sides more.
	window = 1 << 20
	// minPing is the shortest interval of a client's pings; the client's own is
	// 5 s, and a server that closes a connection for a ping that came a little
	// early would be a nuisance.
	minPing = 4 * time.Second
	// A connection that nothing comes from is asked after pingAfter whether it still
	// lives: a watch would else outlast its client for hours.
	pingAfter, pingTimeout = 30 * time.Second, 10 * time.Second
)

// Register adds the services KV, Leases and Cluster to a gRPC server: the one of
// the client port, or that of the Raft port for forwarded calls. Such a server
// should take messages of c.Limits.MessageBytes.
func Register(r grpc.ServiceRegistrar, c Config) { register(r, c, nil) }

func register(r grpc.ServiceRegistrar, c Config, stopping <-chan struct{}) {
	c = c.withDefaults()
	h := &handler{
		backend: c.Backend, limits: c.Limits, pressure: c.Pressure, counts: c.Counts,
		sendTimeout: c.SendTimeout, logger: c.Logger, stopping: stopping,
	}
	kvv1.RegisterKVServer(r, &kvService{handler: h})
	kvv1.RegisterLeasesServer(r, &leaseService{handler: h})
	kvv1.RegisterClusterServer(r, &clusterService{handler: h})
}

// Config says what a Server serves.
type Config struct {
	// Backend answers the requests. Required.
	Backend Backend
	// Limits of a request; zero fields mean DefaultLimits.
	Limits Limits
	// Pressure bounds the requests in flight. It is shared by the ports of a node;
	// nil means one of its own with DefaultBounds.
	Pressure *Pressure
	// SendTimeout is how long one message of a List, a History or a Watch may wait
	// for its receiver to read: after it the stream ends with ErrTimeout. How long the
	// whole stream takes, and its pauses, are not bounded. Zero or less means 30 s.
	SendTimeout time.Duration
	// Counts counts the requests; nil does not.
	Counts *Counts
	// Logger takes panics; nil means slog.Default.
	Logger *slog.Logger
}

func (c Config) withDefaults() Config {
	c.Limits = c.Limits.WithDefaults()
	if c.Pressure == nil {
		c.Pressure = NewPressure(Bounds{})
	}
	if c.SendTimeout <= 0 {
		c.SendTimeout = defaultSendTimeout
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

// Server is the client port: KV, Leases and Cluster, with the standard health service and
// reflection beside them. Its methods are safe for concurrent use.
type Server struct {
	grpc   *grpc.Server
	health *health.Server

	stopping chan struct{} // closed once Shutdown has begun
	stop     sync.Once     // of closing it
}

// New makes a Server that does not serve yet; its health is NOT_SERVING.
func New(cfg Config) *Server {
	cfg = cfg.withDefaults()
	bounds := cfg.Pressure.bounds
	s := &Server{
		grpc: grpc.NewServer(
			grpc.ForceServerCodecV2(codec{}),
			grpc.NumStreamWorkers(workers),
			grpc.MaxRecvMsgSize(cfg.Limits.MessageBytes()),
			grpc.ConnectionTimeout(connectionTimeout),
			grpc.StaticStreamWindowSize(window),
			grpc.StaticConnWindowSize(window),
			grpc.MaxConcurrentStreams(uint32(2*bounds.ConnRequests+streamRoom)),
			grpc.KeepaliveParams(keepalive.ServerParameters{Time: pingAfter, Timeout: pingTimeout}),
			grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: minPing, PermitWithoutStream: true}),
		),
		health:   health.NewServer(),
		stopping: make(chan struct{}),
	}
	register(s.grpc, cfg, s.stopping)
	healthpb.RegisterHealthServer(s.grpc, s.health)
	reflection.Register(s.grpc)
	s.SetServing(false)
	return s
}

// Serve accepts connections until Shutdown, and then returns nil. It owns l.
func (s *Server) Serve(l net.Listener) error {
	if err := s.grpc.Serve(l); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		return fmt.Errorf("serve clients at %s: %w", l.Addr(), err)
	}
	return nil
}

// services are the names that the health service answers for.
var services = []string{"", kvv1.KV_ServiceDesc.ServiceName, kvv1.Leases_ServiceDesc.ServiceName, kvv1.Cluster_ServiceDesc.ServiceName}

// SetServing tells load balancers and probes whether requests should come here:
// a node sets it while it knows a leader. It has no effect after Shutdown.
func (s *Server) SetServing(serving bool) {
	status := healthpb.HealthCheckResponse_NOT_SERVING
	if serving {
		status = healthpb.HealthCheckResponse_SERVING
	}
	for _, service := range services {
		s.health.SetServingStatus(service, status)
	}
}

// Shutdown says NOT_SERVING, takes no more calls and waits for those in flight,
// after which it ends the streams with ErrStopping; when ctx ends it breaks them off, which returns ctx's error once they are gone.
// The Backend must return when its context ends. A second Shutdown is harmless.
func (s *Server) Shutdown(ctx context.Context) error {
	s.health.Shutdown()
	s.stop.Do(func() { close(s.stopping) })
	done := make(chan struct{})
	go func() {
		s.grpc.GracefulStop()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		s.grpc.Stop() // makes GracefulStop return
		<-done
		return fmt.Errorf("wait for calls in flight: %w", ctx.Err())
	}
}
