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
	l := look{members: m, statuses: shell.AskEach(ctx, m.Names(), r.store.Status)}
	commit, last := l.committed(), uint64(0)
	for _, a := range l.statuses {
		last = max(last, a.Value.LastLogIndex)
	}
	all := make([]lagging, len(m.Members))
	for i, a := range l.statuses {
		all[i] = lagging{a, m.Members[i], m.FromLeader, short(last, a.Value.LastLogIndex), short(commit, a.Value.AppliedIndex)}
	}
	return out.View[lagging]{Record: lagging.record, Head: []string{"MEMBER", "ROLE", "LOG", "MISSING", "APPLIED", "WAITING", "CONTACT"},
		Cells: func(l lagging) []out.Cell { return l.cells(s) }}.All(s.Printer, all)
}

// lagging is how far one member is.
type lagging struct {
	shell.Answer[client.Status]
	seen             client.MemberStatus // by the leader
	known            bool                // what the leader sees
	missing, waiting uint64
}

func (l lagging) record() out.Record {
	st, told := l.Value, l.Err == nil
	return out.Record{out.Text("member", l.Member), out.Text("role", string(st.Role)).If(told), out.Uint("last_index", st.LastLogIndex).If(told),
		out.Uint("missing", l.missing).If(told), out.Uint("applied_index", st.AppliedIndex).If(told), out.Uint("waiting", l.waiting).If(told),
		out.Duration("last_contact", l.seen.LastContact).If(l.known && l.seen.Role != client.RoleLeader && !l.seen.NeverContacted)}
}

func (l lagging) cells(s *shell.Session) []out.Cell {
	name, heard := out.Inked(l.Member, s.Ink.Strong), out.Plain(contact(l.seen, l.known))
	if l.Err != nil {
		none := out.Plain("-")
		return []out.Cell{name, out.Inked("no answer", s.Ink.Bad), none, none, none, none, heard}
	}
	st := l.Value
	return []out.Cell{name, out.Plain(string(st.Role)), out.Number(st.LastLogIndex), behindCell(s, l.missing),
		out.Number(st.AppliedIndex), behindCell(s, l.waiting), heard}
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
