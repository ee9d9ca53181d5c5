package node

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/hashicorp/raft"
	"google.golang.org/grpc"

	"kv/node/fsm"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// header tells who answers, from which state.
func (m *member) header(revision uint64) *kvv1.Header {
	clusterID, _ := m.machine.Cluster()
	applied, _ := m.machine.Applied()
	h := &kvv1.Header{
		ClusterId:    clusterID,
		Member:       m.cfg.Name,
		Term:         m.raft().CurrentTerm(),
		Revision:     revision,
		AppliedIndex: applied,
	}
	if leader := m.leader(); leader.Name != "" {
		h.Leader = protoLeader(leader)
	}
	return h
}

// viewHeader is the header of an answer that is made from a view.
func (m *member) viewHeader(v *fsm.View) *kvv1.Header {
	h := m.header(v.Revision())
	h.AppliedIndex, _ = v.Applied()
	return h
}

func protoLeader(l kverr.Leader) *kvv1.Leader {
	return &kvv1.Leader{Name: l.Name, Address: l.Address, Term: l.Term}
}

// freshness tells how old this member's state may be.
func (m *member) freshness() *kvv1.Freshness {
	r := m.raft()
	f := &kvv1.Freshness{CommitIndex: m.committed()}
	if m.leading() {
		return f
	}
	contact := r.LastContact()
	if contact.IsZero() {
		f.NeverContacted = true
	} else {
		f.LastContactMs = uint64(time.Since(contact).Milliseconds())
	}
	return f
}

// committed is the commit index as others may hear of it; see ahead.go.
func (m *member) committed() uint64 { return m.log.Durable(m.raft().CommitIndex()) }

// role tells what this member is at the moment.
func (m *member) role() kvv1.Role {
	switch m.raft().State() {
	case raft.Leader:
		return kvv1.Role_ROLE_LEADER
	case raft.Candidate:
		return kvv1.Role_ROLE_CANDIDATE
	default:
		for _, s := range m.servers() {
			if s.ID == m.id && s.Suffrage == raft.Voter {
				return kvv1.Role_ROLE_FOLLOWER
			}
		}
		return kvv1.Role_ROLE_LEARNER
	}
}

// Status implements rpc.Backend. It never fails.
func (n *Node) Status(ctx context.Context, req *kvv1.StatusRequest) (*kvv1.StatusResponse, error) {
	if wait := min(req.GetWaitMs(), uint64(maxNewsWait.Milliseconds())); wait > 0 {
		n.awaitNews(ctx, req.GetSeen(), time.Duration(wait)*time.Millisecond)
	}
	id := n.identity()
	resp := &kvv1.StatusResponse{
		Outlook:     n.outlook(), // before what it stands for, so that no change is missed
		Self:        selfMember(n.cfg, id),
		ClusterName: id.ClusterName,
		UptimeMs:    uint64(time.Since(n.started).Milliseconds()),
		Requests:    n.services.Counts.Message(),
	}
	m := n.member.Load()
	if m == nil {
		resp.Header = &kvv1.Header{Member: id.Name}
		resp.Role = kvv1.Role_ROLE_WAITING
		return resp, nil
	}
	resp.Header = m.header(m.machine.Revision())
	resp.Role = m.role()
	if errors.Is(n.Err(), kverr.ErrRemoved) {
		resp.Role = kvv1.Role_ROLE_REMOVED
	}
	r := m.raft()
	resp.CommitIndex, resp.LastLogIndex = m.committed(), r.LastIndex()
	resp.LastSnapshotIndex, _ = strconv.ParseUint(r.Stats()["last_snapshot_index"], 10, 64)
	resp.Keys, resp.LiveBytes = uint64(m.machine.Len()), m.machine.LiveBytes()
	resp.Freshness = m.freshness()
	resp.StalledMs = uint64(m.log.Stalled().Milliseconds())
	m.tellModel(resp)
	return resp, nil
}

// tellModel adds what there is beside the keys.
func (m *member) tellModel(resp *kvv1.StatusResponse) {
	changes, bytes := m.machine.HistorySize()
	resp.OldestRevision, resp.HistoryChanges, resp.HistoryBytes = m.machine.Oldest(), uint64(changes), bytes
	resp.QuotaBytes = m.machine.Quota()
	resp.Leases, resp.Sessions = uint64(m.machine.LeaseCount()), uint64(m.machine.Sessions())
	resp.Watches = uint64(m.hub.watching.Load())
}

// Members implements rpc.Backend. It is answered by the leader if there is one,
// and otherwise from this member's own state. Errors: ErrWaiting.
func (n *Node) Members(ctx context.Context, req *kvv1.MembersRequest) (*kvv1.MembersResponse, error) {
	resp, err := onLeader(ctx, n, func(m *member) (*kvv1.MembersResponse, error) {
		return m.members(true), nil
	}, func(ctx context.Context, conn grpc.ClientConnInterface) (*kvv1.MembersResponse, error) {
		return kvv1.NewClusterClient(conn).Members(ctx, req)
	})
	if err == nil {
		return resp, nil
	}
	m, own := n.cluster()
	if own != nil {
		return nil, own
	}
	return m.members(false), nil
}

// members lists the member table; only a leader knows roles and contacts.
func (m *member) members(leads bool) *kvv1.MembersResponse {
	_, name := m.machine.Cluster()
	resp := &kvv1.MembersResponse{Header: m.header(m.machine.Revision()), ClusterName: name, FromLeader: leads}
	suffrage := make(map[raft.ServerID]raft.ServerSuffrage)
	for _, s := range m.servers() {
		suffrage[s.ID] = s.Suffrage
	}
	for _, row := range m.machine.Members() {
		s := &kvv1.MemberStatus{Member: row}
		kind, configured := suffrage[memberID(row)]
		s.Voter = configured && kind == raft.Voter
		switch {
		case leads:
			m.fillProgress(s)
		case memberID(row) == m.id:
			s.Role, s.Reachable = m.role(), true
			s.AppliedIndex, _ = m.machine.Applied()
			s.LastLogIndex = m.raft().LastIndex()
		}
		resp.Members = append(resp.Members, s)
	}
	return resp
}

func (m *member) fillProgress(s *kvv1.MemberStatus) {
	if memberID(s.GetMember()) == m.id {
		s.Role, s.Reachable = kvv1.Role_ROLE_LEADER, true
		s.AppliedIndex, _ = m.machine.Applied()
		s.LastLogIndex = m.raft().LastIndex()
		return
	}
	s.Role = kvv1.Role_ROLE_LEARNER
	if s.GetVoter() {
		s.Role = kvv1.Role_ROLE_FOLLOWER
	}
	peer := m.progress.of(memberID(s.GetMember()))
	s.AppliedIndex, s.LastLogIndex = peer.applied, peer.last
	if peer.contact.IsZero() {
		s.NeverContacted = true
		return
	}
	since := time.Since(peer.contact)
	s.LastContactMs = uint64(since.Milliseconds())
	s.Reachable = since <= m.cfg.ElectionTimeout
}

// KVAddress is where clients reach the node, HOST:PORT.
func (n *Node) KVAddress() string { return selfMember(n.cfg, n.identity()).GetKvAddress() }

// RaftAddress is where other nodes reach it, HOST:PORT.
func (n *Node) RaftAddress() string { return selfMember(n.cfg, n.identity()).GetRaftAddress() }

// Name is the node's name, NODE_ID.
func (n *Node) Name() string { return n.cfg.Name }

// Cluster returns the id and the name of the node's cluster, empty while it waits.
func (n *Node) Cluster() (id, name string) {
	who := n.identity()
	return who.ClusterID, who.ClusterName
}

// ClusterID implements rpc.Backend.
func (n *Node) ClusterID() string { return n.identity().ClusterID }

// Leads reports whether the node takes itself for the leader, and its term.
func (n *Node) Leads() (term uint64, leads bool) {
	m := n.member.Load()
	if m == nil {
		return 0, false
	}
	return m.raft().CurrentTerm(), m.leading()
}

// Voters returns the names of the voters in the latest configuration that the
// node has, sorted by when they joined.
func (n *Node) Voters() []string {
	m := n.member.Load()
	if m == nil {
		return nil
	}
	var names []string
	for _, s := range m.servers() {
		if s.Suffrage == raft.Voter {
			names = append(names, nameOf(s.ID))
		}
	}
	return names
}

// Hash returns the hash of the node's state and the index it is of: two members
// have the same at the same index, always.
func (n *Node) Hash() (hash string, applied uint64) {
	m := n.member.Load()
	if m == nil {
		return "", 0
	}
	view := m.machine.View()
	defer view.Release()
	applied, _ = view.Applied()
	return view.Hash().String(), applied
}
