package client_test

import (
	"context"
	"testing"
	"time"

	"google.golang.org/grpc"

	"kv/client"
	kvv1 "kv/proto/kv/v1"
)

// answersAll scripts what a member of the fake cluster does not do by itself.
func answersAll(m *member) {
	m.history = func(_ *kvv1.HistoryRequest, stream grpc.ServerStreamingServer[kvv1.HistoryResponse]) error {
		return stream.Send(&kvv1.HistoryResponse{Header: m.header()})
	}
	m.list = func(stream grpc.ServerStreamingServer[kvv1.ListResponse]) error {
		return stream.Send(&kvv1.ListResponse{Header: m.header()})
	}
	m.watch = func(_ *kvv1.WatchRequest, stream grpc.ServerStreamingServer[kvv1.WatchResponse]) error {
		err := stream.Send(&kvv1.WatchResponse{Header: m.header()})
		<-stream.Context().Done()
		return err
	}
	m.members = func() (*kvv1.MembersResponse, error) { return table(m), nil }
}

// request is one call; its answers are closed.
type request func(ctx context.Context, c *client.Client) error

func errorOf[T any](_ T, err error) error { return err }

func closed(answer interface{ Close() }, err error) error {
	if err == nil {
		answer.Close()
	}
	return err
}

func get(opts ...client.ReadOption) request {
	return func(ctx context.Context, c *client.Client) error { return errorOf(c.Get(ctx, "k", opts...)) }
}

func list(opts ...client.ReadOption) request {
	return func(ctx context.Context, c *client.Client) error { return closed(c.List(ctx, "", opts...)) }
}

func history(opts ...client.ReadOption) request {
	return func(ctx context.Context, c *client.Client) error { return closed(c.History(ctx, "k", opts...)) }
}

func watch(opts ...client.WatchOption) request {
	return func(ctx context.Context, c *client.Client) error {
		return closed(c.Watch(ctx, client.Range{}, opts...))
	}
}

// Only an answer that a cluster without a leader could not have given calls in who
// waits for one.
func TestWhichAnswersCallIn(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		do     request
		callIn bool
	}{
		"put":                   {func(ctx context.Context, c *client.Client) error { return errorOf(c.Put(ctx, "k", nil)) }, true},
		"get":                   {get(), true},
		"stale get":             {get(client.Stale()), false},
		"list":                  {list(), true},
		"stale list":            {list(client.Stale()), false},
		"history":               {history(), true},
		"stale history":         {history(client.Stale()), false},
		"watch":                 {watch(), true},
		"stale watch":           {watch(client.WatchStale()), false},
		"watch from a revision": {watch(client.FromRevision(1)), false},
		"status":                {func(ctx context.Context, c *client.Client) error { return errorOf(c.Status(ctx)) }, false},
		"leader":                {func(ctx context.Context, c *client.Client) error { return errorOf(c.Leader(ctx)) }, false},
		"members":               {func(ctx context.Context, c *client.Client) error { return errorOf(c.Members(ctx)) }, false},
		"health":                {func(ctx context.Context, c *client.Client) error { return errorOf(c.Health(ctx)) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMember(t, "n1")
			m.script(answersAll)
			c := newClient(t, []string{m.address})
			calledIn := c.Wait()
			if err := tt.do(within(t, 20*time.Second), c); err != nil {
				t.Fatal(err)
			}
			select {
			case <-calledIn:
				if !tt.callIn {
					t.Error("it called in who waits")
				}
			default:
				if tt.callIn {
					t.Error("it called in nobody")
				}
			}
		})
	}
}
