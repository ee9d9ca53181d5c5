package cluster

import (
	"context"
	"fmt"

	"kv/client"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
)

func (c rows) status(ctx context.Context, s *shell.Session, a shell.Args) error {
	if a.Place() != "" {
		return c.statusEach(ctx, s, a)
	}
	name, err := s.Member(ctx, a.Get("MEMBER"))
	if err != nil {
		return err
	}
	st, err := c.store.Status(ctx, name)
	if err != nil {
		return err
	}
	return s.One(statusRecord(st), func() error { return s.Table(statusGrid(s, st)) })
}

// oneWho complains about a member that is named twice.
func oneWho(c *shell.Command, a shell.Args) error {
	if a.Place() != "" && a.Has("MEMBER") {
		return c.Misuse("%s and %s both say whom to ask", a.Get("MEMBER"), a.Place())
	}
	return nil
}

// statusEach shows what members tell about themselves, a member a row.
func (c rows) statusEach(ctx context.Context, s *shell.Session, a shell.Args) error {
	names, err := s.Asked(ctx, a)
	if err != nil {
		return err
	}
	all := out.View[shell.Answer[client.Status]]{Record: answerRecord, Head: []string{"MEMBER", "ROLE", "TERM", "LEADER", "LAST", "COMMIT", "APPLIED", "SNAPSHOT", "REVISION", "KEYS", "BYTES", "UPTIME"},
		Cells: func(a shell.Answer[client.Status]) []out.Cell { return statusCells(s, a.Value) }}.Begin(s.Printer)
	told := 0
	for _, r := range shell.AskEach(ctx, names, c.store.Status) {
		if r.Err == nil {
			told++
		} else if err = r.Err; !s.ForPrograms() {
			s.Warn("%s: %s", r.Member, failure.Brief(r.Err))
			continue
		}
		if err := all.Add(r); err != nil {
			return err
		}
	}
	if failed := all.End(); failed != nil || told > 0 {
		return failed
	}
	return err
}

// answerRecord is what a member tells for programs, or why it does not.
func answerRecord(a shell.Answer[client.Status]) out.Record {
	r := statusRecord(a.Value)
	if a.Err != nil {
		for i := range r {
			r[i] = r[i].If(false)
		}
		r[0] = out.Text("member", a.Member)
	}
	return append(r, out.Text("error", failure.Brief(a.Err)))
}

// statusRecord is what a member tells, for programs.
func statusRecord(st client.Status) out.Record {
	r := out.Record{out.Text("member", st.Self.Name), out.Text("role", string(st.Role)), out.Text("cluster", st.ClusterName), out.Text("cluster_id", st.ClusterID),
		out.Text("leader", leaderOf(st)), out.Uint("term", st.Term), out.Uint("last_index", st.LastLogIndex), out.Uint("commit_index", st.CommitIndex),
		out.Uint("applied_index", st.AppliedIndex), out.Uint("snapshot_index", st.LastSnapshotIndex), out.Uint("revision", st.Revision),
		out.Uint("keys", st.Keys), out.Uint("live_bytes", st.LiveBytes), out.Text("address", st.Self.KVAddress), out.Text("raft_address", st.Self.RaftAddress),
		out.Text("version", st.Self.Version), out.Duration("uptime", st.Uptime),
		out.Duration("last_contact", st.Freshness.LastContact).If(st.Role != client.RoleLeader && !st.Freshness.NeverContacted),
		out.Duration("disk_stalled", st.Stalled).If(st.Stalled > 0)}
	model := st.OldestRevision != 0 // a node that waits has none of it
	r = append(r, out.Uint("oldest_revision", st.OldestRevision).If(model), out.Uint("history_changes", st.HistoryChanges).If(model),
		out.Uint("history_bytes", st.HistoryBytes).If(model), out.Uint("quota_bytes", st.QuotaBytes).If(st.QuotaBytes != 0),
		out.Uint("leases", st.Leases).If(model), out.Uint("sessions", st.Sessions).If(model), out.Uint("watches", st.Watches).If(model))
	return append(r, requestFields(st.Requests)...)
}

func requestFields(q *client.Requests) out.Record {
	known := q != nil
	if !known {
		q = &client.Requests{}
	}
	return out.Record{out.Uint("gets", q.Gets).If(known), out.Uint("lists", q.Lists).If(known), out.Uint("puts", q.Puts).If(known),
		out.Uint("deletes", q.Deletes).If(known), out.Uint("txns", q.Txns).If(known)}
}

func leaderOf(st client.Status) string {
	if st.Leader == nil {
		return ""
	}
	return st.Leader.Name
}

func statusCells(s *shell.Session, st client.Status) []out.Cell {
	return []out.Cell{out.Inked(st.Self.Name, s.Ink.Strong), out.Plain(string(st.Role)), out.Number(st.Term), out.Plain(out.OrDash(leaderOf(st))),
		out.Number(st.LastLogIndex), out.Number(st.CommitIndex), out.Number(st.AppliedIndex), out.Number(st.LastSnapshotIndex),
		out.Number(st.Revision), out.Number(st.Keys), out.Plain(out.Size(st.LiveBytes)), out.Plain(out.Millis(st.Uptime))}
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
	if st.Requests != nil {
		row("requests", "%d gets, %d lists, %d puts, %d deletes, %d txns", st.Requests.Gets, st.Requests.Lists, st.Requests.Puts, st.Requests.Deletes, st.Requests.Txns)
	}
	if st.Stalled > 0 {
		row("disk", "busy with one write for %s", out.Millis(st.Stalled))
	}
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
