package cluster

import (
	"context"
	"fmt"

	"kv/client"
	"kv/repl/shell"
)

func (c rows) join(ctx context.Context, s *shell.Session, a shell.Args) error {
	m, err := c.store.AddMember(ctx, a.Get("ADDRESS"))
	if err != nil {
		return err
	}
	s.OK(client.Header{}, m.Name+" joined as a learner; it gets its vote when it has caught up")
	return nil
}

func (c rows) remove(ctx context.Context, s *shell.Session, a shell.Args) error {
	name, err := s.Member(ctx, a.Get("NAME"))
	if err != nil {
		return err
	}
	m, err := c.store.RemoveMember(ctx, name)
	if err != nil {
		return err
	}
	s.OK(client.Header{}, m.Name+" is no member any more")
	return nil
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
	s.OK(client.Header{}, fmt.Sprintf("%s leads in term %d", l.Name, l.Term))
	return nil
}
