package inspect

import (
	"context"
	"strconv"

	"kv/client"
	"kv/repl/out"
	"kv/repl/shell"
)

func (r rows) lagRow() shell.Command {
	return shell.Command{
		Name: "lag", Group: shell.GroupCluster, Run: r.lag,
		Summary: "how far each member is behind",
		Help: "LOG is the last entry that a member has on its disk, MISSING how many of the\n" +
			"newest known it lacks. APPLIED is the last one in its state, WAITING how many\n" +
			"committed ones are not. CONTACT is how long ago the leader heard from it.\n",
		Example: "lag",
	}
}

func (r rows) lag(ctx context.Context, s *shell.Session, _ shell.Args) error {
	m, err := r.store.Members(ctx)
	if err != nil {
		return err
	}
	l := look{members: m, statuses: shell.AskEach(ctx, names(m), r.store.Status)}
	commit, last := l.committed(), uint64(0)
	for _, a := range l.statuses {
		last = max(last, a.Value.LastLogIndex)
	}
	g := &out.Grid{Head: []string{"MEMBER", "ROLE", "LOG", "MISSING", "APPLIED", "WAITING", "CONTACT"}}
	for i, a := range l.statuses {
		name := out.Inked(a.Member, s.Ink.Strong)
		if a.Err != nil {
			none := out.Plain("-")
			g.Add(name, out.Inked("no answer", s.Ink.Bad), none, none, none, none, out.Plain(contact(m.Members[i], m.FromLeader)))
			continue
		}
		st := a.Value
		g.Add(name, out.Plain(string(st.Role)), out.Number(st.LastLogIndex), behindCell(s, short(last, st.LastLogIndex)),
			out.Number(st.AppliedIndex), behindCell(s, short(commit, st.AppliedIndex)), out.Plain(contact(m.Members[i], m.FromLeader)))
	}
	return s.Table(g)
}

// behindCell is a number that should be 0.
func behindCell(s *shell.Session, n uint64) out.Cell {
	if n > manyBehind {
		return out.Inked(strconv.FormatUint(n, 10), s.Ink.Bad)
	}
	return out.Number(n)
}

// contact is how long ago the leader heard from a member.
func contact(m client.MemberStatus, known bool) string {
	switch {
	case !known || m.Role == client.RoleLeader:
		return "-"
	case m.NeverContacted:
		return "never"
	default:
		return out.Millis(m.LastContact)
	}
}
