package client_test

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"kv/client"
	"kv/node/rpc"
	kvv1 "kv/proto/kv/v1"
)

// BenchmarkRoad is the road of a call from a client to a member's backend and back,
// which answers all that waits each time that a short while has passed. Client and
// member are in this process; cpu-µs/op is of both.
func BenchmarkRoad(b *testing.B) {
	value := make([]byte, 256)
	ops := map[string]func(context.Context, *client.Client, string) error{
		"put": func(ctx context.Context, c *client.Client, key string) error {
			_, err := c.Put(ctx, key, value)
			return err
		},
		"get": func(ctx context.Context, c *client.Client, key string) error {
			_, err := c.Get(ctx, key)
			return err
		},
	}
	for name, do := range ops {
		for _, loops := range []int{1, 256, 1024} {
			b.Run(fmt.Sprintf("%s/stream/C=%d", name, loops), func(b *testing.B) { road(b, loops, do) })
		}
		b.Run(name+"/unary/C=256", func(b *testing.B) { road(b, 256, do, client.WithoutStream()) })
	}
}

// road runs b.N operations in closed loops.
func road(b *testing.B, loops int, do func(context.Context, *client.Client, string) error, opts ...client.Option) {
	address := serveRoad(b)
	c, err := client.Dial([]string{address}, opts...)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close() })
	keys := make([]string, 1000)
	for i := range keys {
		keys[i] = "bench/" + strconv.Itoa(1_000_000_000+i)
	}
	b.ReportAllocs()
	b.ResetTimer()
	before := processorTime()
	var begun atomic.Int64
	var all sync.WaitGroup
	for range loops {
		all.Go(func() {
			for i := begun.Add(1); i <= int64(b.N); i = begun.Add(1) {
				if err := do(context.Background(), c, keys[i%1000]); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64((processorTime()-before).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
}

func processorTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// roadside is a backend that has every key and takes every write.
type roadside struct {
	rpc.Backend
	address string
	value   []byte
	mu      sync.Mutex
	tasks   []func() // guarded by mu
}

func serveRoad(b *testing.B) (address string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	back := &roadside{address: l.Addr().String(), value: make([]byte, 256)}
	s := rpc.New(rpc.Config{Backend: back})
	go s.Serve(l)
	b.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		s.Shutdown(ctx)
	})
	return l.Addr().String()
}

// later runs a task at the end of the while.
func (r *roadside) later(task func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tasks = append(r.tasks, task)
	if len(r.tasks) > 1 {
		return
	}
	time.AfterFunc(300*time.Microsecond, func() {
		r.mu.Lock()
		tasks := r.tasks
		r.tasks = nil
		r.mu.Unlock()
		for _, t := range tasks {
			t()
		}
	})
}

func (r *roadside) wait() {
	done := make(chan struct{})
	r.later(func() { close(done) })
	<-done
}

func (r *roadside) ClusterID() string { return "0123456789abcdef" }

func (r *roadside) Header() *kvv1.Header {
	return &kvv1.Header{ClusterId: "0123456789abcdef", Member: "n1", Term: 2, Revision: 7, AppliedIndex: 7,
		Leader: &kvv1.Leader{Name: "n1", Address: r.address, Term: 2}}
}

func (r *roadside) Status(context.Context, *kvv1.StatusRequest) (*kvv1.StatusResponse, error) {
	return &kvv1.StatusResponse{Header: r.Header(), Self: &kvv1.Member{Name: "n1", Version: "0.2.0"}}, nil
}

func (r *roadside) Members(context.Context, *kvv1.MembersRequest) (*kvv1.MembersResponse, error) {
	return &kvv1.MembersResponse{Header: r.Header()}, nil
}

func (r *roadside) Put(context.Context, *kvv1.PutRequest) (*kvv1.PutResponse, error) {
	r.wait()
	return &kvv1.PutResponse{Header: r.Header()}, nil
}

func (r *roadside) Get(_ context.Context, req *kvv1.GetRequest) (*kvv1.GetResponse, error) {
	r.wait()
	return &kvv1.GetResponse{Header: r.Header(), Kv: r.item(req.GetKey())}, nil
}

func (r *roadside) item(key []byte) *kvv1.KeyValue {
	return &kvv1.KeyValue{Key: key, Value: r.value, CreateRevision: 5, ModRevision: 1_000_000, Version: 6}
}

func (r *roadside) ReadMany(_ context.Context, _ kvv1.Consistency, calls []*rpc.Call) {
	r.wait()
	for _, c := range calls {
		c.Answer.Revision, c.Answer.AppliedIndex = 1_000_000, 10_000
		c.Answer.Result = &kvv1.Answer_Get{Get: &kvv1.GetResponse{Kv: r.item(c.Request.GetGet().GetKey())}}
	}
}

func (r *roadside) WriteMany(calls []*rpc.Call, finish func([]*rpc.Call)) []*rpc.Call {
	done := &kvv1.Answer_Put{Put: &kvv1.PutResponse{}}
	r.later(func() {
		for _, c := range calls {
			if c.Take() {
				c.Answer.Revision, c.Answer.AppliedIndex, c.Answer.Result = 1_000_000, 10_000, done
			}
		}
		finish(calls)
	})
	return nil
}
