package rpc_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"

	"kv/node/rpc"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// streams answers lists, histories and watches without an end, and tells how each of
// them has ended.
type streams struct {
	rpc.Backend
	ended chan error
}

func (s *streams) ClusterID() string { return "" }

// forever sends messages until send fails, and once more.
func forever[Resp any](s *streams, m *Resp, send func(*Resp) error) error {
	for {
		if err := send(m); err != nil {
			s.ended <- err
			return send(m)
		}
	}
}

func (s *streams) List(_ context.Context, _ *kvv1.ListRequest, send func(*kvv1.ListResponse) error) error {
	return forever(s, &kvv1.ListResponse{Kvs: []*kvv1.KeyValue{{Value: make([]byte, 1<<20)}}}, send)
}

func (s *streams) History(_ context.Context, _ *kvv1.HistoryRequest, send func(*kvv1.HistoryResponse) error) error {
	return forever(s, &kvv1.HistoryResponse{}, send)
}

func (s *streams) Watch(_ context.Context, _ *kvv1.WatchRequest, send func(*kvv1.WatchResponse) error) error {
	return forever(s, &kvv1.WatchResponse{Header: &kvv1.Header{Member: "n1"}}, send)
}

func (s *streams) Put(context.Context, *kvv1.PutRequest) (*kvv1.PutResponse, error) {
	return &kvv1.PutResponse{}, nil
}

// drain reads to the end and returns the error that it ends with.
func drain[Resp any](t *testing.T, stream grpc.ServerStreamingClient[Resp]) error {
	t.Helper()
	for {
		if _, err := stream.Recv(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return kverr.FromStatus(err)
		}
	}
}

// opened opens a stream that nobody reads, and returns what reads it to its end.
func opened[Resp any](t *testing.T) func(grpc.ServerStreamingClient[Resp], error) func() error {
	return func(stream grpc.ServerStreamingClient[Resp], err error) func() error {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return func() error { return drain(t, stream) }
	}
}

func TestAStreamThatNobodyReadsEnds(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(t *testing.T, kv kvv1.KVClient) func() error{
		"list": func(t *testing.T, kv kvv1.KVClient) func() error {
			return opened[kvv1.ListResponse](t)(kv.List(newContext(t), &kvv1.ListRequest{}))
		},
		"history": func(t *testing.T, kv kvv1.KVClient) func() error {
			return opened[kvv1.HistoryResponse](t)(kv.History(newContext(t), &kvv1.HistoryRequest{Key: []byte("k")}))
		},
		"watch": func(t *testing.T, kv kvv1.KVClient) func() error {
			return opened[kvv1.WatchResponse](t)(kv.Watch(newContext(t), &kvv1.WatchRequest{}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &streams{ended: make(chan error, 1)}
			_, cc := newServer(t, rpc.Config{Backend: b, SendTimeout: 300 * time.Millisecond})
			kv := kvv1.NewKVClient(cc)
			rest := open(t, kv)
			select {
			case err := <-b.ended:
				if !errors.Is(err, kverr.ErrTimeout) {
					t.Errorf("ended with %v", err)
				}
			case <-newContext(t).Done():
				t.Fatal("the stream goes on")
			}
			if _, err := kv.Put(newContext(t), &kvv1.PutRequest{Key: []byte("k")}); err != nil {
				t.Errorf("another request on the connection: %v", err)
			}
			var e *kverr.Error
			if err := rest(); !errors.As(err, &e) || !errors.Is(e, kverr.ErrTimeout) || e.Outcome != kverr.NotDone || !strings.Contains(e.Text, "not read for 300ms") {
				t.Errorf("the reader is told %v", err)
			}
		})
	}
}

// A receiver that gives up ends a Send that waits for it, long before its time.
func TestAStreamThatIsCanceledEndsItsSend(t *testing.T) {
	t.Parallel()
	b := &streams{ended: make(chan error, 1)}
	_, cc := newServer(t, rpc.Config{Backend: b, SendTimeout: time.Hour})
	ctx, cancel := context.WithCancel(newContext(t))
	stream, err := kvv1.NewKVClient(cc).List(ctx, &kvv1.ListRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil {
		t.Fatal(err)
	}
	cancel()
	select {
	case err := <-b.ended:
		if errors.Is(err, kverr.ErrTimeout) {
			t.Errorf("ended with %v", err)
		}
	case <-newContext(t).Done():
		t.Fatal("the stream goes on")
	}
}
