package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kv/client"
)

// up returns nil if so many members vote, answer, and have caught up.
func (s *kvSystem) up(ctx context.Context, want int) error {
	m, err := s.c.Members(ctx)
	if err != nil {
		return err
	}
	voters := 0
	for _, member := range m.Members {
		if member.Voter && member.Reachable && member.AppliedIndex+closeEnough >= m.AppliedIndex {
			voters++
		}
	}
	if voters < want {
		return fmt.Errorf("%d of %d members vote and are up to date", voters, want)
	}
	return nil
}

func (s *kvSystem) recovered(ctx context.Context) error { return s.up(ctx, len(s.members)) }

// statuses asks each member.
func (s *kvSystem) statuses(ctx context.Context) ([]client.Status, error) {
	var all []client.Status
	for _, a := range s.addresses {
		st, err := s.c.Status(ctx, a)
		if err != nil {
			return nil, err
		}
		all = append(all, st)
	}
	return all, nil
}

func (s *kvSystem) term(ctx context.Context) (term uint64, err error) {
	all, err := s.statuses(ctx)
	for _, st := range all {
		term = max(term, st.Term)
	}
	return term, err
}

// forget waits until all members keep about as little history as their flag says:
// the leader compacts it by itself, a little at a time.
func (s *kvSystem) forget(ctx context.Context) error {
	return await(ctx, s.members, func(ctx context.Context) error {
		all, err := s.statuses(ctx)
		if err != nil {
			return err
		}
		for _, st := range all {
			if s.history > 0 && st.HistoryChanges > uint64(s.history+s.history/5) {
				return fmt.Errorf("%s still keeps %d changes", st.Self.Name, st.HistoryChanges)
			}
		}
		return nil
	})
}

// snapshot waits for the snapshots that the members make by themselves when their
// logs have grown enough; there is no command for it.
func (s *kvSystem) snapshot(ctx context.Context) error {
	before, err := s.statuses(ctx)
	if err != nil {
		return err
	}
	return await(ctx, s.members, func(ctx context.Context) error {
		now, err := s.statuses(ctx)
		if err != nil {
			return err
		}
		for i, st := range now {
			if st.LastSnapshotIndex == before[i].LastSnapshotIndex {
				return fmt.Errorf("%s has made no snapshot", st.Self.Name)
			}
		}
		return nil
	})
}

func (s *kvSystem) snapshots(ctx context.Context) (sum uint64, err error) {
	all, err := s.statuses(ctx)
	for _, st := range all {
		sum += st.LastSnapshotIndex
	}
	return sum, err
}

func (s *kvSystem) add(context.Context) (time.Time, error) {
	ports, err := freePorts(2)
	if err != nil {
		return time.Time{}, err
	}
	s.addresses = append(s.addresses, fmt.Sprintf("127.0.0.1:%d", ports[0]))
	return time.Now(), s.startMember(ports[0], ports[1])
}

func (s *kvSystem) lag(ctx context.Context, member int) (int64, error) {
	l, err := s.c.Leader(ctx)
	if err != nil {
		return 0, err
	}
	leader, err := s.c.Status(ctx, l.Address)
	if err != nil {
		return 0, err
	}
	st, err := s.c.Status(ctx, s.addresses[member])
	if err == nil && st.AppliedIndex == 0 {
		err = errNothing
	}
	return int64(leader.AppliedIndex) - int64(st.AppliedIndex), err
}

// admit waits: a member that has caught up gets its vote by itself.
func (s *kvSystem) admit(ctx context.Context, member int) error {
	m, err := s.c.Members(ctx)
	if err != nil {
		return err
	}
	for _, other := range m.Members {
		if other.Name == s.members[member].name && other.Voter {
			return nil
		}
	}
	return errors.New("it does not vote yet")
}
