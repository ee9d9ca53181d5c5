package client

import (
	"testing"

	kvv1 "kv/proto/kv/v1"
)

// view is a report of a member, with the reachable voters as it sees them.
func view(name string, term uint64, role kvv1.Role, voters ...bool) report {
	r := report{address: name + ":1", status: &kvv1.StatusResponse{
		Header: &kvv1.Header{ClusterId: "id", Term: term}, Self: &kvv1.Member{Name: name}, Role: role, ClusterName: "c",
	}}
	if voters != nil {
		r.members = &kvv1.MembersResponse{FromLeader: role == kvv1.Role_ROLE_LEADER}
	}
	for i, reachable := range voters {
		r.members.Members = append(r.members.Members, &kvv1.MemberStatus{
			Member: &kvv1.Member{Name: string(rune('a' + i))}, Voter: true, Reachable: reachable})
	}
	return r
}

func TestAssess(t *testing.T) {
	t.Parallel()
	const leads, follows = kvv1.Role_ROLE_LEADER, kvv1.Role_ROLE_FOLLOWER
	for name, tt := range map[string]struct {
		reports           []report
		leader            string
		voters, reachable int
		quorum            bool
	}{
		"all well":               {[]report{view("a", 2, leads, true, true, true), view("b", 2, follows)}, "a", 3, 3, true},
		"one voter lost":         {[]report{view("a", 2, leads, true, true, false)}, "a", 3, 2, true},
		"leader alone":           {[]report{view("a", 2, leads, true, false, false)}, "a", 3, 1, false},
		"leader counts itself":   {[]report{view("a", 2, leads, false)}, "a", 1, 1, true},
		"half is no majority":    {[]report{view("a", 2, leads, true, true, false, false)}, "a", 4, 2, false},
		"deposed leader":         {[]report{view("a", 2, leads, true, true, true), view("b", 3, follows)}, "a", 3, 3, false},
		"two leaders":            {[]report{view("a", 2, leads, true, true, true), view("b", 3, leads, true, true, false)}, "b", 3, 2, true},
		"no leader, two answer":  {[]report{view("a", 2, follows, false, false, false), view("b", 2, follows)}, "", 3, 2, false},
		"leader without a table": {[]report{view("a", 2, leads)}, "a", 0, 0, false},
		"others are silent":      {[]report{{address: "x:1"}, view("b", 2, leads, false, true, true)}, "b", 3, 2, true},
	} {
		h, ok := assess(tt.reports)
		leader := ""
		if h.Leader != nil {
			leader = h.Leader.Name
		}
		if !ok || leader != tt.leader || h.Voters != tt.voters || h.Reachable != tt.reachable || h.Quorum != tt.quorum {
			t.Errorf("%s: leader %q, %+v", name, leader, h)
		}
	}
	if _, ok := assess([]report{{address: "x:1"}}); ok {
		t.Error("nobody answered, and yet a health")
	}
}
