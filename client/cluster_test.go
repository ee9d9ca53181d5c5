package client_test

import (
	"errors"
	"testing"
	"time"

	"kv/client"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

func TestHealthFindsTheMembersItWasNotGiven(t *testing.T) {
	t.Parallel()
	leader, follower := newMember(t, "n1"), newMember(t, "n2")
	both := table(leader, follower)
	leader.script(func(m *member) { m.members = func() (*kvv1.MembersResponse, error) { return both, nil } })
	follower.script(func(m *member) {
		m.members = func() (*kvv1.MembersResponse, error) {
			r := table(follower, leader)
			r.FromLeader = false
			return r, nil
		}
		m.status = func() (*kvv1.StatusResponse, error) {
			return &kvv1.StatusResponse{Header: &kvv1.Header{ClusterId: "c", Term: 1}, Self: &kvv1.Member{Name: "n2"}, Role: kvv1.Role_ROLE_FOLLOWER}, nil
		}
	})
	c := newClient(t, []string{follower.address})
	h, err := c.Health(within(t, 10*time.Second))
	if err != nil || h.Leader == nil || h.Leader.Name != "n1" || !h.Quorum || h.Voters != 2 || h.Reachable != 2 || h.ClusterName != "test" {
		t.Errorf("%+v, %v", h, err)
	}
	leader.stop()
	h, err = c.Health(within(t, 10*time.Second))
	if err != nil || h.Leader != nil || h.Quorum || h.Voters != 2 || h.Reachable != 1 {
		t.Errorf("without the leader: %+v, %v", h, err)
	}
}

func TestMembersAreSortedAndNamed(t *testing.T) {
	t.Parallel()
	a, b := newMember(t, "n2"), newMember(t, "n1")
	both := table(a, b)
	a.script(func(m *member) { m.members = func() (*kvv1.MembersResponse, error) { return both, nil } })
	c := newClient(t, []string{a.address})
	ms, err := c.Members(within(t, 10*time.Second))
	if err != nil || len(ms.Members) != 2 || ms.Members[0].Name != "n1" || !ms.FromLeader {
		t.Errorf("%+v, %v", ms, err)
	}
	if s, err := c.Status(within(t, 10*time.Second), "n1"); err != nil || s.Self.Name != "n1" {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := c.Status(t.Context(), "n1", "n2"); !errors.Is(err, client.ErrInvalid) {
		t.Errorf("two members at once: %v", err)
	}
	if _, err := c.AddMember(t.Context(), "nowhere"); !errors.Is(err, client.ErrInvalid) {
		t.Errorf("no address: %v", err)
	}
}

func TestLeaderWaitsForOne(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	m.script(func(m *member) {
		m.status = func() (*kvv1.StatusResponse, error) {
			return &kvv1.StatusResponse{Header: &kvv1.Header{Member: "n1"}}, nil
		}
	})
	c := newClient(t, []string{m.address})
	if l, err := c.Leader(within(t, time.Second)); !errors.Is(err, kverr.ErrNoLeader) {
		t.Errorf("%+v, %v", l, err)
	}
	m.script(func(m *member) { m.status = nil })
	if l, err := c.Leader(within(t, 10*time.Second)); err != nil || l.Name != "n1" || l.Address != m.address {
		t.Errorf("%+v, %v", l, err)
	}
}

func TestStatusTellsOfTheModel(t *testing.T) {
	t.Parallel()
	m := newMember(t, "n1")
	m.script(func(m *member) {
		m.status = func() (*kvv1.StatusResponse, error) {
			return &kvv1.StatusResponse{Header: m.header(), Keys: 1, LiveBytes: 2, OldestRevision: 3, HistoryChanges: 4,
				HistoryBytes: 5, QuotaBytes: 6, Leases: 7, Sessions: 8, Watches: 9}, nil
		}
	})
	c := newClient(t, []string{m.address})
	s, err := c.Status(within(t, 10*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	got := [...]uint64{s.Keys, s.LiveBytes, s.OldestRevision, s.HistoryChanges, s.HistoryBytes, s.QuotaBytes, s.Leases, s.Sessions, s.Watches}
	if got != [...]uint64{1, 2, 3, 4, 5, 6, 7, 8, 9} {
		t.Errorf("%+v", s)
	}
}
