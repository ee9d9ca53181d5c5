//lint:file-ignore SA1019 the deprecated fields have to survive as well

package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/raft"
	"google.golang.org/grpc/status"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// header is what Raft puts into every request.
func header(id string) raft.RPCHeader {
	return raft.RPCHeader{ProtocolVersion: 3, ID: []byte(id), Addr: []byte(id + ":1")}
}

func appendRequest() *raft.AppendEntriesRequest {
	return &raft.AppendEntriesRequest{
		RPCHeader: header("n1"), Term: 10, Leader: []byte("n1:1"), PrevLogEntry: 100, PrevLogTerm: 4,
		Entries:           []*raft.Log{{Index: 101, Term: 4, Type: raft.LogNoop, Data: []byte("a"), AppendedAt: time.Unix(0, 5)}},
		LeaderCommitIndex: 90,
	}
}

func heartbeat(term uint64, id string) *raft.AppendEntriesRequest {
	return &raft.AppendEntriesRequest{RPCHeader: header(id), Term: term, Leader: []byte(id + ":1")}
}

// exchange is one of Raft's calls, made from a to b.
type exchange struct {
	name       string
	request    any
	response   any
	call       func(a *Transport, id raft.ServerID, to raft.ServerAddress) (any, error)
	snapshotOf string
}

func exchanges() []exchange {
	vote := &raft.RequestVoteRequest{RPCHeader: header("n1"), Term: 20, Candidate: []byte("c"), LastLogIndex: 100, LastLogTerm: 19, LeadershipTransfer: true}
	preVote := &raft.RequestPreVoteRequest{RPCHeader: header("n1"), Term: 20, LastLogIndex: 100, LastLogTerm: 19}
	timeoutNow := &raft.TimeoutNowRequest{RPCHeader: header("n1")}
	snapshot := &raft.InstallSnapshotRequest{
		RPCHeader: header("n1"), SnapshotVersion: 1, Term: 10, Leader: []byte("n1:1"), LastLogIndex: 100, LastLogTerm: 9,
		Configuration: raft.EncodeConfiguration(raft.Configuration{}), ConfigurationIndex: 3, Size: 10,
	}
	return []exchange{
		{name: "AppendEntries", request: appendRequest(),
			response: &raft.AppendEntriesResponse{RPCHeader: header("n2"), Term: 4, LastLog: 90, Success: true, NoRetryBackoff: true},
			call: func(a *Transport, id raft.ServerID, to raft.ServerAddress) (any, error) {
				var resp raft.AppendEntriesResponse
				return &resp, a.AppendEntries(id, to, appendRequest(), &resp)
			}},
		{name: "Heartbeat", request: heartbeat(10, "n1"),
			response: &raft.AppendEntriesResponse{RPCHeader: header("n2"), Term: 10, Success: true},
			call: func(a *Transport, id raft.ServerID, to raft.ServerAddress) (any, error) {
				resp := raft.AppendEntriesResponse{LastLog: 77, NoRetryBackoff: true} // Raft reuses it
				return &resp, a.AppendEntries(id, to, heartbeat(10, "n1"), &resp)
			}},
		{name: "RequestVote", request: vote,
			response: &raft.RequestVoteResponse{RPCHeader: header("n2"), Term: 100, Peers: []byte("p"), Granted: true},
			call: func(a *Transport, id raft.ServerID, to raft.ServerAddress) (any, error) {
				var resp raft.RequestVoteResponse
				return &resp, a.RequestVote(id, to, vote, &resp)
			}},
		{name: "RequestPreVote", request: preVote,
			response: &raft.RequestPreVoteResponse{RPCHeader: header("n2"), Term: 100, Granted: true},
			call: func(a *Transport, id raft.ServerID, to raft.ServerAddress) (any, error) {
				var resp raft.RequestPreVoteResponse
				return &resp, a.RequestPreVote(id, to, preVote, &resp)
			}},
		{name: "TimeoutNow", request: timeoutNow, response: &raft.TimeoutNowResponse{RPCHeader: header("n2")},
			call: func(a *Transport, id raft.ServerID, to raft.ServerAddress) (any, error) {
				var resp raft.TimeoutNowResponse
				return &resp, a.TimeoutNow(id, to, timeoutNow, &resp)
			}},
		{name: "InstallSnapshot", request: snapshot, snapshotOf: "0123456789",
			response: &raft.InstallSnapshotResponse{RPCHeader: header("n2"), Term: 10, Success: true},
			call: func(a *Transport, id raft.ServerID, to raft.ServerAddress) (any, error) {
				var resp raft.InstallSnapshotResponse
				return &resp, a.InstallSnapshot(id, to, snapshot, &resp, strings.NewReader("0123456789"))
			}},
	}
}

// Each call brings its request and its response over unchanged, both ways.
func TestCallsBothWays(t *testing.T) {
	t.Parallel()
	for _, e := range exchanges() {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			a, b := mustOpen(t, "n1", nil), mustOpen(t, "n2", nil)
			for _, tr := range []*Transport{a, b} {
				answer(t, tr, func(rpc raft.RPC) (any, error) {
					if !reflect.DeepEqual(rpc.Command, e.request) {
						t.Errorf("sent %+v, received %+v", e.request, rpc.Command)
					}
					if e.snapshotOf != "" {
						if data, err := io.ReadAll(rpc.Reader); err != nil || string(data) != e.snapshotOf {
							t.Errorf("read %q, %v", data, err)
						}
					}
					return e.response, nil
				})
			}
			for _, way := range []struct {
				from *Transport
				id   raft.ServerID
				to   *Transport
			}{{a, "n2", b}, {b, "n1", a}} {
				got, err := e.call(way.from, way.id, way.to.LocalAddr())
				if err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(got, e.response) {
					t.Fatalf("answered %+v, received %+v", e.response, got)
				}
			}
		})
	}
}

// An error of Raft's reaches the caller as readable text, and what Raft answers
// with nothing, or with something else, is an error too.
func TestErrorsOfRaftComeBack(t *testing.T) {
	t.Parallel()
	for _, e := range exchanges() {
		for what, reply := range map[string]struct {
			response any
			err      error
			text     string
		}{
			"error":   {nil, errors.New("log is on fire"), "log is on fire"},
			"nothing": {nil, nil, "raft answered with"},
			"other":   {&raft.RPC{}, nil, "raft answered with"},
		} {
			t.Run(e.name+"/"+what, func(t *testing.T) {
				t.Parallel()
				a, b := mustOpen(t, "n1", nil), mustOpen(t, "n2", nil)
				answer(t, b, func(raft.RPC) (any, error) { return reply.response, reply.err })
				_, err := e.call(a, "n2", b.LocalAddr())
				if err == nil {
					t.Fatal("no error")
				}
				mustContain(t, err.Error(), "n2", reply.text)
			})
		}
	}
}

// Raft must never take an error for a granted pre-vote.
func TestAnErrorIsNoGrant(t *testing.T) {
	t.Parallel()
	a, b := mustOpen(t, "n1", nil), mustOpen(t, "n2", nil)
	answer(t, b, func(raft.RPC) (any, error) { return nil, errors.New(rpcUnexpectedCommand) })
	err := a.RequestPreVote("n2", b.LocalAddr(), &raft.RequestPreVoteRequest{Term: 2}, &raft.RequestPreVoteResponse{})
	if err == nil || strings.Contains(err.Error(), rpcUnexpectedCommand) {
		t.Fatalf("got %v", err)
	}
}

// A node whose Raft answers nothing holds the caller up for the deadline only;
// unanswered requests of callers that are gone are withdrawn.
func TestUnanswered(t *testing.T) {
	t.Parallel()
	short := func(c *Config) { c.HeartbeatTimeout, c.ElectionTimeout = 100*time.Millisecond, 100*time.Millisecond }
	a, b := mustOpen(t, "n1", short), mustOpen(t, "n2", short)
	a.limits.append = 100 * time.Millisecond
	a.limits.snapshotIdle, a.limits.snapshotAnswer = 100*time.Millisecond, 100*time.Millisecond
	for _, e := range exchanges() {
		_, err := e.call(a, "n2", b.LocalAddr())
		if e.name == "InstallSnapshot" {
			mustErrorIs(t, err, errSnapshotStalled)
			continue
		}
		mustErrorIs(t, err, kverr.ErrTimeout)
		mustContain(t, err.Error(), "n2", "no answer in time")
	}
	// Withdrawal follows the caller's cancellation at once: nothing is left to take.
	waitFor(t, func() string {
		select {
		case rpc := <-b.Consumer():
			rpc.Respond(nil, errors.New("late"))
			return "a request of a caller that has gone was still there"
		default:
			return ""
		}
	})
}

// Without a peer, all calls but log appends fail at once rather than at their
// deadline.
func TestNobodyThere(t *testing.T) {
	t.Parallel()
	lis := mustListen(t, "127.0.0.1:0")
	nobody := raft.ServerAddress(lis.Addr().String())
	if err := lis.Close(); err != nil {
		t.Fatal(err)
	}
	a := mustOpen(t, "n1", func(c *Config) { c.HeartbeatTimeout, c.ElectionTimeout = 2*limit, 2*limit })
	a.limits.append = 50 * time.Millisecond
	for _, e := range exchanges() {
		_, err := e.call(a, "n2", nobody)
		if e.name == "AppendEntries" {
			mustErrorIs(t, err, kverr.ErrTimeout)
			continue
		}
		mustErrorIs(t, err, kverr.ErrLostConnection)
		mustContain(t, err.Error(), "no connection", string(nobody))
	}
}

func TestAfterClose(t *testing.T) {
	t.Parallel()
	a, b := mustOpen(t, "n1", nil), mustOpen(t, "n2", nil)
	a.Close()
	a.Close()
	for _, e := range exchanges() {
		_, err := e.call(a, "n2", b.LocalAddr())
		mustErrorIs(t, err, raft.ErrTransportShutdown)
	}
	_, err := a.Confirm(context.Background(), "n2", b.LocalAddr(), 1)
	mustErrorIs(t, err, kverr.ErrStopping)
	_, err = kvv1.NewRaftClient(a.Conn("n2", b.LocalAddr())).ReadIndex(context.Background(), &kvv1.ReadIndexRequest{})
	mustErrorIs(t, kverr.FromStatus(err), kverr.ErrStopping)
	// And the other side, at which nobody answers now, tells so.
	err = b.RequestVote("n1", a.LocalAddr(), &raft.RequestVoteRequest{}, &raft.RequestVoteResponse{})
	mustErrorIs(t, err, kverr.ErrLostConnection)
}

// Close ends calls under way on both sides, even those that Raft leaves without
// an answer.
func TestCloseEndsCalls(t *testing.T) {
	t.Parallel()
	for _, e := range exchanges() {
		for _, side := range []string{"sender", "receiver"} {
			t.Run(e.name+"/"+side, func(t *testing.T) {
				t.Parallel()
				slow := func(c *Config) { c.HeartbeatTimeout, c.ElectionTimeout = 2*limit, 2*limit }
				a, b := mustOpen(t, "n1", slow), mustOpen(t, "n2", slow)
				errCh := make(chan error, 1)
				go func() {
					_, err := e.call(a, "n2", b.LocalAddr())
					errCh <- err
				}()
				receive(t, b.Consumer(), "request")
				if side == "sender" {
					a.Close()
				} else {
					b.Close()
				}
				if err := receive(t, errCh, "end of the call"); err == nil {
					t.Fatal("the call succeeded")
				}
			})
		}
	}
}

// CancelCalls ends what is under way and nothing else.
func TestCancelCalls(t *testing.T) {
	t.Parallel()
	slow := func(c *Config) { c.HeartbeatTimeout, c.ElectionTimeout = 2*limit, 2*limit }
	for _, e := range exchanges() {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			a, b := mustOpen(t, "n1", slow), mustOpen(t, "n2", slow)
			errCh := make(chan error, 1)
			go func() {
				_, err := e.call(a, "n2", b.LocalAddr())
				errCh <- err
			}()
			receive(t, b.Consumer(), "request")
			a.CancelCalls()
			mustErrorIs(t, receive(t, errCh, "end of the call"), errCallsCanceled)

			answer(t, b, func(rpc raft.RPC) (any, error) {
				if rpc.Reader != nil {
					_, _ = io.Copy(io.Discard, rpc.Reader)
				}
				return e.response, nil
			})
			if _, err := e.call(a, "n2", b.LocalAddr()); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// A closed gate withholds what would keep or win an office, and nothing else.
func TestGate(t *testing.T) {
	t.Parallel()
	hung := errors.New("disk hangs")
	a := mustOpen(t, "n1", func(c *Config) { c.Gate = func() error { return hung } })
	b := mustOpen(t, "n2", nil)
	answer(t, b, func(rpc raft.RPC) (any, error) {
		switch rpc.Command.(type) {
		case *raft.TimeoutNowRequest:
			return &raft.TimeoutNowResponse{}, nil
		case *raft.InstallSnapshotRequest:
			_, err := io.Copy(io.Discard, rpc.Reader)
			return &raft.InstallSnapshotResponse{}, err
		}
		t.Errorf("%T went through the closed gate", rpc.Command)
		return nil, errors.New("unwanted")
	})
	for _, e := range exchanges() {
		_, err := e.call(a, "n2", b.LocalAddr())
		switch e.name {
		case "TimeoutNow", "InstallSnapshot":
			if err != nil {
				t.Fatalf("%s: %v", e.name, err)
			}
		default:
			mustErrorIs(t, err, hung)
		}
	}
}

// Raft keeps the entries it is given: a later message must not write over them.
func TestReceivedEntriesAreOwned(t *testing.T) {
	t.Parallel()
	a, b := mustOpen(t, "n1", nil), mustOpen(t, "n2", nil)
	var mu sync.Mutex
	var kept []*raft.Log
	answer(t, b, func(rpc raft.RPC) (any, error) {
		mu.Lock()
		defer mu.Unlock()
		kept = append(kept, rpc.Command.(*raft.AppendEntriesRequest).Entries...)
		return &raft.AppendEntriesResponse{Success: true}, nil
	})
	const n = 200
	value := func(i int) []byte { return bytes.Repeat([]byte{byte(i)}, 3000) }
	for i := range n {
		req := &raft.AppendEntriesRequest{RPCHeader: header("n1"), Term: 1, Entries: []*raft.Log{{Index: uint64(i), Data: value(i), Extensions: value(i + 1)}}}
		if err := a.AppendEntries("n2", b.LocalAddr(), req, &raft.AppendEntriesResponse{}); err != nil {
			t.Fatal(err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for i, l := range kept {
		if !bytes.Equal(l.Data, value(i)) || !bytes.Equal(l.Extensions, value(i+1)) {
			t.Fatalf("entry %d was written over", i)
		}
	}
	if len(kept) != n {
		t.Fatalf("received %d entries of %d", len(kept), n)
	}
}

// raft.Shutdown must not close a transport that the node will use again.
func TestIsNoWithClose(t *testing.T) {
	t.Parallel()
	if _, ok := any((*Transport)(nil)).(raft.WithClose); ok {
		t.Fatal("raft.Shutdown would close the transport")
	}
}

// The peer may see the deadline pass before the caller does, and say so in the
// words it has for a client; the caller hears the same either way.
func TestDeadlineSeenByEitherSide(t *testing.T) {
	t.Parallel()
	for who, err := range map[string]error{
		"caller": status.FromContextError(context.DeadlineExceeded).Err(),
		"peer":   kverr.ToStatus(kverr.ErrTimeout),
	} {
		got := callError(context.Background(), call{name: "vote", id: "n2"}, err)
		mustErrorIs(t, got, kverr.ErrTimeout)
		if !strings.HasSuffix(got.Error(), "no answer in time") {
			t.Errorf("seen by the %s: %v", who, got)
		}
	}
}
