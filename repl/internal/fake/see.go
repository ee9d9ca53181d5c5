package fake

import (
	"context"
	"iter"
	"time"

	"kv/client"
	"kv/proto/kverr"
	"kv/repl/data"
)

// began is when the cluster of the model began to record.
var began = time.Date(2026, 1, 2, 12, 3, 0, 0, time.UTC)

// recorded is what the members of the model have recorded: n2 followed n1, which was
// cut off. n3 does not answer.
var recorded = map[string][]client.Event{
	"n1": {
		{Kind: client.EventStarted, Reason: "kv 0.1"},
		{Time: began.Add(time.Second), Kind: client.EventRole, Role: client.RoleLeader, Term: 1, Reason: "elected by 2 of 3: itself, n3"},
		{Time: began.Add(4 * time.Second), Kind: client.EventFault, Reason: "isolate n1"},
		{Time: began.Add(5 * time.Second), Kind: client.EventQuorumLost, Term: 1, Reason: "it heard from no majority for 1.00 s"},
		{Time: began.Add(5 * time.Second), Kind: client.EventRole, Role: client.RoleFollower, Term: 1, Reason: "it heard from no majority for 1.00 s"},
	},
	"n2": {
		{Kind: client.EventStarted, Reason: "kv 0.1"},
		{Time: began.Add(4 * time.Second), Kind: client.EventFault, Reason: "isolate n1"},
		{Time: began.Add(5200 * time.Millisecond), Kind: client.EventRole, Role: client.RoleCandidate, Term: 2, Peer: "n1", Reason: "it had heard nothing from n1 for 1.20 s"},
		{Time: began.Add(5210 * time.Millisecond), Kind: client.EventVoteWon, Term: 2, Peer: "n3"},
		{Time: began.Add(5220 * time.Millisecond), Kind: client.EventRole, Role: client.RoleLeader, Term: 2, Reason: "elected by 2 of 3: itself, n3"},
	},
}

// Events implements see.Store. Who follows them sees the end of the stream.
func (f *Store) Events(ctx context.Context, member string, r client.EventsRequest) (iter.Seq2[client.EventPage, error], error) {
	if err := f.call(ctx); err != nil {
		return nil, err
	}
	defer f.mu.Unlock()
	events, ok := recorded[member]
	if !ok {
		return nil, kverr.ErrUnreachable
	}
	page := client.EventPage{Header: f.header(member), Recording: 1, Now: began.Add(10 * time.Second), Current: true}
	for i, e := range events {
		e.Member, e.Sequence = member, uint64(i+1)
		if e.Time.IsZero() {
			e.Time = began
		}
		if e.Sequence >= r.From && (r.Within == 0 || page.Now.Sub(e.Time) <= r.Within) {
			page.Events = append(page.Events, e)
		}
	}
	return func(yield func(client.EventPage, error) bool) { yield(page, nil) }, nil
}

// Log implements see.Store.
func (f *Store) Log(ctx context.Context, member string, r client.LogRequest) (client.Log, error) {
	if err := f.call(ctx); err != nil {
		return client.Log{}, err
	}
	defer f.mu.Unlock()
	if member == "n3" {
		return client.Log{}, kverr.ErrUnreachable
	}
	l := client.Log{Header: f.header(member), Role: client.RoleFollower, First: 1, Last: 12, Commit: 11, Applied: 10}
	if member == "n1" {
		l.Role, l.Match = client.RoleLeader, map[string]uint64{"n2": 12, "n3": 0}
	}
	first, last := max(r.From, 1), l.Last
	if r.To > 0 {
		last = min(last, r.To)
	}
	if n := uint64(r.Limit); n > 0 && last >= n {
		first = max(first, last-n+1)
	}
	for i := first; i <= last; i++ {
		e := client.LogEntry{Index: i, Term: 1 + i/6, Kind: "command", Size: 10 * i, Commands: 1, Summary: "put color"}
		if i == 1 {
			e.Kind, e.Commands, e.Summary = "configuration", 0, "n1"
		}
		l.Entries = append(l.Entries, e)
	}
	return l, nil
}

// Settings implements see.Store.
func (f *Store) Settings(ctx context.Context, member string) (client.Settings, error) {
	if err := f.call(ctx); err != nil {
		return client.Settings{}, err
	}
	defer f.mu.Unlock()
	h := f.header(member)
	return client.Settings{Header: h, Self: client.Member{Name: h.Member},
		All: []client.Setting{{Name: "heartbeat-timeout", Value: "1s", Note: "silence after which a follower stands"}, {Name: "quota", Value: "2 GiB"}}}, nil
}

// Trace implements see.Store. The model notes nothing unless it is Tracing.
func (f *Store) Trace(ctx context.Context, member string, _ time.Duration) (client.Trace, error) {
	if err := f.call(ctx); err != nil {
		return client.Trace{}, err
	}
	defer f.mu.Unlock()
	return client.Trace{Header: f.header(member), Steps: f.traced[member]}, nil
}

// PutTraced implements see.Store.
func (f *Store) PutTraced(ctx context.Context, key string, value []byte) (client.Header, error) {
	r, err := f.Put(ctx, key, value, data.Write{})
	f.trace(r.Revision)
	return r.Header, err
}

// DeleteTraced implements see.Store.
func (f *Store) DeleteTraced(ctx context.Context, key string) (client.Header, error) {
	r, err := f.Delete(ctx, key, data.Write{})
	f.trace(r.Revision)
	return r.Header, err
}

// trace notes what the members have done with a write.
func (f *Store) trace(revision uint64) {
	if !f.Tracing {
		return
	}
	steps := func(kinds ...client.TraceKind) (all []client.TraceStep) {
		for _, kind := range kinds {
			s := client.TraceStep{Kind: kind, First: 12, Last: 12, Time: time.Now()}
			switch kind {
			case client.TraceConfirmed:
				s.Peer = "n2"
			case client.TraceAnswered:
				s.FirstRevision, s.LastRevision = revision, revision
			}
			all = append(all, s)
		}
		return all
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.traced = map[string][]client.TraceStep{
		"n1": steps(client.TraceQueued, client.TraceDurable, client.TraceConfirmed, client.TraceCommitted, client.TraceApplied, client.TraceAnswered),
		"n2": steps(client.TraceReceived, client.TraceDurable, client.TraceApplied),
		"n3": steps(client.TraceApplied),
	}
}
