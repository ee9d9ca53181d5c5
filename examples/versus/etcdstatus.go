package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// with calls do with a client of some members.
func with(endpoints []string, do func(c *clientv3.Client) error) error {
	c, err := dialEtcd(endpoints...)
	if err != nil {
		return err
	}
	defer c.Close()
	return do(c)
}

// statuses asks each member.
func (s *etcdSystem) statuses(ctx context.Context) (all []*clientv3.StatusResponse, err error) {
	err = with(s.endpoints, func(c *clientv3.Client) error {
		for _, e := range s.endpoints {
			st, err := c.Status(ctx, e)
			if err != nil {
				return err
			}
			if st.Leader == 0 || len(st.Errors) > 0 {
				return fmt.Errorf("%s has no leader or errors %q", e, st.Errors)
			}
			all = append(all, st)
		}
		return nil
	})
	return all, err
}

func (s *etcdSystem) recovered(ctx context.Context) error {
	all, err := s.statuses(ctx)
	if err != nil {
		return err
	}
	for _, st := range all {
		if st.Leader != all[0].Leader || st.RaftAppliedIndex+closeEnough < all[0].RaftIndex {
			return errors.New("the members do not agree yet")
		}
	}
	return nil
}

// leading returns the number of the member that leads.
func (s *etcdSystem) leading(ctx context.Context) (int, error) {
	all, err := s.statuses(ctx)
	if err != nil {
		return 0, err
	}
	for i, st := range all {
		if st.Header.MemberId == st.Leader {
			return i, nil
		}
	}
	return 0, errors.New("nobody leads")
}

func (s *etcdSystem) leader(ctx context.Context) (*process, error) {
	i, err := s.leading(ctx)
	if err != nil {
		return nil, err
	}
	return s.members[i], nil
}

func (s *etcdSystem) term(ctx context.Context) (term uint64, err error) {
	all, err := s.statuses(ctx)
	for _, st := range all {
		term = max(term, st.RaftTerm)
	}
	return term, err
}

// forget compacts all history, and makes the members give back the space: without
// that they keep it for what comes.
func (s *etcdSystem) forget(ctx context.Context) error {
	return with(s.endpoints, func(c *clientv3.Client) error {
		got, err := c.Get(ctx, probe(0).Key)
		if err != nil {
			return err
		}
		if _, err := c.Compact(ctx, got.Header.Revision, clientv3.WithCompactPhysical()); err != nil {
			return err
		}
		for _, e := range s.endpoints {
			if _, err := c.Defragment(ctx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// snapshot reads one from the leader, as `etcdctl snapshot save` does. Those that
// etcd makes by itself write no keys: it keeps them in its database.
func (s *etcdSystem) snapshot(ctx context.Context) error {
	i, err := s.leading(ctx)
	if err != nil {
		return err
	}
	return with(s.endpoints[i:i+1], func(c *clientv3.Client) error {
		r, err := c.Snapshot(ctx)
		if err != nil {
			return err
		}
		defer r.Close()
		_, err = io.Copy(io.Discard, r)
		return err
	})
}

// snapshots returns 0: etcd makes none that cost anything by itself.
func (s *etcdSystem) snapshots(context.Context) (uint64, error) { return 0, nil }

// add waits until etcd takes a member in, which it refuses for a while after a
// restart.
func (s *etcdSystem) add(ctx context.Context) (time.Time, error) {
	if err := s.place(); err != nil {
		return time.Time{}, err
	}
	_, peer, _ := strings.Cut(s.cluster[len(s.cluster)-1], "=")
	if err := with(s.endpoints[:len(s.members)], func(c *clientv3.Client) error {
		return await(ctx, s.members, func(ctx context.Context) error {
			_, err := c.MemberAddAsLearner(ctx, []string{peer})
			return err
		})
	}); err != nil {
		return time.Time{}, err
	}
	return time.Now(), s.startMember(existingCluster)
}

func (s *etcdSystem) lag(ctx context.Context, member int) (entries int64, err error) {
	i, err := s.leadingOf(ctx, member)
	if err != nil {
		return 0, err
	}
	err = with(s.endpoints, func(c *clientv3.Client) error {
		leader, err := c.Status(ctx, s.endpoints[i])
		if err != nil {
			return err
		}
		st, err := c.Status(ctx, s.endpoints[member])
		if err != nil {
			return err
		}
		if st.RaftAppliedIndex == 0 {
			return errNothing
		}
		entries = int64(leader.RaftAppliedIndex) - int64(st.RaftAppliedIndex)
		return nil
	})
	return entries, err
}

// leadingOf is leading without asking one member, which may not answer yet.
func (s *etcdSystem) leadingOf(ctx context.Context, without int) (int, error) {
	others := &etcdSystem{members: s.members[:without], endpoints: s.endpoints[:without]}
	return others.leading(ctx)
}

// admit gives a learner its vote, which etcd refuses until it has caught up.
func (s *etcdSystem) admit(ctx context.Context, member int) error {
	return with(s.endpoints[:member], func(c *clientv3.Client) error {
		members, err := c.MemberList(ctx)
		if err != nil {
			return err
		}
		_, peer, _ := strings.Cut(s.cluster[member], "=")
		for _, m := range members.Members {
			if m.PeerURLs[0] != peer {
				continue
			}
			if !m.IsLearner {
				return nil
			}
			_, err := c.MemberPromote(ctx, m.ID)
			return err
		}
		return errors.New("the new member is in no list")
	})
}
