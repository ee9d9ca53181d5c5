package fsm

import (
	"errors"
	"testing"

	kvv1 "kv/proto/kv/v1"
)

// One member table, command after command.
func TestMemberTable(t *testing.T) {
	t.Parallel()
	m := New(Options{})
	for i, step := range []struct {
		command *kvv1.Command
		want    error
		table   string
	}{
		{setMember("n2", "i2", "r2", "k2"), nil, "n2/i2/r2/k2 "},
		{setMember("n1", "i1", "r1", "k1"), nil, "n1/i1/r1/k1 n2/i2/r2/k2 "},
		{setMember("n1", "i1", "r9", "k1"), nil, "n1/i1/r9/k1 n2/i2/r2/k2 "},                         // moved
		{setMember("n1", "wiped", "r1", "k1"), ErrNameTaken, "n1/i1/r9/k1 n2/i2/r2/k2 "},             // wiped disk
		{setMember("n3", "i3", "r9", "k3"), ErrAddressTaken, "n1/i1/r9/k1 n2/i2/r2/k2 "},             // raft and raft
		{setMember("n3", "i3", "r3", "k2"), ErrAddressTaken, "n1/i1/r9/k1 n2/i2/r2/k2 "},             // client and client
		{setMember("n3", "i3", "k1", "k3"), ErrAddressTaken, "n1/i1/r9/k1 n2/i2/r2/k2 "},             // raft and client
		{setMember("n1", "i1", "r2", "k1"), ErrAddressTaken, "n1/i1/r9/k1 n2/i2/r2/k2 "},             // moved to another's
		{setMember("n0", "i0", "", ""), nil, "n0/i0// n1/i1/r9/k1 n2/i2/r2/k2 "},                     // no address yet
		{setMember("n4", "i4", "", ""), nil, "n0/i0// n1/i1/r9/k1 n2/i2/r2/k2 n4/i4// "},             // no collision of none
		{setMember("", "i5", "r5", "k5"), ErrInvalid, "n0/i0// n1/i1/r9/k1 n2/i2/r2/k2 n4/i4// "},    // no name
		{setMember("n5", "", "r5", "k5"), ErrInvalid, "n0/i0// n1/i1/r9/k1 n2/i2/r2/k2 n4/i4// "},    // no incarnation
		{removeMember("n4", "wiped"), ErrMemberNotFound, "n0/i0// n1/i1/r9/k1 n2/i2/r2/k2 n4/i4// "}, // another life
		{removeMember("n5", "i5"), ErrMemberNotFound, "n0/i0// n1/i1/r9/k1 n2/i2/r2/k2 n4/i4// "},    // nobody
		{removeMember("n1", "i1"), nil, "n0/i0// n2/i2/r2/k2 n4/i4// "},                              // gone
		{setMember("n1", "wiped", "r9", "k1"), nil, "n0/i0// n1/wiped/r9/k1 n2/i2/r2/k2 n4/i4// "},   // its name is free
		{&kvv1.Command{Op: &kvv1.Command_SetMember{SetMember: &kvv1.SetMemberCommand{}}}, ErrInvalid, // no member at all
			"n0/i0// n1/wiped/r9/k1 n2/i2/r2/k2 n4/i4// "},
	} {
		before := m.View()
		frozen := table(before.Members())
		if got := do(t, m, encoded(t, step.command)); !errors.Is(got.Err, step.want) || got.Revision != 0 {
			t.Fatalf("step %d: result %+v, want error %v and no revision", i, got, step.want)
		}
		if got := table(m.Members()); got != step.table {
			t.Fatalf("step %d: table %q, want %q", i, got, step.table)
		}
		if got := table(before.Members()); got != frozen {
			t.Fatalf("step %d: a view's table went from %q to %q", i, frozen, got)
		}
	}
	if back := restored(t, persisted(t, m)); table(back.Members()) != table(m.Members()) {
		t.Fatalf("table %q after a snapshot, want %q", table(back.Members()), table(m.Members()))
	}
}

func table(members []*kvv1.Member) (out string) {
	for _, m := range members {
		out += m.GetName() + "/" + m.GetIncarnation() + "/" + m.GetRaftAddress() + "/" + m.GetKvAddress() + " "
	}
	return out
}

// What a caller does to a member it was given stays with the caller.
func TestMembersAreCopies(t *testing.T) {
	t.Parallel()
	m := New(Options{})
	do(t, m, encoded(t, setMember("n1", "i1", "r1", "k1")))
	m.Members()[0].Name = "changed"
	one, ok := m.Member("n1")
	if !ok {
		t.Fatal("n1 is missing")
	}
	one.RaftAddress = "changed"
	if again, ok := m.Member("n1"); !ok || again.GetRaftAddress() != "r1" {
		t.Fatalf("member %v, want n1 at r1", again)
	}
	if _, ok := m.Member("n2"); ok {
		t.Fatal("n2 is there")
	}
}

// The cluster is named once.
func TestSetCluster(t *testing.T) {
	t.Parallel()
	m := New(Options{})
	for _, step := range []struct {
		id, name string
		want     error
	}{
		{"", "x", ErrInvalid}, {"c1", "one", nil}, {"c1", "one", nil},
		{"c2", "one", ErrClusterSet}, {"c1", "two", ErrClusterSet},
	} {
		if got := do(t, m, encoded(t, setCluster(step.id, step.name))); !errors.Is(got.Err, step.want) {
			t.Fatalf("set %q %q: %v, want %v", step.id, step.name, got.Err, step.want)
		}
	}
	for _, m := range []*Machine{m, restored(t, persisted(t, m))} {
		if id, name := m.Cluster(); id != "c1" || name != "one" {
			t.Fatalf("cluster %q %q, want the first", id, name)
		}
	}
}
