package kverr_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// failing answers every Get by the error the test sets.
type failing struct {
	kvv1.UnimplementedKVServer
	err func() error
}

func (f *failing) Get(context.Context, *kvv1.GetRequest) (*kvv1.GetResponse, error) {
	return nil, f.err()
}

// across returns the function that sends an error over a real gRPC connection.
func across(t *testing.T) func(error) error {
	t.Helper()
	l := bufconn.Listen(1 << 16)
	f := new(failing)
	s := grpc.NewServer()
	kvv1.RegisterKVServer(s, f)
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	cc, err := grpc.NewClient("passthrough:///x", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cc.Close(); s.Stop(); <-served })
	return func(e error) error {
		f.err = func() error { return e }
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_, err := kvv1.NewKVClient(cc).Get(ctx, &kvv1.GetRequest{})
		return err
	}
}

func TestEverySentinelCrossesTheWire(t *testing.T) {
	t.Parallel()
	send := across(t)
	if len(kverr.Dictionary()) < 25 {
		t.Fatalf("dictionary has only %d entries", len(kverr.Dictionary()))
	}
	for reason, entry := range kverr.Dictionary() {
		sent := entry.WithCause(fmt.Errorf("because of %s", reason)).
			WithLeader(kverr.Leader{Name: "n2", Address: "localhost:8081", Term: 7}).
			WithRetryAfter(1500 * time.Millisecond).WithRevision(7).WithAppliedIndex(9)
		direct := kverr.FromStatus(send(kverr.ToStatus(sent)))
		// The second hop: a follower hands on what the leader answered.
		forwarded := kverr.FromStatus(send(kverr.ToStatus(send(kverr.ToStatus(sent)))))
		// On a stream a call's status is a part of its answer.
		streamed := kverr.FromFailure(kverr.ToFailure(send(kverr.ToStatus(sent))))
		for hop, got := range map[string]*kverr.Error{"direct": direct, "forwarded": forwarded, "streamed": streamed} {
			for other, e := range kverr.Dictionary() {
				if errors.Is(got, e) != (other == reason) {
					t.Errorf("%s %s: errors.Is %s = %v", hop, reason, other, other != reason)
				}
			}
			if got.Code != entry.Code || got.Outcome != entry.Outcome || got.RetryAfter != 1500*time.Millisecond {
				t.Errorf("%s %s: got code %v, outcome %v, retry after %v", hop, reason, got.Code, got.Outcome, got.RetryAfter)
			}
			if got.Error() != sent.Error() {
				t.Errorf("%s %s: text %q, want %q", hop, reason, got.Error(), sent.Error())
			}
			if got.Revision != 7 || got.AppliedIndex != 9 {
				t.Errorf("%s %s: revision %d, applied index %d", hop, reason, got.Revision, got.AppliedIndex)
			}
			if got.Leader == nil || *got.Leader != *sent.Leader {
				t.Errorf("%s %s: leader %v", hop, reason, got.Leader)
			}
		}
	}
}

func TestUnavailableAndRetryableEntriesAreNotDone(t *testing.T) {
	t.Parallel()
	for reason, e := range kverr.Dictionary() {
		retryable := e.Code == codes.Unavailable || e.Code == codes.ResourceExhausted
		if retryable && e.Outcome != kverr.NotDone {
			t.Errorf("%s: a client would send a write again whose outcome is unknown", reason)
		}
	}
}

func TestStrangersErrors(t *testing.T) {
	t.Parallel()
	send := across(t)
	detailed := func(c codes.Code, d *kvv1.ErrorDetail) error {
		s, err := status.New(c, "text").WithDetails(d)
		if err != nil {
			t.Fatal(err)
		}
		return s.Err()
	}
	foreign, err := status.New(codes.Unavailable, "text").WithDetails(&kvv1.KeyValue{Key: []byte("k")})
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		send    error
		is      error
		outcome kverr.Outcome
	}{
		"unavailable without detail": {status.Error(codes.Unavailable, "x"), kverr.ErrLostConnection, kverr.Unknown},
		"another detail":             {foreign.Err(), kverr.ErrLostConnection, kverr.Unknown},
		"unimplemented":              {status.Error(codes.Unimplemented, "x"), kverr.ErrNotKV, kverr.NotDone},
		"deadline":                   {status.Error(codes.DeadlineExceeded, "x"), kverr.ErrTimeout, kverr.Unknown},
		"canceled":                   {status.Error(codes.Canceled, "x"), kverr.ErrCanceled, kverr.Unknown},
		"invalid":                    {status.Error(codes.InvalidArgument, "x"), kverr.ErrInvalid, kverr.NotDone},
		"message too large":          {status.Error(codes.ResourceExhausted, "x"), kverr.ErrInvalid, kverr.Unknown},
		"data loss":                  {status.Error(codes.DataLoss, "x"), kverr.ErrInternal, kverr.Unknown},
		"plain error":                {errors.New("x"), kverr.ErrInternal, kverr.Unknown},
		"unspecified outcome":        {detailed(codes.Unavailable, &kvv1.ErrorDetail{Reason: "NEW"}), &kverr.Error{Reason: "NEW"}, kverr.Unknown},
		"outcome out of range":       {detailed(codes.Unavailable, &kvv1.ErrorDetail{Reason: "NEW", Outcome: 99}), &kverr.Error{Reason: "NEW"}, kverr.Unknown},
		"reason of a later version":  {detailed(codes.Unavailable, &kvv1.ErrorDetail{Reason: "NEW", Outcome: 1}), &kverr.Error{Reason: "NEW"}, kverr.NotDone},
	}
	for name, tt := range tests {
		got := kverr.FromStatus(send(kverr.ToStatus(tt.send)))
		if !errors.Is(got, tt.is) || got.Outcome != tt.outcome {
			t.Errorf("%s: got %s %q, outcome %v", name, got.Reason, got, got.Outcome)
		}
	}
}

func TestHostileRetryAfterIsBounded(t *testing.T) {
	t.Parallel()
	for _, ms := range []uint64{60_001, math.MaxInt64, math.MaxUint64, math.MaxUint64/1_000_000 + 1} {
		s, err := status.New(codes.ResourceExhausted, "x").WithDetails(&kvv1.ErrorDetail{Reason: "OVERLOADED", Outcome: 1, RetryAfterMs: ms})
		if err != nil {
			t.Fatal(err)
		}
		if got := kverr.FromStatus(s.Err()).RetryAfter; got != time.Minute {
			t.Errorf("%d ms: retry after %v", ms, got)
		}
	}
	neg := kverr.FromStatus(kverr.ToStatus(kverr.ErrOverloaded.WithRetryAfter(-time.Second)))
	if neg.RetryAfter != 0 {
		t.Errorf("a negative wait became %v", neg.RetryAfter)
	}
}

func TestSentinelsAreNotChangedByTheirCopies(t *testing.T) {
	t.Parallel()
	before := *kverr.ErrNotLeader
	_ = kverr.ErrNotLeader.Withf("x").WithCause(errors.New("y")).WithLeader(kverr.Leader{Name: "z"}).WithRetryAfter(1)
	if *kverr.ErrNotLeader != before {
		t.Error("ErrNotLeader changed")
	}
	if kverr.ToStatus(nil) != nil || kverr.FromStatus(nil) != nil || kverr.From(nil) != nil {
		t.Error("nil did not stay nil")
	}
}

func TestContextErrors(t *testing.T) {
	t.Parallel()
	wrapped := fmt.Errorf("wait: %w", context.DeadlineExceeded)
	if got := kverr.FromStatus(kverr.ToStatus(wrapped)); !errors.Is(got, kverr.ErrTimeout) {
		t.Errorf("got %s", got.Reason)
	}
	if got := kverr.FromStatus(kverr.ToStatus(context.Canceled)); !errors.Is(got, kverr.ErrCanceled) {
		t.Errorf("got %s", got.Reason)
	}
	// A dictionary's entry inside another error counts, whatever surrounds it.
	if got := kverr.From(fmt.Errorf("put: %w", kverr.ErrOverloaded)); !errors.Is(got, kverr.ErrOverloaded) {
		t.Errorf("got %s", got.Reason)
	}
	// A forwarded call's status may be wrapped on the way.
	in := fmt.Errorf("ask leader: %w", kverr.ToStatus(kverr.ErrNoQuorum))
	if got := kverr.FromStatus(kverr.ToStatus(in)); !errors.Is(got, kverr.ErrNoQuorum) || got.Outcome != kverr.NotDone {
		t.Errorf("got %s", got.Reason)
	}
}

func TestStrangeFailures(t *testing.T) {
	t.Parallel()
	for want, f := range map[error]*kvv1.Failure{
		kverr.ErrInternal:       {Text: "no code"},
		kverr.ErrTimeout:        {Code: uint32(codes.DeadlineExceeded)},
		kverr.ErrLostConnection: {Code: uint32(codes.Unavailable)},
	} {
		if e := kverr.FromFailure(f); !errors.Is(e, want) || e.Outcome != kverr.Unknown {
			t.Errorf("%v: %v, %v", f, e, e.Outcome)
		}
	}
	if e := kverr.FromFailure(nil); !errors.Is(e, kverr.ErrInternal) {
		t.Errorf("none: %v", e)
	}
}

func FuzzFromStatus(f *testing.F) {
	f.Add(uint32(14), "NOT_LEADER", int32(1), "n1", "a:1", uint64(5))
	f.Add(uint32(0), "", int32(-1), "", "", uint64(math.MaxUint64))
	f.Fuzz(func(t *testing.T, code uint32, reason string, outcome int32, name, addr string, wait uint64) {
		s, err := status.New(codes.Code(code), "x").WithDetails(&kvv1.ErrorDetail{
			Reason: reason, Outcome: kvv1.Outcome(outcome), Leader: &kvv1.Leader{Name: name, Address: addr}, RetryAfterMs: wait,
		})
		if err != nil || s.Err() == nil {
			return
		}
		e := kverr.FromStatus(s.Err())
		if e.RetryAfter < 0 || e.RetryAfter > time.Minute {
			t.Errorf("retry after %v", e.RetryAfter)
		}
		if (e.Outcome == kverr.NotDone) != (outcome == 1) {
			t.Errorf("outcome %d became %v", outcome, e.Outcome)
		}
	})
}

// What an entry comes of does not take its place, not even when that is a status.
func TestACauseDoesNotTakeThePlaceOfItsEntry(t *testing.T) {
	t.Parallel()
	err := kverr.ErrNoQuorum.WithCause(status.Error(codes.Canceled, "the context is over"))
	for what, got := range map[string]*kverr.Error{
		"status":  kverr.FromStatus(kverr.ToStatus(err)),
		"failure": kverr.FromFailure(kverr.ToFailure(err)),
		"itself":  kverr.FromStatus(err),
	} {
		if !errors.Is(got, kverr.ErrNoQuorum) || got.Outcome != kverr.NotDone {
			t.Errorf("as a %s: %s, %v", what, got.Reason, got.Outcome)
		}
	}
}
