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
	record := out.Record{out.Text("leader", h.Leader.Name), out.Text("address", h.Leader.Address), out.Uint("term", h.Leader.Term),
		out.Bool("quorum", h.Quorum), out.Uint("reachable_voters", h.Reachable), out.Uint("voters", h.Voters)}
	err = s.One(record, func() error {
		return s.Line("answer", fmt.Sprintf("%s  %s  term %d", s.Ink.Strong.Sprint(h.Leader.Name), h.Leader.Address, h.Leader.Term))
	})
	if err == nil && !h.Quorum {
		s.Warn("it hears from %d of %d voters: no quorum", h.Reachable, h.Voters)
	}
	return err
}

func (c rows) members(ctx context.Context, s *shell.Session, _ shell.Args) error {
	m, err := c.store.Members(ctx)
	if err != nil {
		return err
	}
	names := m.Names()
	statuses := shell.AskEach(ctx, names, c.store.Status)
	members := make([]memberRow, len(names))
	for i := range m.Members {
		members[i] = memberRow{m.Members[i], statuses[i].Value, statuses[i].Err == nil, m.FromLeader, committed(statuses)}
	}
	all := out.View[memberRow]{Record: memberRow.record, Head: []string{"NAME", "ROLE", "STATE", "ADDRESS", "TERM", "APPLIED", "BEHIND", "CONTACT", "VERSION"},
		Cells: func(m memberRow) []out.Cell { return m.cells(s) }}
	if err := all.All(s.Printer, members); err != nil {
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
		applied, behind = strconv.FormatUint(at, 10), strconv.FormatUint(m.behind(at), 10)
	}
	return []out.Cell{out.Inked(m.Name, ink), out.Inked(string(role), ink), m.state().cell(s.Ink), out.Plain(out.OrDash(m.KVAddress)),
		out.Plain(term), out.Plain(applied), out.Plain(behind), out.Plain(m.contact()), out.Plain(out.OrDash(m.Version))}
}

// record is the member for programs.
func (m memberRow) record() out.Record {
	at, known := m.applied()
	heard := m.known && m.Role != client.RoleLeader && !m.NeverContacted
	return out.Record{out.Text("name", m.Name), out.Text("role", string(m.role())), out.Bool("voter", m.Voter), out.Text("state", string(m.state())),
		out.Text("address", m.KVAddress), out.Text("raft_address", m.RaftAddress), out.Uint("term", m.own.Term).If(m.answered),
		out.Uint("applied_index", at).If(known), out.Uint("behind", m.behind(at)).If(known),
		out.Duration("last_contact", m.LastContact).If(heard), out.Text("version", m.Version)}
}

// behind is how many committed entries a member lacks that has applied those up to an
// index.
func (m memberRow) behind(applied uint64) uint64 { return m.committed - min(m.committed, applied) }

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

// state says in a word how a member does.
type state string

const (
	stateOK       state = "ok"
	stateCutOff   state = "cut off"   // it runs, and the leader does not hear from it
	stateNoAnswer state = "no answer" // the leader hears from it, this client does not
	stateDown     state = "down"      // nobody hears from it
)

func (m memberRow) state() state {
	heard := m.Reachable || m.Role == client.RoleLeader
	switch {
	case m.answered && (heard || !m.known):
		return stateOK
	case m.answered:
		return stateCutOff
	case m.known && heard:
		return stateNoAnswer
	default:
		return stateDown
	}
}

func (s state) cell(ink out.Palette) out.Cell {
	color := ink.Bad
	switch s {
	case stateOK:
		color = ink.Good
	case stateNoAnswer:
		color = ink.Warn
	}
	return out.Inked(string(s), color)
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
