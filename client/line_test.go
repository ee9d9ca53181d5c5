package client_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"kv/client"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

type serverStream = grpc.BidiStreamingServer[kvv1.StreamRequest, kvv1.StreamResponse]

// TestOneStreamCarriesAllCalls: what waits while messages are under way travels
// together.
func TestOneStreamCarriesAllCalls(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	release := make(chan struct{})
	m.script(func(m *member) {
		m.put = func(context.Context) (*kvv1.PutResponse, error) {
			<-release
			return &kvv1.PutResponse{Header: m.header()}, nil
		}
	})
	c := newClient(t, []string{m.address})
	var calls sync.WaitGroup
	for i := range 200 {
		calls.Go(func() {
			if _, err := c.Put(within(t, 20*time.Second), fmt.Sprint(i), nil); err != nil {
				t.Error(err)
			}
		})
	}
	// A message counts for a while only: hanging calls do not hold up others.
	waitFor(t, "all calls to arrive", func() bool { return m.puts.Load() == 200 })
	if n := m.messages.Load(); n > 100 {
		t.Errorf("200 calls at once travelled in %d messages", n)
	}
	close(release)
	calls.Wait()
	if n := m.streams.Load(); n != 1 {
		t.Errorf("%d streams", n)
	}
}

func TestWithoutStream(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	c := newClient(t, []string{m.address}, client.WithoutStream())
	if _, err := c.Put(within(t, 10*time.Second), "k", nil); err != nil {
		t.Error(err)
	}
	if m.streams.Load() != 0 || m.puts.Load() != 1 {
		t.Errorf("%d streams, %d puts", m.streams.Load(), m.puts.Load())
	}
}

// withoutStreams is what gRPC says for a member that does not know streams.
func withoutStreams(serverStream) error {
	return status.Error(codes.Unimplemented, "unknown method Stream")
}

func TestAMemberThatKnowsNoStreams(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	m.script(func(m *member) { m.stream = withoutStreams })
	c := newClient(t, []string{m.address})
	for range 3 {
		if _, err := c.Put(within(t, 10*time.Second), "k", nil); err != nil {
			t.Error(err)
		}
		if r, err := c.Get(within(t, 10*time.Second), "k"); err != nil || string(r.KV.Value) != "n1" {
			t.Errorf("%v, %v", r, err)
		}
	}
	if m.streams.Load() != 1 || m.puts.Load() != 3 || m.gets.Load() != 3 {
		t.Errorf("%d streams, %d puts, %d gets", m.streams.Load(), m.puts.Load(), m.gets.Load())
	}
}

// ending is a stream that takes messages until it has so many calls, and then ends
// with an error.
func ending(calls int, err error) func(serverStream) error {
	return func(s serverStream) error {
		for n := 0; n < calls; {
			m, err := s.Recv()
			if err != nil {
				return err
			}
			n += len(m.GetCalls())
		}
		return err
	}
}

func TestHowCallsOfABrokenStreamEnd(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		end     error
		outcome client.Outcome
		is      error
	}{
		"lost":     {status.Error(codes.Unavailable, "gone"), client.Unknown, client.ErrLostConnection},
		"no error": {nil, client.Unknown, client.ErrLostConnection},
		"stopping": {kverr.ToStatus(kverr.ErrStopping), client.NotDone, client.ErrStopping},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMember(t, "n1")
			m.script(func(m *member) { m.stream = ending(1, tt.end) })
			c := newClient(t, []string{m.address})
			_, err := c.Put(within(t, 2*time.Second), "k", nil)
			if client.OutcomeOf(err) != tt.outcome {
				t.Errorf("%v, %v", err, client.OutcomeOf(err))
			}
			if tt.outcome == client.NotDone && !errors.Is(err, tt.is) {
				t.Errorf("%v", err)
			}
		})
	}
}

// A write that was on a stream when it broke is sent again on the next, and is done
// once; the member has done it, but nobody heard.
func TestABrokenStreamIsReplaced(t *testing.T) {
	t.Parallel()
	st, ms := newCluster(t, "n1")
	m := ms[0]
	m.script(func(m *member) {
		m.stream = func(s serverStream) error {
			request, err := s.Recv()
			if err != nil {
				return err
			}
			for _, c := range request.GetCalls() {
				m.answer(s.Context(), c)
			}
			m.script(func(m *member) { m.stream = nil })
			return status.Error(codes.Unavailable, "gone")
		}
	})
	c := newClient(t, []string{m.address})
	if r, err := c.Put(within(t, 10*time.Second), "k", nil); err != nil || r.Revision != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if st.executed != 1 || m.puts.Load() != 2 {
		t.Errorf("arrived %d times, executed %d times", m.puts.Load(), st.executed)
	}
}

// A call that could not be handed over since nobody reads is surely not done.
func TestACallThatWasNeverSentIsNotDone(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	m.script(func(m *member) {
		m.stream = func(s serverStream) error { <-s.Context().Done(); return nil }
	})
	c := newClient(t, []string{m.address})
	value := make([]byte, 900<<10) // flow control stops the stream soon
	outcomes := make(chan client.Outcome, 20)
	for range cap(outcomes) {
		go func() {
			_, err := c.Put(within(t, 3*time.Second), "k", value)
			outcomes <- client.OutcomeOf(err)
		}()
	}
	notDone := 0
	for range cap(outcomes) {
		if <-outcomes == client.NotDone {
			notDone++
		}
	}
	if notDone == 0 || notDone == cap(outcomes) {
		t.Errorf("%d of %d calls surely not done: some were sent, and some were not", notDone, cap(outcomes))
	}
}

func TestACanceledCallIsCanceledAtTheMember(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	begun, ended := make(chan struct{}), make(chan struct{})
	m.script(func(m *member) {
		m.put = func(ctx context.Context) (*kvv1.PutResponse, error) {
			close(begun)
			<-ctx.Done()
			close(ended)
			return nil, ctx.Err()
		}
	})
	c := newClient(t, []string{m.address})
	ctx, cancel := context.WithCancel(within(t, 20*time.Second))
	failed := make(chan error, 1)
	value := []byte("mine again after Put has returned")
	go func() {
		_, err := c.Put(ctx, "k", value)
		value[0]++
		failed <- err
	}()
	<-begun
	cancel()
	if err := <-failed; !errors.Is(err, client.ErrCanceled) || client.OutcomeOf(err) != client.Unknown {
		t.Errorf("%v", err)
	}
	<-ended
	if _, err := c.Get(within(t, 10*time.Second), "k"); err != nil {
		t.Errorf("the stream goes on: %v", err)
	}
	if m.streams.Load() != 1 || m.canceled.Load() != 1 {
		t.Errorf("%d streams, %d cancellations", m.streams.Load(), m.canceled.Load())
	}
}

// A value that is too large breaks no stream: it travels by itself.
func TestALargeCallTravelsByItself(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	c := newClient(t, []string{m.address})
	if _, err := c.Put(within(t, 10*time.Second), "k", make([]byte, 2<<20)); err != nil {
		t.Error(err)
	}
	if m.streams.Load() != 0 || m.puts.Load() != 1 {
		t.Errorf("%d streams, %d puts", m.streams.Load(), m.puts.Load())
	}
}

// An answer of another kind, or to nobody, does no harm.
func TestStrangeAnswers(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	m.script(func(m *member) {
		m.stream = func(s serverStream) error {
			for {
				request, err := s.Recv()
				if err != nil {
					return err
				}
				for _, c := range request.GetCalls() {
					s.Send(&kvv1.StreamResponse{Answers: []*kvv1.Answer{
						{Id: c.GetId() + 5}, {Id: c.GetId(), Result: &kvv1.Answer_Failure{Failure: &kvv1.Failure{Text: "odd"}}}, {Id: c.GetId()},
					}})
				}
			}
		}
	})
	c := newClient(t, []string{m.address})
	if _, err := c.Get(within(t, 10*time.Second), "k"); !errors.Is(err, client.ErrInternal) {
		t.Errorf("%v", err)
	}
}
