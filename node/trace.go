package node

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"

	"kv/node/fsm"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

const (
	// maxTrace is how long a trace may go on, maxTraceSteps how many steps it keeps.
	maxTrace      = time.Minute
	maxTraceSteps = 20_000
)

// tracing is the switch of a trace: nil, and the one look at it is all that it costs,
// unless somebody has asked for one.
type tracing struct{ atomic.Pointer[trace] }

// trace is what a member does with its log entries for a while. Its methods may be
// called from any goroutine.
type trace struct {
	until time.Time

	mu      sync.Mutex
	steps   []*kvv1.TraceStep // guarded by mu
	dropped uint64            // guarded by mu
}

// queued is part of a proposal: when it was queued, if there is a trace.
type queued struct{ at time.Time }

func (q *queued) since() *time.Time { return &q.at }

// on returns the trace that is to be written, or nil.
func (t *tracing) on() *trace {
	tr := t.Load()
	if tr == nil || time.Now().After(tr.until) {
		return nil
	}
	return tr
}

// begin replaces the trace by a new one.
func (t *tracing) begin(d time.Duration) {
	t.Store(&trace{until: time.Now().Add(d)})
}

func (tr *trace) note(kind kvv1.TraceKind, at time.Time, first, last uint64, peer string) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.add(&kvv1.TraceStep{Kind: kind, WallNs: at.UnixNano(), FirstIndex: first, LastIndex: last, Peer: peer})
}

// add keeps a step. The caller holds mu.
func (tr *trace) add(s *kvv1.TraceStep) {
	if len(tr.steps) >= maxTraceSteps {
		tr.dropped++
		return
	}
	tr.steps = append(tr.steps, s)
}

// answered notes the life of a write on the leader: it was queued, its entry was handed
// to Raft at a time, and now it is answered.
func (tr *trace) answered(f *flight, pr proposal, results []fsm.Result) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	step := kvv1.TraceStep{FirstIndex: f.future.Index(), LastIndex: f.future.Index()}
	for i := range results {
		if r := results[i].Revision; r != 0 {
			step.FirstRevision, step.LastRevision = min(firstOf(step.FirstRevision, r), r), max(step.LastRevision, r)
		}
	}
	one := func(kind kvv1.TraceKind, at time.Time) {
		if !at.IsZero() {
			tr.add(&kvv1.TraceStep{Kind: kind, FirstIndex: step.FirstIndex, LastIndex: step.LastIndex, WallNs: at.UnixNano(),
				FirstRevision: step.FirstRevision, LastRevision: step.LastRevision})
		}
	}
	one(kvv1.TraceKind_TRACE_KIND_QUEUED, *pr.since())
	one(kvv1.TraceKind_TRACE_KIND_PROPOSED, f.launched)
	one(kvv1.TraceKind_TRACE_KIND_ANSWERED, time.Now())
}

// stored notes that entries are in the log, and when they are on the disk.
func (m *member) stored(logs []*raft.Log) {
	tr := m.tracing.on()
	if tr == nil || len(logs) == 0 {
		return
	}
	first, last := logs[0].Index, logs[len(logs)-1].Index
	tr.note(kvv1.TraceKind_TRACE_KIND_WRITTEN, time.Now(), first, last, "")
	m.spawn(func() {
		if m.log.Await(last, m.ctx.Done()) {
			tr.note(kvv1.TraceKind_TRACE_KIND_DURABLE, time.Now(), first, last, "")
		}
	})
}

// Sent implements transport.Observer.
func (m *member) Sent(peer raft.ServerID, first, last uint64) func(error) {
	tr := m.tracing.on()
	if tr == nil {
		return nil
	}
	tr.note(kvv1.TraceKind_TRACE_KIND_SENT, time.Now(), first, last, nameOf(peer))
	return func(err error) {
		if err == nil {
			tr.note(kvv1.TraceKind_TRACE_KIND_CONFIRMED, time.Now(), first, last, nameOf(peer))
		}
	}
}

// Received implements transport.Observer.
func (m *member) Received(peer raft.ServerID, first, last uint64) {
	if tr := m.tracing.on(); tr != nil {
		tr.note(kvv1.TraceKind_TRACE_KIND_RECEIVED, time.Now(), first, last, nameOf(peer))
	}
}

// applies notes that entries are committed; what it returns, unless that is nil, is to be
// called when they are applied.
func (t *tracing) applies(first, last uint64) (applied func()) {
	tr := t.on()
	if tr == nil {
		return nil
	}
	tr.note(kvv1.TraceKind_TRACE_KIND_COMMITTED, time.Now(), first, last, "")
	return func() { tr.note(kvv1.TraceKind_TRACE_KIND_APPLIED, time.Now(), first, last, "") }
}

// Trace implements rpc.Backend. Errors: ErrWaiting, ErrNoLeader while it starts,
// ErrStopping, ErrInvalid.
func (n *Node) Trace(_ context.Context, req *kvv1.TraceRequest) (*kvv1.TraceResponse, error) {
	if req.GetBeginMs() > uint64(maxTrace.Milliseconds()) {
		return nil, kverr.ErrInvalid.Withf("a trace of %d ms: %d are the most", req.GetBeginMs(), maxTrace.Milliseconds())
	}
	m, err := n.cluster()
	if err != nil {
		return nil, err
	}
	if req.GetBeginMs() > 0 {
		m.tracing.begin(time.Duration(req.GetBeginMs()) * time.Millisecond)
	}
	resp := &kvv1.TraceResponse{Header: m.header(m.machine.Revision())}
	if tr := m.tracing.Load(); tr != nil {
		tr.mu.Lock()
		resp.Steps, resp.Dropped = append(resp.Steps, tr.steps...), tr.dropped
		tr.mu.Unlock()
	}
	resp.WallNs = time.Now().UnixNano()
	return resp, nil
}
