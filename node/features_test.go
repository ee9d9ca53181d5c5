package node

import (
	"errors"
	"testing"

	"github.com/hashicorp/raft"

	"kv/node/fsm"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

func TestOlderThan(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]bool{
		"": true, "x": true, "0": true, "0.1.0": true, "0.1.9": true, "0.2": true, "0.2.x": true,
		"0.2.0": false, "0.2.0-dev": false, "0.2.1": false, "0.10.0": false, "1": false, "1.0.0": false,
	} {
		if got := olderThan(version, modelVersion); got != want {
			t.Errorf("%q is older than %s: %v", version, modelVersion, got)
		}
	}
}

// While one member runs an older program, nothing that it does not know goes into
// the log; once none does, no such node is let in.
func TestNothingNewBeforeAllAreUpgraded(t *testing.T) {
	t.Parallel()
	m := &member{cfg: Config{Name: "n1"}, machine: fsm.New(fsm.Options{})}
	index := uint64(0)
	row := func(name, version string) *kvv1.Member {
		return &kvv1.Member{Name: name, Incarnation: "i", RaftAddress: name + ":1", KvAddress: name + ":2", Version: version}
	}
	apply := func(c *kvv1.Command) {
		t.Helper()
		data, err := fsm.AppendCommand(nil, c)
		if err != nil {
			t.Fatal(err)
		}
		index++
		if results, ok := m.machine.Apply(&raft.Log{Index: index, Term: 1, Data: data}).([]fsm.Result); !ok || results[0].Err != nil {
			t.Fatalf("apply %v: %v", c, results)
		}
	}
	set := func(name, version string) { t.Helper(); apply(setMember(row(name, version))) }
	check := func(when string, want error) {
		t.Helper()
		if err := m.upgraded(); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", when, err, want)
		}
		if old := row("n9", "0.1.0"); (m.welcome(old) == nil) == (want == nil) {
			t.Errorf("%s: a node of an old version: %v", when, m.welcome(old))
		}
	}
	check("without a row of its own", kverr.ErrNoLeader)
	set("n1", "0.1.0")
	check("before it has recorded itself", kverr.ErrNoLeader)
	set("n1", Version)
	set("n2", "0.1.0")
	check("with an old member", kverr.ErrUpgrading)
	if err := m.leaderUpgraded("n2"); !errors.Is(err, kverr.ErrUpgrading) {
		t.Errorf("passing on to an old leader: %v", err)
	}
	set("n2", Version)
	check("before history begins", kverr.ErrNoLeader)
	apply(&kvv1.Command{Op: &kvv1.Command_SetQuota{SetQuota: &kvv1.SetQuotaCommand{Bytes: 1}}})
	check("when all are upgraded", nil)
	if err := errors.Join(m.leaderUpgraded("n2"), m.welcome(row("n9", Version))); err != nil {
		t.Error(err)
	}
	if plainPut(&kvv1.PutRequest{Stamp: &kvv1.Stamp{Session: 1, Sequence: 1}}) || !plainPut(&kvv1.PutRequest{}) {
		t.Error("a put is plain if it has no stamp, and only then")
	}
}

// As long as an old member keeps history from beginning, there is nothing to watch:
// each change would look like one that is forgotten.
func TestNoWatchBeforeThereIsHistory(t *testing.T) {
	t.Parallel()
	m := &member{cfg: Config{Name: "n1"}, machine: fsm.New(fsm.Options{})}
	m.hub = newHub(func() past { return m.machine.View() })
	n := &Node{}
	n.member.Store(m)
	for i, row := range []*kvv1.Member{
		{Name: "n1", Incarnation: "i", RaftAddress: "a:1", KvAddress: "a:2", Version: Version},
		{Name: "n2", Incarnation: "i", RaftAddress: "b:1", KvAddress: "b:2", Version: "0.1.0"},
	} {
		data, err := fsm.AppendCommand(nil, setMember(row))
		if err != nil {
			t.Fatal(err)
		}
		m.machine.Apply(&raft.Log{Index: uint64(i + 1), Term: 1, Data: data})
	}
	err := n.Watch(t.Context(), &kvv1.WatchRequest{StartRevision: 1}, func(*kvv1.WatchResponse) error { return kverr.ErrInternal })
	if !errors.Is(err, kverr.ErrUpgrading) {
		t.Errorf("a watch beside an old member: %v", err)
	}
}
