package client

import (
	"context"

	kvv1 "kv/proto/kv/v1"
)

// LogEntry is an entry of a member's log.
type LogEntry struct {
	Index, Term uint64
	// Kind is "command", "configuration", "barrier" or "noop".
	Kind string
	// Size is the bytes of its data.
	Size uint64
	// Commands is how many commands it holds.
	Commands uint32
	// Summary says what they do.
	Summary string
}

// Log is a part of a member's log, committed or not.
type Log struct {
	Header
	Role Role
	// First and Last are the ends of the log on the member's disk; 0 if it is empty.
	First, Last uint64
	// Commit is up to where the member knows entries to be committed, Applied up to
	// where they are in its state, Snapshot up to where its newest snapshot goes.
	Commit, Applied, Snapshot uint64
	// Entries are in the order of their indexes.
	Entries []LogEntry
	// Match tells, if the member leads, up to where each other member has confirmed to
	// have the same log; 0 if it has not in this term.
	Match map[string]uint64
}

// LogRequest says which entries are wanted: from From to To, of which 0 is the oldest
// and the newest, and of those the newest Limit; 0 is 100, and 1000 is the most.
type LogRequest struct {
	From, To uint64
	Limit    uint32
}

// Log reads entries of the log of one member, a name or client address. Errors:
// ErrMemberNotFound, ErrUnreachable, ErrWaiting, ErrInvalid, and ErrNotKV from a member
// of a version that does not tell.
func (c *Client) Log(ctx context.Context, at string, r LogRequest) (Log, error) {
	var resp *kvv1.LogEntriesResponse
	err := c.inspect(ctx, at, func(ctx context.Context, cl kvv1.ClusterClient) (_ *kvv1.Header, err error) {
		resp, err = cl.LogEntries(ctx, &kvv1.LogEntriesRequest{From: r.From, To: r.To, Limit: r.Limit})
		return resp.GetHeader(), err
	})
	if err != nil {
		return Log{}, err
	}
	l := Log{Header: headerOf(resp.GetHeader()), Role: roleOf(resp.GetRole()), First: resp.GetFirstIndex(), Last: resp.GetLastIndex(),
		Commit: resp.GetCommitIndex(), Applied: resp.GetAppliedIndex(), Snapshot: resp.GetSnapshotIndex()}
	for _, e := range resp.GetEntries() {
		l.Entries = append(l.Entries, LogEntry{Index: e.GetIndex(), Term: e.GetTerm(), Kind: e.GetKind(), Size: e.GetSize(), Commands: e.GetCommands(), Summary: e.GetSummary()})
	}
	if len(resp.GetProgress()) > 0 {
		l.Match = make(map[string]uint64)
	}
	for _, p := range resp.GetProgress() {
		l.Match[p.GetMember()] = p.GetMatchIndex()
	}
	return l, nil
}

// Setting is one rule by which a member works, for people.
type Setting struct{ Name, Value, Note string }

// Settings are the rules of one member.
type Settings struct {
	Header
	Self Member
	All  []Setting
}

// Settings reads the rules of one member, a name or client address, or of whichever
// answers first if at is "". Errors: those of Log, but never ErrWaiting.
func (c *Client) Settings(ctx context.Context, at string) (Settings, error) {
	var resp *kvv1.SettingsResponse
	err := c.inspect(ctx, at, func(ctx context.Context, cl kvv1.ClusterClient) (_ *kvv1.Header, err error) {
		resp, err = cl.Settings(ctx, &kvv1.SettingsRequest{})
		return resp.GetHeader(), err
	})
	if err != nil {
		return Settings{}, err
	}
	s := Settings{Header: headerOf(resp.GetHeader()), Self: memberOf(resp.GetSelf())}
	for _, one := range resp.GetSettings() {
		s.All = append(s.All, Setting{one.GetName(), one.GetValue(), one.GetNote()})
	}
	return s, nil
}

// inspect asks one member about itself.
func (c *Client) inspect(ctx context.Context, at string, ask func(context.Context, kvv1.ClusterClient) (*kvv1.Header, error)) error {
	address, err := c.resolve(ctx, at)
	if err != nil {
		return err
	}
	return c.run(ctx, call{kind: read, at: address, local: true, do: func(ctx context.Context, cc *conn) (*kvv1.Header, error) {
		return ask(ctx, kvv1.NewClusterClient(cc.grpc))
	}})
}
