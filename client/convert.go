package client

import (
	"cmp"
	"math"
	"slices"
	"time"

	kvv1 "kv/proto/kv/v1"
)

func headerOf(h *kvv1.Header) Header {
	out := Header{
		ClusterID:    h.GetClusterId(),
		Member:       h.GetMember(),
		Term:         h.GetTerm(),
		Revision:     h.GetRevision(),
		AppliedIndex: h.GetAppliedIndex(),
	}
	if h.GetLeader().GetName() != "" {
		l := leaderOf(h.GetLeader())
		out.Leader = &l
	}
	return out
}

func leaderOf(l *kvv1.Leader) Leader {
	return Leader{Name: l.GetName(), Address: l.GetAddress(), Term: l.GetTerm()}
}

func keyValueOf(kv *kvv1.KeyValue) KeyValue {
	return KeyValue{
		Key:            string(kv.GetKey()),
		Value:          kv.GetValue(),
		CreateRevision: kv.GetCreateRevision(),
		ModRevision:    kv.GetModRevision(),
		Version:        kv.GetVersion(),
		Lease:          LeaseID(kv.GetLease()),
	}
}

// maybeKeyValue returns nil for nil.
func maybeKeyValue(kv *kvv1.KeyValue) *KeyValue {
	if kv == nil {
		return nil
	}
	out := keyValueOf(kv)
	return &out
}

func changeOf(c *kvv1.Change) Change {
	return Change{
		Deleted: c.GetKind() == kvv1.Change_KIND_DELETE,
		KV:      keyValueOf(c.GetKv()),
		Prev:    maybeKeyValue(c.GetPrev()),
	}
}

func freshnessOf(f *kvv1.Freshness) *Freshness {
	if f == nil {
		return nil
	}
	return &Freshness{
		LastContact:    millis(f.GetLastContactMs()),
		NeverContacted: f.GetNeverContacted(),
		CommitIndex:    f.GetCommitIndex(),
	}
}

// millis does not overflow: a member may send any number.
func millis(ms uint64) time.Duration {
	return time.Duration(min(ms, math.MaxInt64/uint64(time.Millisecond))) * time.Millisecond
}

// ttlMillis rounds up, so that no time to live becomes none; 0 stays 0.
func ttlMillis(d time.Duration) (uint64, error) {
	if d < 0 {
		return 0, ErrInvalid.Withf("a time to live of %v: want 100 ms to 10 years", d)
	}
	ms := uint64(d / time.Millisecond)
	if d%time.Millisecond != 0 {
		ms++
	}
	return ms, nil
}

func memberOf(m *kvv1.Member) Member {
	return Member{
		Name:        m.GetName(),
		Incarnation: m.GetIncarnation(),
		RaftAddress: m.GetRaftAddress(),
		KVAddress:   m.GetKvAddress(),
		Version:     m.GetVersion(),
	}
}

func membershipOf(r *kvv1.MembersResponse) Membership {
	out := Membership{
		Header:      headerOf(r.GetHeader()),
		ClusterName: r.GetClusterName(),
		FromLeader:  r.GetFromLeader(),
	}
	for _, m := range r.GetMembers() {
		out.Members = append(out.Members, MemberStatus{
			Member:         memberOf(m.GetMember()),
			Role:           roleOf(m.GetRole()),
			Voter:          m.GetVoter(),
			Reachable:      m.GetReachable(),
			LastContact:    millis(m.GetLastContactMs()),
			NeverContacted: m.GetNeverContacted(),
			AppliedIndex:   m.GetAppliedIndex(),
			LastLogIndex:   m.GetLastLogIndex(),
		})
	}
	slices.SortStableFunc(out.Members, func(a, b MemberStatus) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func statusOf(r *kvv1.StatusResponse) Status {
	out := Status{
		Header:            headerOf(r.GetHeader()),
		Self:              memberOf(r.GetSelf()),
		ClusterName:       r.GetClusterName(),
		Role:              roleOf(r.GetRole()),
		CommitIndex:       r.GetCommitIndex(),
		LastLogIndex:      r.GetLastLogIndex(),
		LastSnapshotIndex: r.GetLastSnapshotIndex(),
		Keys:              r.GetKeys(),
		LiveBytes:         r.GetLiveBytes(),
		Uptime:            millis(r.GetUptimeMs()),
		OldestRevision:    r.GetOldestRevision(),
		HistoryChanges:    r.GetHistoryChanges(),
		HistoryBytes:      r.GetHistoryBytes(),
		QuotaBytes:        r.GetQuotaBytes(),
		Leases:            r.GetLeases(),
		Sessions:          r.GetSessions(),
		Watches:           r.GetWatches(),
		Stalled:           millis(r.GetStalledMs()),
	}
	if n := r.GetRequests(); n != nil {
		out.Requests = &Requests{Gets: n.GetGets(), Lists: n.GetLists(), Puts: n.GetPuts(), Deletes: n.GetDeletes(), Txns: n.GetTxns()}
	}
	if f := freshnessOf(r.GetFreshness()); f != nil {
		out.Freshness = *f
	}
	return out
}

var roles = map[kvv1.Role]Role{
	kvv1.Role_ROLE_WAITING:   RoleWaiting,
	kvv1.Role_ROLE_LEARNER:   RoleLearner,
	kvv1.Role_ROLE_FOLLOWER:  RoleFollower,
	kvv1.Role_ROLE_CANDIDATE: RoleCandidate,
	kvv1.Role_ROLE_LEADER:    RoleLeader,
	kvv1.Role_ROLE_REMOVED:   RoleRemoved,
}

func roleOf(r kvv1.Role) Role {
	if role, ok := roles[r]; ok {
		return role
	}
	return RoleUnknown
}
