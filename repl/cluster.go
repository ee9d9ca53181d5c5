package repl

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kv/client"
	"kv/proto/kverr"
	"kv/repl/out"
)

func clusterCommands() []Command {
	return []Command{
		{
			Name: "leader", Group: GroupCluster, Run: runLeader,
			Summary: "who leads, and where",
			Help:    "Prints the leader's name, client address and term.\n",
			Example: "leader",
		},
		{
			Name: "members", Group: GroupCluster, Run: runMembers,
			Summary: "the members and how they do",
			Help: "Roles and contacts are as the leader sees them. APPLIED is the last log\n" +
				"entry a member has in its state, CONTACT how long ago it was heard from.\n",
			Example: "members",
		},
		{
			Name: "status", Group: GroupCluster, Run: runStatus,
			Args:    []Arg{{Name: "MEMBER", Kind: KindMember, Optional: true}},
			Summary: "what one member tells about itself",
			Help:    "MEMBER is a name, the beginning of one, or HOST:PORT.\n",
			Example: "status n2",
		},
		{
			Name: "join", Group: GroupCluster, Writes: true, Run: runJoin,
			Args:    []Arg{{Name: "ADDRESS"}},
			Summary: "take in the node at a client address",
			Help: "The node must run and belong to no cluster. It comes in as a learner, which\n" +
				"has no vote, and becomes a voter once it has caught up.\n",
			Example: "join localhost:8083",
		},
		{
			Name: "remove", Group: GroupCluster, Writes: true, Run: runRemove,
			Args:    []Arg{{Name: "NAME", Kind: KindMember}},
			Summary: "take a member out for good",
			Help:    "It is refused where the members left could not form a majority.\n",
			Example: "remove n3",
		},
		{
			Name: "transfer", Group: GroupCluster, Writes: true, Run: runTransfer,
			Args:    []Arg{{Name: "NAME", Kind: KindMember, Optional: true}},
			Summary: "hand over leadership",
			Help:    "Without NAME the leader chooses the member that is nearest to it.\n",
			Example: "transfer n2",
		},
	}
}

func runLeader(ctx context.Context, s *Session, _ Args) error {
	h, err := s.store.Health(ctx)
	if err != nil {
		return err
	}
	if h.Leader == nil {
		return kverr.ErrNoLeader
	}
	fmt.Fprintf(s.Out, "%s  %s  term %d\n", s.Ink.Strong.Sprint(h.Leader.Name), h.Leader.Address, h.Leader.Term)
	if !h.Quorum {
		s.Warn("it hears from %d of %d voters: no quorum", h.Reachable, h.Voters)
	}
	return nil
}

func runMembers(ctx context.Context, s *Session, _ Args) error {
	m, err := s.store.Members(ctx)
	if err != nil {
		return err
	}
	g := &out.Grid{Head: []string{"NAME", "ROLE", "VOTER", "APPLIED", "CONTACT", "CLIENTS", "RAFT"}}
	for _, member := range m.Members {
		g.Add(s.memberRow(member, m.FromLeader)...)
	}
	if err := s.Table(g); err != nil {
		return err
	}
	if !m.FromLeader {
		s.Warn("from %s, which knows no leader: roles and contacts are unknown", out.OrDash(m.Member))
	}
	return nil
}

func (s *Session) memberRow(m client.MemberStatus, known bool) []out.Cell {
	role, voter := out.Plain(string(m.Role)), "yes"
	switch {
	case m.Role == client.RoleLeader:
		role = out.Inked(string(m.Role), s.Ink.Good)
	case known && !m.Reachable:
		role = out.Inked(string(m.Role), s.Ink.Bad)
	}
	if !m.Voter {
		voter = "no"
	}
	applied, contact := strconv.FormatUint(m.AppliedIndex, 10), contact(m)
	if !known {
		applied, contact = "-", "-"
	}
	return []out.Cell{out.Inked(m.Name, s.Ink.Strong), role, out.Plain(voter), out.Plain(applied), out.Plain(contact),
		out.Plain(out.OrDash(m.KVAddress)), out.Plain(out.OrDash(m.RaftAddress))}
}

func contact(m client.MemberStatus) string {
	switch {
	case m.Role == client.RoleLeader:
		return "-"
	case m.NeverContacted:
		return "never"
	case !m.Reachable:
		return "lost, " + out.Millis(m.LastContact)
	default:
		return out.Millis(m.LastContact)
	}
}

func runStatus(ctx context.Context, s *Session, a Args) error {
	name, err := s.member(ctx, a.Get("MEMBER"))
	if err != nil {
		return err
	}
	st, err := s.store.Status(ctx, name)
	if err != nil {
		return err
	}
	return s.Table(s.statusGrid(st))
}

func (s *Session) statusGrid(st client.Status) *out.Grid {
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
	s.modelRows(st, row)
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
func (s *Session) modelRows(st client.Status, row func(name, format string, args ...any)) {
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

func runJoin(ctx context.Context, s *Session, a Args) error {
	m, err := s.store.AddMember(ctx, a.Get("ADDRESS"))
	if err != nil {
		return err
	}
	s.ok(client.Header{}, m.Name+" joined as a learner; it gets its vote when it has caught up")
	return nil
}

func runRemove(ctx context.Context, s *Session, a Args) error {
	name, err := s.member(ctx, a.Get("NAME"))
	if err != nil {
		return err
	}
	m, err := s.store.RemoveMember(ctx, name)
	if err != nil {
		return err
	}
	s.ok(client.Header{}, m.Name+" is no member any more")
	return nil
}

func runTransfer(ctx context.Context, s *Session, a Args) error {
	name, err := s.member(ctx, a.Get("NAME"))
	if err != nil {
		return err
	}
	l, err := s.store.TransferLeadership(ctx, name)
	if err != nil {
		return err
	}
	s.ok(client.Header{}, fmt.Sprintf("%s leads in term %d", l.Name, l.Term))
	return nil
}

// nameWait bounds the look at the member table that completes a name.
const nameWait = time.Second

// member completes the beginning of a member's name. Without an answer from the
// cluster, and for addresses, the word stays what it is.
func (s *Session) member(ctx context.Context, word string) (string, error) {
	if word == "" || strings.Contains(word, ":") {
		return word, nil
	}
	ctx, cancel := context.WithTimeout(ctx, nameWait)
	defer cancel()
	m, err := s.store.Members(ctx)
	if err != nil {
		return word, nil
	}
	return resolve(word, memberNames(m))
}

func memberNames(m client.Membership) []string {
	names := make([]string, len(m.Members))
	for i := range m.Members {
		names[i] = m.Members[i].Name
	}
	return names
}
