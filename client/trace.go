package client

import (
	"context"
	"time"

	kvv1 "kv/proto/kv/v1"
)

// TraceKind is a step in the life of a log entry.
type TraceKind string

// The steps. Those of a leader come first, then those of all members.
const (
	TraceQueued    TraceKind = "queued"    // the leader has the write
	TraceProposed  TraceKind = "proposed"  // it has made an entry of it, alone or with others
	TraceSent      TraceKind = "sent"      // to Peer
	TraceConfirmed TraceKind = "confirmed" // Peer has it on its disk
	TraceAnswered  TraceKind = "answered"  // the leader's answer
	TraceReceived  TraceKind = "received"  // from Peer, the leader
	TraceWritten   TraceKind = "written"   // it is in the log
	TraceDurable   TraceKind = "durable"   // and on the disk
	TraceCommitted TraceKind = "committed" // the member takes it for committed
	TraceApplied   TraceKind = "applied"   // it is in the member's state
)

var traceKinds = map[kvv1.TraceKind]TraceKind{
	kvv1.TraceKind_TRACE_KIND_QUEUED:    TraceQueued,
	kvv1.TraceKind_TRACE_KIND_PROPOSED:  TraceProposed,
	kvv1.TraceKind_TRACE_KIND_WRITTEN:   TraceWritten,
	kvv1.TraceKind_TRACE_KIND_DURABLE:   TraceDurable,
	kvv1.TraceKind_TRACE_KIND_SENT:      TraceSent,
	kvv1.TraceKind_TRACE_KIND_CONFIRMED: TraceConfirmed,
	kvv1.TraceKind_TRACE_KIND_RECEIVED:  TraceReceived,
	kvv1.TraceKind_TRACE_KIND_COMMITTED: TraceCommitted,
	kvv1.TraceKind_TRACE_KIND_APPLIED:   TraceApplied,
	kvv1.TraceKind_TRACE_KIND_ANSWERED:  TraceAnswered,
}

// TraceStep is a step of the log entries from First to Last.
type TraceStep struct {
	Kind        TraceKind
	First, Last uint64
	Time        time.Time // by the member's clock
	Peer        string
	// FirstRevision and LastRevision, of queued, proposed and answered, are those that
	// the write has made; 0 if it made none.
	FirstRevision, LastRevision uint64
}

// Trace is what a member has done with its log entries since a trace was begun.
type Trace struct {
	Header
	Steps []TraceStep
	// Dropped is how many steps there was no room for.
	Dropped uint64
	// Now is the member's clock when it told this, and Ahead how far that is ahead of
	// this process's clock, as far as the way of the answer allows to say.
	Now   time.Time
	Ahead time.Duration
}

// Trace has a member, a name or client address, note for a time what it does with each
// log entry, at most for a minute, and forget what it noted before; with 0 it only
// returns what was noted. While it notes, each entry costs the member some
// microseconds. Errors: those of Log.
func (c *Client) Trace(ctx context.Context, at string, begin time.Duration) (Trace, error) {
	var resp *kvv1.TraceResponse
	var asked time.Time
	err := c.inspect(ctx, at, func(ctx context.Context, cl kvv1.ClusterClient) (_ *kvv1.Header, err error) {
		asked = time.Now()
		resp, err = cl.Trace(ctx, &kvv1.TraceRequest{BeginMs: uint64(begin.Milliseconds())})
		return resp.GetHeader(), err
	})
	if err != nil {
		return Trace{}, err
	}
	took := time.Since(asked)
	t := Trace{Header: headerOf(resp.GetHeader()), Dropped: resp.GetDropped(), Now: time.Unix(0, resp.GetWallNs())}
	if off := t.Now.Sub(asked.Add(took / 2)); off.Abs() > took/2 {
		t.Ahead = off // more than the way can explain
	}
	for _, s := range resp.GetSteps() {
		t.Steps = append(t.Steps, TraceStep{Kind: traceKinds[s.GetKind()], First: s.GetFirstIndex(), Last: s.GetLastIndex(), Time: time.Unix(0, s.GetWallNs()),
			Peer: s.GetPeer(), FirstRevision: s.GetFirstRevision(), LastRevision: s.GetLastRevision()})
	}
	return t, nil
}
