// Package fake is a cluster and a playground that only exist in memory, for the tests of
// the shell.
package fake

import (
	"context"
	"slices"
	"sync"
	"time"

	"kv/client"
	"kv/proto/kverr"
	"kv/repl/data"
)

// Store is a cluster of three as a small model, with faults to order: what a
// store keeps is in model.go.
type Store struct {
	mu sync.Mutex // guards all below, once the store is used
	model
	// Fail is what every call returns, unless it is nil.
	Fail error
	// Hang lets calls wait for the end of their context.
	Hang bool
	// Differs is a member whose state is not that of the others, Silent one that does
	// not answer when it is asked by name.
	Differs, Silent string
	// snapshots is the index of each member's newest.
	snapshots map[string]uint64
	// Tracing: the members note what they do with what PutTraced and DeleteTraced write.
	Tracing bool
	traced  map[string][]client.TraceStep
}

// New makes a store without keys.
func New() *Store {
	return &Store{model: newModel(), snapshots: make(map[string]uint64)}
}

// call is the way into every method; it returns with mu held if it gives no error.
func (f *Store) call(ctx context.Context) error {
	f.mu.Lock()
	fail, hang := f.Fail, f.Hang
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

func (f *Store) header(at string) client.Header {
	if at == "" {
		at = "n1"
	}
	return client.Header{ClusterID: "00112233aabbccdd", Member: at, Term: 2, Revision: f.rev,
		AppliedIndex: f.rev + 10, Leader: &client.Leader{Name: "n1", Address: "localhost:8081", Term: 2}}
}

func (f *Store) freshness(r data.Read) *client.Freshness {
	if !r.Stale {
		return nil
	}
	return &client.Freshness{LastContact: 12 * time.Millisecond, CommitIndex: f.rev + 10}
}

// Members implements the stores of the rooms.
func (f *Store) Members(ctx context.Context) (client.Membership, error) {
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

// Status implements the stores of the rooms.
func (f *Store) Status(ctx context.Context, member string) (client.Status, error) {
	if err := f.call(ctx); err != nil {
		return client.Status{}, err
	}
	defer f.mu.Unlock()
	if member == f.Silent && member != "" {
		return client.Status{}, kverr.ErrUnreachable.Withf("cannot reach the member: localhost:808%s: connection refused", member[1:])
	}
	h := f.header(member)
	role := client.RoleFollower
	if h.Member == "n1" {
		role = client.RoleLeader
	}
	return client.Status{Header: h, Self: client.Member{Name: h.Member, KVAddress: "localhost:8081", RaftAddress: "localhost:9091", Version: "0.1"},
		ClusterName: "playground", Role: role, CommitIndex: f.rev + 10, LastLogIndex: f.rev + 11, Keys: uint64(len(f.keys)),
		LiveBytes: 2048, Uptime: 90 * time.Second, Freshness: client.Freshness{LastContact: 3 * time.Millisecond},
		OldestRevision: f.oldest, HistoryChanges: uint64(len(f.log)), HistoryBytes: 300, QuotaBytes: 2 << 30,
		Leases: uint64(len(f.leases)), Sessions: 2, Watches: 1,
		Requests: &client.Requests{Gets: 5, Puts: f.rev}}, nil
}

// Health implements the stores of the rooms.
func (f *Store) Health(context.Context) (client.Health, error) {
	return client.Health{ClusterName: "playground", Voters: 3, Reachable: 3, Quorum: true,
		Leader: &client.Leader{Name: "n1", Address: "localhost:8081", Term: 2}}, nil
}

// AddMember implements the stores of the rooms.
func (f *Store) AddMember(ctx context.Context, _ string) (client.Member, error) {
	if err := f.call(ctx); err != nil {
		return client.Member{}, err
	}
	f.mu.Unlock()
	return client.Member{Name: "n4"}, nil
}

// RemoveMember implements the stores of the rooms.
func (f *Store) RemoveMember(ctx context.Context, name string) (client.Member, error) {
	if err := f.call(ctx); err != nil {
		return client.Member{}, err
	}
	f.mu.Unlock()
	if !slices.Contains([]string{"n1", "n2", "n3"}, name) {
		return client.Member{}, kverr.ErrMemberNotFound
	}
	return client.Member{Name: name}, nil
}

// TransferLeadership implements the stores of the rooms.
func (f *Store) TransferLeadership(ctx context.Context, name string) (client.Leader, error) {
	if err := f.call(ctx); err != nil {
		return client.Leader{}, err
	}
	f.mu.Unlock()
	return client.Leader{Name: name, Term: 3}, nil
}

// Add adds an empty key that no change has made.
func (f *Store) Add(key string) { f.keys[key] = client.KeyValue{Key: key, Version: 1} }
