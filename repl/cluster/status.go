package cluster

import (
	"context"
	"fmt"

	"kv/client"
	"kv/repl/out"
	"kv/repl/shell"
)

func (c rows) status(ctx context.Context, s *shell.Session, a shell.Args) error {
	name, err := s.Member(ctx, a.Get("MEMBER"))
	if err != nil {
		return err
	}
	st, err := c.store.Status(ctx, name)
	if err != nil {
		return err
	}
	return s.Table(statusGrid(s, st))
}

func statusGrid(s *shell.Session, st client.Status) *out.Grid {
	g := &out.Grid{}
	row := func(name, format string, args ...any) {
		g.Add(out.Inked(name, s.Ink.Dim), out.Plain(fmt.Sprintf(format, args...)))
	}
	row("member", "%s, %s", st.Self.Name, st.Role)
	row("cluster", "%s (%s)", st.ClusterName, st.ClusterID)
	if st.Leader != nil {
		row("leader", "%s at %s", st.Leader.Name, out.OrDash(st.Leader.Address))
	} else {
		row("leader", "none known")
	}
	row("term", "%d", st.Term)
	row("log", "last %d, committed %d, applied %d, snapshot at %d",
		st.LastLogIndex, st.CommitIndex, st.AppliedIndex, st.LastSnapshotIndex)
	row("store", "revision %d, keys %d, %s", st.Revision, st.Keys, out.Size(st.LiveBytes))
	modelRows(st, row)
	row("addresses", "clients %s, raft %s", out.OrDash(st.Self.KVAddress), out.OrDash(st.Self.RaftAddress))
	row("version", "%s, up %s", out.OrDash(st.Self.Version), out.Millis(st.Uptime))
	if st.Freshness.NeverContacted {
		row("contact", "never heard from a leader")
	} else if st.Role != client.RoleLeader {
		row("contact", "heard from the leader %s ago", out.Millis(st.Freshness.LastContact))
	}
	return g
}

// modelRows are the rows of what the store has beside its keys. A node that waits and
// a member of the first version have none of it.
func modelRows(st client.Status, row func(name, format string, args ...any)) {
	if st.OldestRevision == 0 {
		return
	}
	row("history", "from revision %d on, %s, %s", st.OldestRevision, out.Count(st.HistoryChanges, "change"), out.Size(st.HistoryBytes))
	if st.QuotaBytes == 0 {
		row("quota", "not set yet")
	} else {
		row("quota", "%s, of which %.1f%% are used", out.Size(st.QuotaBytes), 100*float64(st.LiveBytes)/float64(st.QuotaBytes))
	}
	row("clients", "%s, %s, %s", out.Count(st.Leases, "lease"), out.Count(st.Sessions, "session"), out.Plural(st.Watches, "watch", "watches"))
}
