package rpc_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"kv/node/rpc"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// streaming is a Backend for the calls of streams: it answers a Get by its key, and
// leaves the writes to the test.
type streaming struct {
	rpc.Backend
	cluster string
	write   func(calls []*rpc.Call, finish func([]*rpc.Call)) []*rpc.Call
	read    func(ctx context.Context, calls []*rpc.Call)
	put     func(context.Context, *kvv1.PutRequest) (*kvv1.PutResponse, error)
}

func (b *streaming) ClusterID() string { return b.cluster }

func (b *streaming) Header() *kvv1.Header { return &kvv1.Header{Member: "n1", Term: 3} }

func (b *streaming) Put(ctx context.Context, r *kvv1.PutRequest) (*kvv1.PutResponse, error) {
	return b.put(ctx, r)
}

func (b *streaming) WriteMany(calls []*rpc.Call, finish func([]*rpc.Call)) []*rpc.Call {
	if b.write == nil {
		return calls
	}
	return b.write(calls, finish)
}

func (b *streaming) ReadMany(ctx context.Context, _ kvv1.Consistency, calls []*rpc.Call) {
	if b.read != nil {
		b.read(ctx, calls)
		return
	}
	for _, c := range calls {
		c.Answer.Revision = 7
		c.Answer.Result = &kvv1.Answer_Get{Get: &kvv1.GetResponse{Kv: &kvv1.KeyValue{Key: c.Request.GetGet().GetKey()}}}
	}
}

// accepting answers writes at once.
func accepting(calls []*rpc.Call, finish func([]*rpc.Call)) []*rpc.Call {
	for _, c := range calls {
		if c.Take() {
			c.Answer.Result = &kvv1.Answer_Put{Put: &kvv1.PutResponse{}}
			finish([]*rpc.Call{c})
		}
	}
	return nil
}

type clientStream = grpc.BidiStreamingClient[kvv1.StreamRequest, kvv1.StreamResponse]

func openStream(t *testing.T, cfg rpc.Config) (*rpc.Server, clientStream) {
	t.Helper()
	s, cc := newServer(t, cfg)
	stream, err := kvv1.NewKVClient(cc).Stream(newContext(t))
	if err != nil {
		t.Fatal(err)
	}
	return s, stream
}

func putCall(id uint64, key string) *kvv1.Call {
	return &kvv1.Call{Id: id, Request: &kvv1.Call_Put{Put: &kvv1.PutRequest{Key: []byte(key)}}}
}

func getCall(id uint64, key string, level kvv1.Consistency) *kvv1.Call {
	return &kvv1.Call{Id: id, Request: &kvv1.Call_Get{Get: &kvv1.GetRequest{Key: []byte(key), Consistency: level}}}
}

func sendCalls(t *testing.T, stream clientStream, calls ...*kvv1.Call) {
	t.Helper()
	if err := stream.Send(&kvv1.StreamRequest{Calls: calls}); err != nil {
		t.Fatal(err)
	}
}

// answers receives so many answers, by the ids of their calls.
func answers(t *testing.T, stream clientStream, n int) map[uint64]*kvv1.Answer {
	t.Helper()
	got := map[uint64]*kvv1.Answer{}
	for len(got) < n {
		m, err := stream.Recv()
		if err != nil {
			t.Fatalf("after %d of %d answers: %v", len(got), n, err)
		}
		if h := m.GetHeader(); h.GetMember() != "n1" || h.GetTerm() != 3 {
			t.Errorf("header %v", h)
		}
		for _, a := range m.GetAnswers() {
			if got[a.GetId()] != nil {
				t.Errorf("call %d is answered twice", a.GetId())
			}
			got[a.GetId()] = a
		}
	}
	return got
}

func failure(a *kvv1.Answer) *kverr.Error {
	if a.GetFailure() == nil {
		return kverr.ErrInternal.Withf("no failure: %v", a)
	}
	return kverr.FromFailure(a.GetFailure())
}

func TestStreamAnswersEachCallByItsOwn(t *testing.T) {
	t.Parallel()
	_, stream := openStream(t, rpc.Config{Backend: &streaming{write: accepting}})
	sendCalls(t, stream,
		putCall(1, "a"), getCall(2, "b", kvv1.Consistency_CONSISTENCY_LINEARIZABLE), putCall(3, ""),
		getCall(4, "c", kvv1.Consistency_CONSISTENCY_STALE), &kvv1.Call{Id: 5}, getCall(6, "", 0))
	got := answers(t, stream, 6)
	if got[1].GetPut() == nil || string(got[2].GetGet().GetKv().GetKey()) != "b" || got[2].GetRevision() != 7 || string(got[4].GetGet().GetKv().GetKey()) != "c" {
		t.Errorf("%v", got)
	}
	for id, want := range map[uint64]error{3: kverr.ErrEmptyKey, 5: kverr.ErrInvalid, 6: kverr.ErrEmptyKey} {
		if e := failure(got[id]); !errors.Is(e, want) || e.Outcome != kverr.NotDone {
			t.Errorf("call %d: %v", id, e)
		}
	}
	if err := stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}

// The writes of a message reach the Backend together and in their order; its gets
// together.
func TestStreamKeepsMessagesTogether(t *testing.T) {
	t.Parallel()
	var order []string
	b := &streaming{write: func(calls []*rpc.Call, finish func([]*rpc.Call)) []*rpc.Call {
		if len(calls) != 100 {
			t.Errorf("%d writes", len(calls))
		}
		for _, c := range calls {
			order = append(order, string(c.Request.GetPut().GetKey()))
		}
		return accepting(calls, finish)
	}}
	_, stream := openStream(t, rpc.Config{Backend: b})
	var calls []*kvv1.Call
	var want []string
	for i := range uint64(100) {
		want = append(want, strings.Repeat("k", int(i)+1))
		calls = append(calls, putCall(i+1, want[i]))
	}
	sendCalls(t, stream, calls...)
	answers(t, stream, 100)
	if !slices.Equal(order, want) {
		t.Errorf("%q", order)
	}
}

func TestStreamMakesUnaryCallsOfTheRest(t *testing.T) {
	t.Parallel()
	b := &streaming{put: func(ctx context.Context, r *kvv1.PutRequest) (*kvv1.PutResponse, error) {
		if string(r.GetKey()) == "refused" {
			return nil, kverr.ErrNoLeader
		}
		return &kvv1.PutResponse{Header: &kvv1.Header{Member: "n2", Revision: 9}}, nil
	}}
	_, stream := openStream(t, rpc.Config{Backend: b})
	sendCalls(t, stream, putCall(1, "k"), putCall(2, "refused"))
	got := answers(t, stream, 2)
	if h := got[1].GetPut().GetHeader(); h.GetMember() != "n2" || h.GetRevision() != 9 {
		t.Errorf("an answer of another member: %v", got[1])
	}
	if e := failure(got[2]); !errors.Is(e, kverr.ErrNoLeader) {
		t.Errorf("%v", e)
	}
}

func TestStreamOfAnotherClusterIsRefused(t *testing.T) {
	t.Parallel()
	_, stream := openStream(t, rpc.Config{Backend: &streaming{cluster: "ours", write: accepting}})
	if err := stream.Send(&kvv1.StreamRequest{ClusterId: "theirs", Calls: []*kvv1.Call{putCall(1, "k")}}); err != nil {
		t.Fatal(err)
	}
	if e := failure(answers(t, stream, 1)[1]); !errors.Is(e, kverr.ErrClusterMismatch) || e.Outcome != kverr.NotDone {
		t.Errorf("%v", e)
	}
}

func TestStreamCallsEndByTheirDeadline(t *testing.T) {
	t.Parallel()
	var held []*rpc.Call
	var finishAll func([]*rpc.Call)
	b := &streaming{
		write: func(calls []*rpc.Call, finish func([]*rpc.Call)) []*rpc.Call {
			held, finishAll = calls, finish
			calls[1].Take()
			return nil
		},
		read: func(ctx context.Context, calls []*rpc.Call) {
			<-ctx.Done()
			calls[0].Fail(ctx.Err())
		},
	}
	_, stream := openStream(t, rpc.Config{Backend: b})
	calls := []*kvv1.Call{putCall(1, "waits"), putCall(2, "taken"), getCall(3, "k", 0), putCall(4, "stays")}
	for _, c := range calls[:3] {
		c.TimeoutMs = 20
	}
	sendCalls(t, stream, calls...)
	got := answers(t, stream, 3)
	for id, want := range map[uint64]kverr.Outcome{1: kverr.NotDone, 2: kverr.Unknown} {
		if e := failure(got[id]); !errors.Is(e, kverr.ErrTimeout) || e.Outcome != want {
			t.Errorf("call %d: %v, %v", id, e, e.Outcome)
		}
	}
	if e := failure(got[3]); !errors.Is(e, kverr.ErrTimeout) {
		t.Errorf("a get: %v", e)
	}
	if held[0].Take() {
		t.Error("a call that has timed out can still be done")
	}
	finishAll(held[1:2]) // too late: nobody hears of it
	held[3-1].Take()
	held[3-1].Answer.Result = &kvv1.Answer_Put{Put: &kvv1.PutResponse{Lease: 4}}
	finishAll(held[3-1:])
	if a := answers(t, stream, 1)[4]; a.GetPut().GetLease() != 4 {
		t.Errorf("%v", a)
	}
}

func TestStreamCancel(t *testing.T) {
	t.Parallel()
	begun, ended := make(chan struct{}), make(chan struct{})
	b := &streaming{put: func(ctx context.Context, _ *kvv1.PutRequest) (*kvv1.PutResponse, error) {
		close(begun)
		<-ctx.Done()
		close(ended)
		return nil, ctx.Err()
	}}
	_, stream := openStream(t, rpc.Config{Backend: b})
	sendCalls(t, stream, putCall(1, "k"))
	<-begun
	sendCalls(t, stream, &kvv1.Call{Id: 1, Request: &kvv1.Call_Cancel{Cancel: true}}, &kvv1.Call{Id: 9, Request: &kvv1.Call_Cancel{Cancel: true}})
	<-ended
	sendCalls(t, stream, getCall(1, "again", 0)) // the id is free again
	if a := answers(t, stream, 1)[1]; string(a.GetGet().GetKv().GetKey()) != "again" {
		t.Errorf("%v", a)
	}
}

func TestStreamCountsAgainstTheBounds(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var held []*rpc.Call
	var finishAll func([]*rpc.Call)
	b := &streaming{write: func(calls []*rpc.Call, finish func([]*rpc.Call)) []*rpc.Call {
		mu.Lock()
		defer mu.Unlock()
		held, finishAll = append(held, calls...), finish
		return nil
	}}
	_, stream := openStream(t, rpc.Config{Backend: b, Pressure: rpc.NewPressure(rpc.Bounds{ConnRequests: 3})})
	sendCalls(t, stream, putCall(1, "k"), putCall(2, "k"), putCall(3, "k"), putCall(4, "k"))
	if e := failure(answers(t, stream, 1)[4]); !errors.Is(e, kverr.ErrOverloaded) || e.Outcome != kverr.NotDone || e.RetryAfter <= 0 {
		t.Errorf("%v", e)
	}
	sendCalls(t, stream, &kvv1.Call{Id: 1, Request: &kvv1.Call_Cancel{Cancel: true}}, putCall(5, "k"), putCall(6, "k"))
	if e := failure(answers(t, stream, 1)[6]); !errors.Is(e, kverr.ErrOverloaded) {
		t.Errorf("%v", e)
	}
	mu.Lock()
	defer mu.Unlock()
	accepting(held, finishAll)
	answers(t, stream, 3)
}

// At the end of the member the calls it has begun are answered, and then the stream
// says why it ends: what is not answered was not begun.
func TestStreamEndsWithItsServer(t *testing.T) {
	t.Parallel()
	begun := make(chan func(), 1)
	b := &streaming{write: func(calls []*rpc.Call, finish func([]*rpc.Call)) []*rpc.Call {
		begun <- func() { accepting(calls, finish) }
		return nil
	}}
	s, stream := openStream(t, rpc.Config{Backend: b})
	sendCalls(t, stream, putCall(1, "k"))
	answer := <-begun
	ended := make(chan error, 1)
	ctx := newContext(t)
	go func() { ended <- s.Shutdown(ctx) }()
	answer()
	answers(t, stream, 1)
	_, err := stream.Recv()
	if e := kverr.FromStatus(err); !errors.Is(e, kverr.ErrStopping) || e.Outcome != kverr.NotDone {
		t.Errorf("%v", err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestStreamEndsAtIdsThatCannotBe(t *testing.T) {
	t.Parallel()
	hold := func([]*rpc.Call, func([]*rpc.Call)) []*rpc.Call { return nil }
	for name, calls := range map[string][]*kvv1.Call{
		"zero":  {putCall(0, "k")},
		"twice": {putCall(1, "k"), putCall(1, "k")},
		"bad":   {putCall(1, ""), putCall(2, "k"), putCall(2, "")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, stream := openStream(t, rpc.Config{Backend: &streaming{write: hold}})
			sendCalls(t, stream, putCall(7, "k"))
			sendCalls(t, stream, calls...)
			_, err := stream.Recv()
			if e := kverr.FromStatus(err); !errors.Is(e, kverr.ErrInvalid) || e.Outcome != kverr.Unknown {
				t.Errorf("%v, %v", err, kverr.FromStatus(err).Outcome)
			}
		})
	}
}

func TestStreamPanicsEndTheirCallsOnly(t *testing.T) {
	t.Parallel()
	var log syncBuffer
	b := &streaming{
		write: func(calls []*rpc.Call, finish func([]*rpc.Call)) []*rpc.Call {
			accepting(calls[:1], finish)
			panic("of a write")
		},
		read: func(context.Context, []*rpc.Call) { panic("of a read") },
	}
	_, stream := openStream(t, rpc.Config{Backend: b, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	sendCalls(t, stream, putCall(1, "k"), putCall(2, "k"))
	sendCalls(t, stream, getCall(3, "k", 0)) // a panic may end all calls of its message
	got := answers(t, stream, 3)
	if got[1].GetPut() == nil {
		t.Errorf("answered before the panic: %v", got[1])
	}
	for _, id := range []uint64{2, 3} {
		if e := failure(got[id]); !errors.Is(e, kverr.ErrInternal) || e.Outcome != kverr.Unknown || strings.Contains(e.Error(), "of a") {
			t.Errorf("call %d: %v", id, e)
		}
	}
	for _, want := range []string{"of a write", "of a read"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q", want)
		}
	}
}

func TestStreamCutsAnswersIntoMessages(t *testing.T) {
	t.Parallel()
	b := &streaming{read: func(_ context.Context, calls []*rpc.Call) {
		for _, c := range calls {
			c.Answer.Result = &kvv1.Answer_Get{Get: &kvv1.GetResponse{Kv: &kvv1.KeyValue{Value: make([]byte, 700<<10)}}}
		}
	}}
	_, stream := openStream(t, rpc.Config{Backend: b})
	var calls []*kvv1.Call
	for i := range uint64(10) {
		calls = append(calls, getCall(i+1, "k", 0))
	}
	sendCalls(t, stream, calls...)
	if got := answers(t, stream, 10); len(got) != 10 { // the client takes messages of 4 MiB at most
		t.Errorf("%d answers", len(got))
	}
}

// FuzzStreamMessage sends a message of any bytes: the member answers each call that
// is in it once, or ends the stream.
func FuzzStreamMessage(f *testing.F) {
	for _, m := range []*kvv1.StreamRequest{
		{}, {ClusterId: "x"}, {Calls: []*kvv1.Call{{}}}, {Calls: []*kvv1.Call{putCall(1, "k"), getCall(2, "k", 9), {Id: 3}, {Id: 1}}},
		{Calls: []*kvv1.Call{{Id: 5, TimeoutMs: 1 << 63, Request: &kvv1.Call_Txn{Txn: &kvv1.TxnRequest{}}}, {Id: 5, Request: &kvv1.Call_Cancel{}}}},
	} {
		b, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m := new(kvv1.StreamRequest)
		if proto.Unmarshal(data, m) != nil {
			return
		}
		want := 0
		for _, c := range m.GetCalls() {
			if _, ok := c.GetRequest().(*kvv1.Call_Cancel); !ok {
				want++
			}
			c.TimeoutMs = max(c.GetTimeoutMs(), 1000) // else they may end before they are answered
		}
		b := &streaming{write: accepting}
		got, err := rpc.Exchange(b, m)
		if err == nil && len(got) != want {
			t.Errorf("%d answers to %d calls", len(got), want)
		}
	})
}
