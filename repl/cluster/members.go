package cluster

import (
	"context"
	"fmt"
	"strconv"

	"kv/client"
	"kv/proto/kverr"
	"kv/repl/out"
	"kv/repl/shell"
)

func (c rows) leader(ctx context.Context, s *shell.Session, _ shell.Args) error {
	h, err := c.store.Health(ctx)
	if err != nil {
		return err
	}
	if h.Leader == nil {
		return kverr.ErrNoLeader
	}
	s.Bare(h.Leader.Name)
	fmt.Fprintf(s.Out, "%s  %s  term %d\n", s.Ink.Strong.Sprint(h.Leader.Name), h.Leader.Address, h.Leader.Term)
	if !h.Quorum {
		s.Warn("it hears from %d of %d voters: no quorum", h.Reachable, h.Voters)
	}
	return nil
}

func (c rows) members(ctx context.Context, s *shell.Session, _ shell.Args) error {
	m, err := c.store.Members(ctx)
	if err != nil {
		return err
	}
	names := make([]string, len(m.Members))
	for i := range m.Members {
		names[i] = m.Members[i].Name
	}
	statuses := shell.AskEach(ctx, names, c.store.Status)
	g := &out.Grid{Head: []string{"NAME", "ROLE", "STATE", "ADDRESS", "TERM", "APPLIED", "BEHIND", "CONTACT", "VERSION"}}
	for i := range m.Members {
		row := memberRow{m.Members[i], statuses[i].Value, statuses[i].Err == nil, m.FromLeader, committed(statuses)}
		g.Add(row.cells(s)...)
	}
	if err := s.Table(g); err != nil {
		return err
	}
	if !m.FromLeader {
		s.Warn("from %s, which knows no leader: contacts are unknown", out.OrDash(m.Member))
	}
	return nil
}

// committed is the highest index that anybody knows to be committed.
func committed(statuses []shell.Answer[client.Status]) (index uint64) {
	for _, a := range statuses {
		index = max(index, a.Value.CommitIndex, a.Value.AppliedIndex)
	}
	return index
}

// memberRow is a member as the leader sees it, and as it sees itself.
type memberRow struct {
	client.MemberStatus
	own       client.Status
	answered  bool // own is known
	known     bool // the leader's view is
	committed uint64
}

func (m memberRow) cells(s *shell.Session) []out.Cell {
	role := m.role()
	ink := s.Ink.Strong
	if role == client.RoleLeader {
		ink = s.Ink.Good
	}
	term, applied, behind := "-", "-", "-"
	if m.answered {
		term = strconv.FormatUint(m.own.Term, 10)
	}
	if at, ok := m.applied(); ok {
		applied, behind = strconv.FormatUint(at, 10), strconv.FormatUint(m.committed-min(m.committed, at), 10)
	}
	return []out.Cell{out.Inked(m.Name, ink), out.Inked(string(role), ink), m.state(s), out.Plain(out.OrDash(m.KVAddress)),
		out.Plain(term), out.Plain(applied), out.Plain(behind), out.Plain(m.contact()), out.Plain(out.OrDash(m.Version))}
}

// role is what the member says it is; that it leads a leader of a later term knows better.
func (m memberRow) role() client.Role {
	switch {
	case m.answered && !(m.known && m.own.Role == client.RoleLeader && m.Role != client.RoleLeader):
		return m.own.Role
	case m.known:
		return m.Role
	case m.Voter:
		return client.RoleUnknown
	default:
		return client.RoleLearner
	}
}

func (m memberRow) applied() (index uint64, known bool) {
	switch {
	case m.answered:
		return m.own.AppliedIndex, true
	case m.known && !m.NeverContacted:
		return m.AppliedIndex, true
	default:
		return 0, false
	}
}

// state says in a word how the member does: who hears from it, and who does not.
func (m memberRow) state(s *shell.Session) out.Cell {
	heard := m.Reachable || m.Role == client.RoleLeader
	switch {
	case m.answered && (heard || !m.known):
		return out.Inked("ok", s.Ink.Good)
	case m.answered:
		return out.Inked("cut off", s.Ink.Bad) // it runs, and the leader does not hear from it
	case m.known && heard:
		return out.Inked("no answer", s.Ink.Warn) // the leader hears from it, this client does not
	default:
		return out.Inked("down", s.Ink.Bad)
	}
}

func (m memberRow) contact() string {
	switch {
	case !m.known, m.Role == client.RoleLeader:
		return "-"
	case m.NeverContacted:
		return "never"
	default:
		return out.Millis(m.LastContact)
	}
}
