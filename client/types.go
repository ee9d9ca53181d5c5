package client

import "time"

// Header is part of every result: who answered, and from which state.
type Header struct {
	// ClusterID is the cluster's random id, 16 hex digits.
	ClusterID string
	// Member is the name of the member whose state machine answered.
	Member string
	// Term is that member's term when it answered.
	Term uint64
	// Revision is the store revision the answer was made from or, for a write,
	// the revision it made.
	Revision uint64
	// AppliedIndex is the Raft index up to which the member had applied the log.
	AppliedIndex uint64
	// Leader is the leader as that member knew it; nil if it knew none. It is only to
	// be read: results share it.
	Leader *Leader
}

// Leader says who leads and where clients reach it.
type Leader struct {
	Name    string
	Address string // HOST:PORT
	Term    uint64
}

// KeyValue is a key as it was at one revision. The caller owns Value.
type KeyValue struct {
	Key   string
	Value []byte
	// CreateRevision created the key (this life of it, if it was deleted before).
	CreateRevision uint64
	// ModRevision is the revision of the last change.
	ModRevision uint64
	// Version counts the changes in this life of the key; 1 right after creation.
	Version uint64
	// Lease is the lease that the key lives by; 0 for none.
	Lease LeaseID
}

// LeaseID names a lease. Ids count up from 1 and are never used again.
type LeaseID uint64

// Freshness says how old a stale answer may be.
type Freshness struct {
	// LastContact is the time since the member last heard from a leader; 0 on
	// the leader itself.
	LastContact time.Duration
	// NeverContacted is true if it has not heard from one since it started.
	NeverContacted bool
	// CommitIndex is the highest commit index the member knows of.
	CommitIndex uint64
}

// PutResult is what Put returns.
type PutResult struct {
	Header
	// Prev is the key as it was before, if Prev was asked for and it was there.
	Prev *KeyValue
	// Lease is the one that TTL has made.
	Lease LeaseID
}

// GetResult is what Get returns.
type GetResult struct {
	Header
	// KV is nil if the key is not there.
	KV *KeyValue
	// Freshness is set on stale reads only.
	Freshness *Freshness
}

// DeleteResult is what Delete returns.
type DeleteResult struct {
	Header
	// Deleted is the number of keys removed.
	Deleted uint64
	// Prev is the key as it was before, if Prev was asked for and it was there.
	Prev *KeyValue
}

// RevertResult is what Revert returns.
type RevertResult struct {
	Header
	// KV is the key as it is now; nil if it is not there any more.
	KV *KeyValue
}

// CompactResult is what Compact returns.
type CompactResult struct{ Header }

// Lease is a lease as the leader sees it.
type Lease struct {
	ID LeaseID
	// TTL is how long it lasts without being kept alive.
	TTL time.Duration
	// Remaining is how long it lasts if nobody keeps it alive from now on.
	Remaining time.Duration
	// KeyCount is the number of keys that live by it.
	KeyCount uint64
	// Keys are those keys in order, at most 1000; set by LeaseInfo only.
	Keys []string
}

// GrantResult is what Grant returns.
type GrantResult struct {
	Header
	ID LeaseID
}

// KeepAliveResult is what KeepAlive returns.
type KeepAliveResult struct {
	Header
	// TTL is how long the lease lasts, at least, from when KeepAlive was called.
	TTL time.Duration
}

// RevokeResult is what Revoke returns.
type RevokeResult struct {
	Header
	// Deleted is the number of keys that the lease took with it.
	Deleted uint64
}

// Role is what a member is at the moment.
type Role string

// The roles a member can have.
const (
	RoleUnknown   Role = "unknown"
	RoleWaiting   Role = "waiting"
	RoleLearner   Role = "learner"
	RoleFollower  Role = "follower"
	RoleCandidate Role = "candidate"
	RoleLeader    Role = "leader"
	RoleRemoved   Role = "removed"
)

// Member is a row of the replicated member table.
type Member struct {
	Name        string
	Incarnation string // random id of its data folder
	RaftAddress string // HOST:PORT for nodes
	KVAddress   string // HOST:PORT for clients
	Version     string
}

// MemberStatus is a member as the leader sees it.
type MemberStatus struct {
	Member
	Role  Role
	Voter bool
	// Reachable: the leader heard from it within an election timeout.
	Reachable bool
	// LastContact is the time since then; 0 for the leader itself.
	LastContact time.Duration
	// NeverContacted: the leader has not heard from it in this term.
	NeverContacted bool
	AppliedIndex   uint64
	LastLogIndex   uint64
}

// Membership is what Members returns.
type Membership struct {
	Header
	ClusterName string
	// Members is sorted by name.
	Members []MemberStatus
	// FromLeader is false if the asked member had no leader to ask: roles and
	// contacts are then unknown.
	FromLeader bool
}

// Names returns the names of all members.
func (m Membership) Names() []string {
	return m.namesOf(func(*MemberStatus) bool { return true })
}

// Voters returns the names of the members that vote.
func (m Membership) Voters() []string {
	return m.namesOf(func(s *MemberStatus) bool { return s.Voter })
}

func (m Membership) namesOf(which func(*MemberStatus) bool) []string {
	names := make([]string, 0, len(m.Members))
	for i := range m.Members {
		if which(&m.Members[i]) {
			names = append(names, m.Members[i].Name)
		}
	}
	return names
}

// Status is what one member tells about itself.
type Status struct {
	Header
	Self              Member
	ClusterName       string
	Role              Role
	CommitIndex       uint64
	LastLogIndex      uint64
	LastSnapshotIndex uint64
	Keys              uint64
	LiveBytes         uint64 // bytes of live keys and values
	Uptime            time.Duration
	Freshness         Freshness

	// What follows is 0 of a node that waits and of a member of version 0.1.0.

	// OldestRevision is the oldest revision whose changes are kept.
	OldestRevision uint64
	// HistoryChanges is the number of changes that are kept as history, and
	// HistoryBytes the size of the keys and values that are held for them alone.
	HistoryChanges, HistoryBytes uint64
	// QuotaBytes is what LiveBytes may grow to; 0 while no leader has set it.
	QuotaBytes uint64
	// Leases is the number of leases that have not ended.
	Leases uint64
	// Sessions is the number of clients whose writes are remembered.
	Sessions uint64
	// Watches is the number of watches that are open on this member.
	Watches uint64
	// Stalled is how long the disk operation that its log waits for has lasted, 0 if
	// there is none.
	Stalled time.Duration
	// Requests are what clients have asked of this member since it started; nil of a
	// member of an older program.
	Requests *Requests
}

// Requests are numbers of requests, whatever came of them.
type Requests struct {
	Gets, Puts, Deletes, Txns uint64
	// Lists counts histories, too.
	Lists uint64
}

// Reads is the number of gets and lists.
func (r Requests) Reads() uint64 { return r.Gets + r.Lists }

// Writes is the number of all others; any transaction counts as a write.
func (r Requests) Writes() uint64 { return r.Puts + r.Deletes + r.Txns }

// Health is the cluster at a glance, as a prompt shows it.
type Health struct {
	ClusterName string
	ClusterID   string
	// Leader is nil if no member that answered leads.
	Leader *Leader
	// Voters is the number of voting members, 0 if nobody answered.
	Voters int
	// Reachable is how many voters the leader hears from, itself among them;
	// without a leader, how many answered this client.
	Reachable int
	// Quorum is true if there is a leader that hears from a majority.
	Quorum bool
	// Member is the member in use: of those that answered, the one that a call would
	// ask first. Role is what it is, and Term the term it is in.
	Member string
	Role   Role
	Term   uint64
}
