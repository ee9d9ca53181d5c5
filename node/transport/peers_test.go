package transport

import (
	"context"
	"net"
	"testing"

	"github.com/hashicorp/raft"
	"google.golang.org/grpc/connectivity"
)

func confirms(a *Transport, id raft.ServerID, addr raft.ServerAddress) func() string {
	return func() string {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		if _, err := a.Confirm(ctx, id, addr, 1); err != nil {
			return err.Error()
		}
		return ""
	}
}

// A peer that was gone for a while is reached again on the same port, by
// heartbeats that fail fast and by an append that has waited all the time.
func TestReconnect(t *testing.T) {
	t.Parallel()
	a, b := mustOpen(t, "n1", nil), mustOpen(t, "n2", nil)
	address := b.LocalAddr()
	waitFor(t, confirms(a, "n2", address))
	b.Close()
	waitFor(t, func() string {
		if confirms(a, "n2", address)() == "" {
			return "the closed peer still answers"
		}
		return ""
	})
	a.limits.append = limit
	errCh := make(chan error, 1)
	go func() { errCh <- a.AppendEntries("n2", address, appendRequest(), &raft.AppendEntriesResponse{}) }()

	b = mustOpen(t, "n2", func(c *Config) {
		_ = c.Listener.Close()
		c.Listener, c.Advertise = mustListen(t, string(address)), string(address)
	})
	answer(t, b, func(raft.RPC) (any, error) { return &raft.AppendEntriesResponse{}, nil })
	if err := receive(t, errCh, "answer to the append that waited"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, confirms(a, "n2", address))
}

// A new address takes the place of the old one, whose connections are closed.
func TestAddressChange(t *testing.T) {
	t.Parallel()
	a, b := mustOpen(t, "n1", nil), mustOpen(t, "n2", nil)
	waitFor(t, confirms(a, "n2", b.LocalAddr()))
	old, err := a.peers.get("n2", b.LocalAddr())
	if err != nil {
		t.Fatal(err)
	}
	moved := mustOpen(t, "n2", nil)
	waitFor(t, confirms(a, "n2", moved.LocalAddr()))
	for _, conn := range []*stampedConn{old.control, old.bulk} {
		if state := conn.GetState(); state != connectivity.Shutdown {
			t.Fatalf("a connection to the old address is in state %v", state)
		}
	}
	if same, err := a.peers.get("n2", moved.LocalAddr()); err != nil || same.address != moved.LocalAddr() {
		t.Fatalf("get: %v, %v", same, err)
	}
}

// However long a peer was away, gRPC's next attempt comes within a second.
func TestConnectDelayIsBelowASecond(t *testing.T) {
	t.Parallel()
	b := connectParams.Backoff
	if longest := b.MaxDelay.Seconds() * (1 + b.Jitter); longest > 1 || connectParams.MinConnectTimeout.Seconds() > 1 {
		t.Fatalf("up to %.2f s between attempts, %v for one", longest, connectParams.MinConnectTimeout)
	}
	if keepalivePolicy.MinTime >= clientKeepalive.Time {
		t.Fatal("our own pings would be taken for abuse")
	}
}

// A bad address is an error of the call, not of the program.
func TestBadAddresses(t *testing.T) {
	t.Parallel()
	a := mustOpen(t, "n1", nil)
	for _, address := range []raft.ServerAddress{"", "%zz", "no port", "127.0.0.1:99999", raft.ServerAddress(net.JoinHostPort("::g", "1"))} {
		if err := a.RequestVote("n2", address, &raft.RequestVoteRequest{}, &raft.RequestVoteResponse{}); err == nil {
			t.Errorf("%q: no error", address)
		}
	}
}
