package transport

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/raft"
	"google.golang.org/grpc"

	"kv/proto/kverr"
)

// countStreams counts the streams that a transport opens.
func countStreams(opened *atomic.Int64) func(*Config) {
	return func(c *Config) {
		c.DialOptions = []grpc.DialOption{grpc.WithChainStreamInterceptor(func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
			opened.Add(1)
			return open(ctx, desc, cc, method, opts...)
		})}
	}
}

func succeed(raft.RPC) (any, error) { return &raft.AppendEntriesResponse{Success: true}, nil }

// Calls that follow one another share a stream; calls at once have one each.
func TestCallsShareALane(t *testing.T) {
	t.Parallel()
	var opened atomic.Int64
	a, b := mustOpen(t, "n1", countStreams(&opened)), mustOpen(t, "n2", nil)
	appendTo := func() error {
		return a.AppendEntries("n2", b.LocalAddr(), appendRequest(), &raft.AppendEntriesResponse{})
	}
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- appendTo() }()
	one := receive(t, b.Consumer(), "first request")
	go func() { second <- appendTo() }()
	two := receive(t, b.Consumer(), "second request")
	for _, rpc := range []raft.RPC{one, two} {
		rpc.Respond(succeed(rpc))
	}
	for _, ch := range []chan error{first, second} {
		if err := receive(t, ch, "answer"); err != nil {
			t.Fatal(err)
		}
	}
	answer(t, b, succeed)
	for range 20 {
		if err := appendTo(); err != nil {
			t.Fatal(err)
		}
	}
	if n := opened.Load(); n != 2 {
		t.Fatalf("22 calls, of which two at once, opened %d streams", n)
	}
}

// An append does not fail because its lane has broken at rest, when the peer started
// anew.
func TestBrokenLaneIsReplaced(t *testing.T) {
	t.Parallel()
	a, b := mustOpen(t, "n1", nil), mustOpen(t, "n2", nil)
	a.limits.append = limit
	address := b.LocalAddr()
	for range 3 {
		answer(t, b, succeed)
		if err := a.AppendEntries("n2", address, appendRequest(), &raft.AppendEntriesResponse{}); err != nil {
			t.Fatal(err)
		}
		b.Close()
		b = mustOpen(t, "n2", func(c *Config) {
			_ = c.Listener.Close()
			c.Listener, c.Advertise = mustListen(t, string(address)), string(address)
		})
	}
}

// A lane that its timer has ended at rest is replaced as well.
func TestRestedLaneIsReplaced(t *testing.T) {
	t.Parallel()
	var opened atomic.Int64
	a, b := mustOpen(t, "n1", countStreams(&opened)), mustOpen(t, "n2", nil)
	waitFor(t, confirms(a, "n2", b.LocalAddr()))
	p, err := a.peers.get("n2", b.LocalAddr())
	if err != nil {
		t.Fatal(err)
	}
	before := opened.Load()
	l := p.confirms.free[0]
	l.timer.Reset(0)
	receive(t, l.ctx.Done(), "end of the lane")
	if reason := confirms(a, "n2", b.LocalAddr())(); reason != "" {
		t.Fatal(reason)
	}
	if n := opened.Load(); n != before+1 {
		t.Fatalf("opened %d streams, want one more than %d", n, before)
	}
}

// A caller who gives up is told so, and his lane with the answer under way is nobody's.
func TestGivenUpLaneIsNotUsedAgain(t *testing.T) {
	t.Parallel()
	a, b := mustOpen(t, "n1", nil), mustOpen(t, "n2", nil)
	a.limits.append = 50 * time.Millisecond
	err := a.AppendEntries("n2", b.LocalAddr(), appendRequest(), &raft.AppendEntriesResponse{})
	mustErrorIs(t, err, kverr.ErrTimeout)
	a.limits.append = limit
	answer(t, b, func(raft.RPC) (any, error) { return &raft.AppendEntriesResponse{Term: 7}, nil })
	var resp raft.AppendEntriesResponse
	if err := a.AppendEntries("n2", b.LocalAddr(), appendRequest(), &resp); err != nil || resp.Term != 7 {
		t.Fatalf("term %d, %v", resp.Term, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.Confirm(ctx, "n2", b.LocalAddr(), 1); err == nil {
		t.Fatal("a call that was canceled has an answer")
	}
	if r, err := a.Confirm(t.Context(), "n2", b.LocalAddr(), 3); err != nil || r.GetTerm() != 3 {
		t.Fatalf("confirm: %v, %v", r, err)
	}
}

// Close does not wait for lanes at rest.
func TestLanesDoNotHoldUpClose(t *testing.T) {
	t.Parallel()
	a, b := mustOpen(t, "n1", nil), mustOpen(t, "n2", nil)
	b.limits.drain = limit
	answer(t, b, succeed)
	for range 3 {
		if err := a.AppendEntries("n2", b.LocalAddr(), appendRequest(), &raft.AppendEntriesResponse{}); err != nil {
			t.Fatal(err)
		}
	}
	closedCh := make(chan struct{})
	go func() { b.Close(); close(closedCh) }()
	if !receiveWithin(limit/2, closedCh) {
		<-closedCh
		t.Fatal("lanes at rest held up Close")
	}
}
