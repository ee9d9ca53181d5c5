package transport

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/raft"
	"go.uber.org/goleak"

	kvv1 "kv/proto/kv/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testCluster = "cluster-under-test"

// limit is how long a test waits for something that should come at once.
const limit = 20 * time.Second

// waitFor polls until cond returns "", and fails the test with cond's last reason.
func waitFor(t *testing.T, cond func() string) {
	t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		reason := cond()
		if reason == "" {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("waited %v: %s", limit, reason)
		}
	}
}

// receive returns the channel's next value.
func receive[T any](t *testing.T, ch <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(limit):
		t.Fatalf("no %s after %v", what, limit)
		panic("unreachable")
	}
}

func mustListen(t testing.TB, address string) net.Listener {
	t.Helper()
	lis, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return lis
}

// mustOpen opens a transport of server id on a free port; change may edit the
// config before.
func mustOpen(t testing.TB, id raft.ServerID, change func(*Config)) *Transport {
	t.Helper()
	lis := mustListen(t, "127.0.0.1:0")
	cfg := Config{
		ClusterID: testCluster,
		LocalID:   id,
		Advertise: lis.Addr().String(),
		Listener:  lis,
		Handler:   &fakeHandler{},
	}
	if change != nil {
		change(&cfg)
	}
	tr, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.Close)
	return tr
}

// answer serves one transport's Consumer until the test ends: reply gives the
// answer to each request.
func answer(t testing.TB, tr *Transport, reply func(raft.RPC) (any, error)) {
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case rpc := <-tr.Consumer():
				rpc.Respond(reply(rpc))
			case <-stop:
				return
			}
		}
	})
	t.Cleanup(func() { close(stop); wg.Wait() })
}

// fakeHandler answers with what it was asked; err, if set, instead.
type fakeHandler struct{ err error }

func (h *fakeHandler) Confirm(_ context.Context, r *kvv1.ConfirmRequest) (*kvv1.ConfirmResponse, error) {
	return &kvv1.ConfirmResponse{Term: r.GetTerm(), AppliedIndex: 7, LastLogIndex: 9}, h.err
}

func (h *fakeHandler) ReadIndex(context.Context, *kvv1.ReadIndexRequest) (*kvv1.ReadIndexResponse, error) {
	return &kvv1.ReadIndexResponse{Index: 11}, h.err
}

func (h *fakeHandler) Join(_ context.Context, r *kvv1.JoinRequest) (*kvv1.JoinResponse, error) {
	return &kvv1.JoinResponse{ClusterId: testCluster, Leader: r.GetMember().GetName()}, h.err
}

func (h *fakeHandler) Removed(context.Context, *kvv1.RemovedRequest) (*kvv1.RemovedResponse, error) {
	return &kvv1.RemovedResponse{}, h.err
}

func mustErrorIs(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Fatalf("got error %v, want %v", err, target)
	}
}

func mustContain(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Fatalf("%q does not contain %q", text, part)
		}
	}
}

// tidy closes c at the test's end.
func tidy(t *testing.T, c io.Closer) { t.Cleanup(func() { _ = c.Close() }) }

// receiveWithin reports whether ch yields within d.
func receiveWithin[T any](d time.Duration, ch <-chan T) bool {
	select {
	case <-ch:
		return true
	case <-time.After(d):
		return false
	}
}
