package repl

import (
	"context"
	"slices"
	"sync"
	"time"

	"kv/client"
	"kv/proto/kverr"
)

// fakeStore is a cluster of three as a small model, with faults to order: what a
// store keeps is in fakemodel_test.go.
type fakeStore struct {
	mu sync.Mutex // guards all below
	model
	fail error         // what every call returns
	hang bool          // calls wait for the end of their context
	h    client.Health // what Health returns
}

func newFakeStore() *fakeStore {
	return &fakeStore{model: newModel(), h: client.Health{
		ClusterName: "playground", Voters: 3, Reachable: 3, Quorum: true,
		Leader: &client.Leader{Name: "n1", Address: "localhost:8081", Term: 2}}}
}

// call is the way into every method; it returns with mu held if it gives no error.
func (f *fakeStore) call(ctx context.Context) error {
	f.mu.Lock()
	fail, hang := f.fail, f.hang
	if hang {
		f.mu.Unlock()
		<-ctx.Done()
		return kverr.From(ctx.Err())
	}
	if fail != nil {
		f.mu.Unlock()
	}
	return fail
}

func (f *fakeStore) header(at string) client.Header {
	if at == "" {
		at = "n1"
	}
	return client.Header{ClusterID: "00112233aabbccdd", Member: at, Term: 2, Revision: f.rev,
		AppliedIndex: f.rev + 10, Leader: &client.Leader{Name: "n1", Address: "localhost:8081", Term: 2}}
}

func (f *fakeStore) freshness(r Read) *client.Freshness {
	if !r.Stale {
		return nil
	}
	return &client.Freshness{LastContact: 12 * time.Millisecond, CommitIndex: f.rev + 10}
}

func (f *fakeStore) Members(ctx context.Context) (client.Membership, error) {
	if err := f.call(ctx); err != nil {
		return client.Membership{}, err
	}
	defer f.mu.Unlock()
	m := client.Membership{Header: f.header(""), ClusterName: "playground", FromLeader: true}
	for i, name := range []string{"n1", "n2", "n3"} {
		role := client.RoleFollower
		if i == 0 {
			role = client.RoleLeader
		}
		m.Members = append(m.Members, client.MemberStatus{Role: role, Voter: true, Reachable: i < 2,
			LastContact: time.Duration(i) * 20 * time.Millisecond, AppliedIndex: f.rev + 10,
			Member: client.Member{Name: name, KVAddress: "localhost:808" + name[1:], RaftAddress: "localhost:909" + name[1:], Version: "0.1"}})
	}
	return m, nil
}

func (f *fakeStore) Status(ctx context.Context, member string) (client.Status, error) {
	if err := f.call(ctx); err != nil {
		return client.Status{}, err
	}
	defer f.mu.Unlock()
	h := f.header(member)
	return client.Status{Header: h, Self: client.Member{Name: h.Member, KVAddress: "localhost:8081", RaftAddress: "localhost:9091", Version: "0.1"},
		ClusterName: "playground", Role: client.RoleFollower, CommitIndex: 10, LastLogIndex: 11, Keys: uint64(len(f.keys)),
		LiveBytes: 2048, Uptime: 90 * time.Second, Freshness: client.Freshness{LastContact: 3 * time.Millisecond},
		OldestRevision: f.oldest, HistoryChanges: uint64(len(f.log)), HistoryBytes: 300, QuotaBytes: 2 << 30,
		Leases: uint64(len(f.leases)), Sessions: 2, Watches: 1}, nil
}

func (f *fakeStore) Health(context.Context) (client.Health, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.h, nil
}

func (f *fakeStore) AddMember(ctx context.Context, _ string) (client.Member, error) {
	if err := f.call(ctx); err != nil {
		return client.Member{}, err
	}
	f.mu.Unlock()
	return client.Member{Name: "n4"}, nil
}

func (f *fakeStore) RemoveMember(ctx context.Context, name string) (client.Member, error) {
	if err := f.call(ctx); err != nil {
		return client.Member{}, err
	}
	f.mu.Unlock()
	if !slices.Contains([]string{"n1", "n2", "n3"}, name) {
		return client.Member{}, kverr.ErrMemberNotFound
	}
	return client.Member{Name: name}, nil
}

func (f *fakeStore) TransferLeadership(ctx context.Context, name string) (client.Leader, error) {
	if err := f.call(ctx); err != nil {
		return client.Leader{}, err
	}
	f.mu.Unlock()
	return client.Leader{Name: name, Term: 3}, nil
}

// fakeLab is a playground of two.
type fakeLab map[string]string

func (l fakeLab) Names() []string { return []string{"n1", "n2"} }
func (l fakeLab) Describe(name string) (string, string, string, string) {
	return l[name], "localhost:808" + name[1:], "localhost:909" + name[1:], "/tmp/" + name
}
func (l fakeLab) Stop(_ context.Context, n string) error  { l[n] = "stopped"; return nil }
func (l fakeLab) Start(_ context.Context, n string) error { l[n] = "running"; return nil }
func (l fakeLab) Kill(_ context.Context, n string) error  { l[n] = "killed"; return nil }
