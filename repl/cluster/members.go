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
	g := &out.Grid{Head: []string{"NAME", "ROLE", "VOTER", "APPLIED", "CONTACT", "CLIENTS", "RAFT"}}
	for _, member := range m.Members {
		g.Add(memberCells(s, member, m.FromLeader)...)
	}
	if err := s.Table(g); err != nil {
		return err
	}
	if !m.FromLeader {
		s.Warn("from %s, which knows no leader: roles and contacts are unknown", out.OrDash(m.Member))
	}
	return nil
}

func memberCells(s *shell.Session, m client.MemberStatus, known bool) []out.Cell {
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
