package cluster

import (
	"context"
	"fmt"

	"kv/client"
	"kv/proto/kverr"
	"kv/repl/out"
	"kv/repl/quorum"
	"kv/repl/shell"
)

func (c rows) join(ctx context.Context, s *shell.Session, a shell.Args) error {
	m, err := c.store.AddMember(ctx, a.Get("ADDRESS"))
	if err != nil {
		return err
	}
	s.OK(client.Header{}, m.Name+" joined as a learner; it gets its vote when it has caught up", out.Text("joined", m.Name), out.Text("role", string(client.RoleLearner)))
	return nil
}

func (c rows) remove(ctx context.Context, s *shell.Session, a shell.Args) error {
	name, err := s.Member(ctx, a.Get("NAME"))
	if err != nil {
		return err
	}
	if err := c.mayRemove(ctx, s, a, name); err != nil {
		return err
	}
	m, err := c.store.RemoveMember(ctx, name)
	if err != nil {
		return err
	}
	s.OK(client.Header{}, m.Name+" is no member any more", out.Text("removed", m.Name))
	return nil
}

// mayRemove refuses a script, which nobody watches, a removal that would lose the quorum.
func (c rows) mayRemove(ctx context.Context, s *shell.Session, a shell.Args, name string) error {
	if s.Ask != nil || a.Has("y") {
		return nil
	}
	members, err := c.quorum(ctx)
	if err != nil {
		return err
	}
	if e, ok := quorum.Remove(members, name); ok && e.Loses() {
		return kverr.ErrUnsafeRemoval.Withf("%s; bring the others back first, or give -y to try all the same", e.Text)
	}
	return nil
}

// confirmRemove says what the removal means and asks.
func (c rows) confirmRemove(ctx context.Context, s *shell.Session, a shell.Args) (string, error) {
	if a.Has("y") {
		return "", nil
	}
	name, members, err := c.meant(ctx, s, a)
	if err != nil {
		return "", err
	}
	e, ok := quorum.Remove(members, name)
	if !ok {
		return "", nil // the removal says so
	}
	if e.Loses() {
		s.Warn("%s", e.Text)
	} else {
		s.Note("%s", e.Text)
	}
	return fmt.Sprintf("remove %s for good?", name), nil
}

// confirmTransfer asks where a transfer is likely to fail, or to keep writes waiting.
func (c rows) confirmTransfer(ctx context.Context, s *shell.Session, a shell.Args) (string, error) {
	if a.Has("y") || !a.Has("NAME") {
		return "", nil
	}
	name, members, err := c.meant(ctx, s, a)
	if err != nil {
		return "", err
	}
	if text := quorum.Transfer(members, name); text != "" {
		s.Warn("%s", text)
		return fmt.Sprintf("make %s the leader?", name), nil
	}
	return "", nil
}

// meant is the member that a command names, among all.
func (c rows) meant(ctx context.Context, s *shell.Session, a shell.Args) (name string, members []quorum.Member, err error) {
	if name, err = s.Member(ctx, a.Get("NAME")); err == nil {
		members, err = c.quorum(ctx)
	}
	return name, members, err
}

// voters is the members as the leader sees them.
func (c rows) voters(ctx context.Context) ([]quorum.Member, error) {
	m, err := c.store.Members(ctx)
	if err != nil {
		return nil, err
	}
	var newest uint64
	for _, member := range m.Members {
		newest = max(newest, member.LastLogIndex)
	}
	members := make([]quorum.Member, len(m.Members))
	for i, member := range m.Members {
		leads := member.Role == client.RoleLeader
		members[i] = quorum.Member{Name: member.Name, Voter: member.Voter, Leads: leads,
			Answers: leads || member.Reachable, Behind: newest - member.LastLogIndex}
	}
	return members, nil
}

// quorum is voters, each of which is asked, too: of one that has just gone the leader does
// not know yet, and a doubt is better than a removal too many.
func (c rows) quorum(ctx context.Context) ([]quorum.Member, error) {
	members, err := c.voters(ctx)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.Name
	}
	for i, status := range shell.AskEach(ctx, names, c.store.Status) {
		members[i].Answers = members[i].Leads || members[i].Answers && status.Err == nil
	}
	return members, nil
}

func (c rows) transfer(ctx context.Context, s *shell.Session, a shell.Args) error {
	name, err := s.Member(ctx, a.Get("NAME"))
	if err != nil {
		return err
	}
	l, err := c.store.TransferLeadership(ctx, name)
	if err != nil {
		return err
	}
	s.OK(client.Header{}, fmt.Sprintf("%s leads in term %d", l.Name, l.Term), out.Text("leader", l.Name), out.Uint("term", l.Term))
	return nil
}
