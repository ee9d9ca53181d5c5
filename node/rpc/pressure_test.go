package rpc_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"kv/node/rpc"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// crowd is a Backend whose Puts and Watches wait until they are let go.
type crowd struct {
	echo
	began   chan struct{}
	release chan struct{}
}

func newCrowd() *crowd {
	return &crowd{began: make(chan struct{}, 100), release: make(chan struct{})}
}

func (c *crowd) wait(ctx context.Context) error {
	c.began <- struct{}{}
	select {
	case <-c.release:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *crowd) Put(ctx context.Context, _ *kvv1.PutRequest) (*kvv1.PutResponse, error) {
	return &kvv1.PutResponse{}, c.wait(ctx)
}

func (c *crowd) Watch(ctx context.Context, _ *kvv1.WatchRequest, _ func(*kvv1.WatchResponse) error) error {
	return c.wait(ctx)
}

func (c *crowd) KeepAliveLease(ctx context.Context, _ *kvv1.KeepAliveLeaseRequest) (*kvv1.KeepAliveLeaseResponse, error) {
	return &kvv1.KeepAliveLeaseResponse{}, c.wait(ctx)
}

// another opens a second connection to the same server.
func another(t *testing.T, cc *grpc.ClientConn) *grpc.ClientConn {
	t.Helper()
	other, err := grpc.NewClient(cc.Target(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	return other
}

// hold starts a Put that waits, and returns once the Backend has it. ended gets
// its error.
func (c *crowd) hold(t *testing.T, cc *grpc.ClientConn, value int) (ended chan error) {
	t.Helper()
	ended = make(chan error, 1)
	ctx := newContext(t)
	go func() {
		_, err := kvv1.NewKVClient(cc).Put(ctx, &kvv1.PutRequest{Key: []byte("k"), Value: make([]byte, value)})
		ended <- err
	}()
	select {
	case <-c.began:
	case err := <-ended:
		t.Fatalf("the put was refused: %v", err)
	}
	return ended
}

// refused sends a Put that must not reach the Backend.
func refused(t *testing.T, cc *grpc.ClientConn, value int) {
	t.Helper()
	_, err := kvv1.NewKVClient(cc).Put(newContext(t), &kvv1.PutRequest{Key: []byte("k"), Value: make([]byte, value)})
	e := kverr.FromStatus(err)
	if !errors.Is(e, kverr.ErrOverloaded) || e.Outcome != kverr.NotDone || e.RetryAfter < 20*time.Millisecond || e.RetryAfter > 50*time.Millisecond {
		t.Fatalf("one too many: %v, after %v", err, e)
	}
}

func TestTooManyRequestsAreRefused(t *testing.T) {
	t.Parallel()
	b := newCrowd()
	_, cc := newServer(t, rpc.Config{Backend: b, Pressure: rpc.NewPressure(rpc.Bounds{Requests: 3, ConnRequests: 2})})
	other := another(t, cc)
	ended := []chan error{b.hold(t, cc, 1), b.hold(t, cc, 1)}
	refused(t, cc, 1) // the connection is full
	ended = append(ended, b.hold(t, other, 1))
	refused(t, other, 1) // the node is
	if e := send(newContext(t), cc, "/kv.v1.Cluster/Status", &kvv1.StatusRequest{}); e.Error() != "Status" {
		t.Errorf("the status of an overloaded member: %v", e)
	}
	close(b.release)
	for _, e := range ended {
		if err := <-e; err != nil {
			t.Errorf("a put that was let in: %v", err)
		}
	}
	<-b.hold(t, cc, 1) // there is room again
}

func TestTooManyBytesAreRefused(t *testing.T) {
	t.Parallel()
	b := newCrowd()
	_, cc := newServer(t, rpc.Config{Backend: b, Pressure: rpc.NewPressure(rpc.Bounds{Bytes: 3000, ConnBytes: 2000})})
	other := another(t, cc)
	b.hold(t, cc, 1000)
	refused(t, cc, 1000)
	b.hold(t, cc, 500)
	b.hold(t, other, 1000)
	refused(t, other, 700)
	close(b.release)
}

// A request that is larger than the bound is served when it is alone.
func TestALargeRequestIsServedAlone(t *testing.T) {
	t.Parallel()
	b := newCrowd()
	_, cc := newServer(t, rpc.Config{Backend: b, Pressure: rpc.NewPressure(rpc.Bounds{ConnBytes: 100})})
	ended := b.hold(t, cc, 1000)
	refused(t, cc, 1)
	close(b.release)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// Watches that are open leave the room of requests alone, and have a bound of
// their own; keeping a lease alive is let in when a put is not.
func TestWatchesAndKeepAlivesUnderPressure(t *testing.T) {
	t.Parallel()
	b := newCrowd()
	_, cc := newServer(t, rpc.Config{Backend: b, Pressure: rpc.NewPressure(rpc.Bounds{ConnRequests: 1})})
	ctx := newContext(t)
	if _, err := kvv1.NewKVClient(cc).Watch(ctx, &kvv1.WatchRequest{}); err != nil {
		t.Fatal(err)
	}
	<-b.began
	if e := send(ctx, cc, "/kv.v1.KV/Watch", &kvv1.WatchRequest{}); !errors.Is(e, kverr.ErrOverloaded) {
		t.Errorf("a second watch: %v", e)
	}
	b.hold(t, cc, 1)
	refused(t, cc, 1)
	kept := make(chan error, 1)
	go func() {
		_, err := kvv1.NewLeasesClient(cc).KeepAliveLease(ctx, &kvv1.KeepAliveLeaseRequest{Lease: 1})
		kept <- err
	}()
	<-b.began
	close(b.release)
	if err := <-kept; err != nil {
		t.Errorf("keep alive: %v", err)
	}
}

func TestOnePressureForTwoPorts(t *testing.T) {
	t.Parallel()
	b := newCrowd()
	pressure := rpc.NewPressure(rpc.Bounds{Requests: 1})
	_, clients := newServer(t, rpc.Config{Backend: b, Pressure: pressure})
	_, members := newServer(t, rpc.Config{Backend: b, Pressure: pressure})
	b.hold(t, clients, 1)
	refused(t, members, 1)
	close(b.release)
}

// The bytes of watches are counted apart, too: one that is open for days does not
// keep a large request from being alone.
func TestBytesOfWatchesLeaveRoom(t *testing.T) {
	t.Parallel()
	b := newCrowd()
	_, cc := newServer(t, rpc.Config{Backend: b, Pressure: rpc.NewPressure(rpc.Bounds{ConnBytes: 1000})})
	ctx := newContext(t)
	watch := &kvv1.WatchRequest{Key: make([]byte, 600)}
	if _, err := kvv1.NewKVClient(cc).Watch(ctx, watch); err != nil {
		t.Fatal(err)
	}
	<-b.began
	if e := send(ctx, cc, "/kv.v1.KV/Watch", watch); !errors.Is(e, kverr.ErrOverloaded) {
		t.Errorf("a second watch: %v", e)
	}
	ended := b.hold(t, cc, 2000)
	close(b.release)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
