package node

import (
	"context"
	"net"
	"time"

	"github.com/hashicorp/raft"
	"google.golang.org/protobuf/proto"

	"kv/node/transport"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

var _ transport.Handler = (*member)(nil)

func setMember(row *kvv1.Member) *kvv1.Command {
	return &kvv1.Command{Op: &kvv1.Command_SetMember{SetMember: &kvv1.SetMemberCommand{Member: row}}}
}

// Join adds the sender as a learner or, if it is a member, notes its addresses.
// It may be repeated. Errors: ErrNotLeader, ErrNoLeader, ErrInvalid,
// ErrClusterMismatch, ErrNameTaken, ErrAddressTaken, ErrRemoved, ErrUpgrading.
func (m *member) Join(ctx context.Context, req *kvv1.JoinRequest) (*kvv1.JoinResponse, error) {
	if !m.leading() {
		return nil, m.notLeader()
	}
	row := req.GetMember()
	if err := validRow(row); err != nil {
		return nil, err
	}
	m.changes.Lock()
	defer m.changes.Unlock()
	// Who is a member is a question to the whole committed log.
	if err := m.readIndex(ctx); err != nil {
		return nil, err
	}
	clusterID, clusterName := m.machine.Cluster()
	if clusterID == "" {
		return nil, kverr.ErrNoLeader.Withf("the cluster of %s is just being founded; try again", m.cfg.Name)
	}
	if err := m.welcome(row); err != nil {
		return nil, err
	}
	if err := m.admissible(row, req.GetClusterId() != ""); err != nil {
		return nil, err
	}
	if old, ok := m.machine.Member(row.GetName()); !ok || !proto.Equal(old, row) {
		if err := m.writeCommand(ctx, setMember(row)); err != nil {
			return nil, err
		}
	}
	isNew := m.placeOf(memberID(row)) == ""
	if err := m.setServer(row); err != nil {
		return nil, err
	}
	if isNew {
		m.happened(kvv1.EventKind_EVENT_KIND_MEMBER_JOINED, row.GetName(), "as a learner")
	}
	return &kvv1.JoinResponse{ClusterId: clusterID, ClusterName: clusterName, Leader: m.cfg.Name}, nil
}

func validRow(row *kvv1.Member) error {
	if err := validName(row.GetName()); err != nil {
		return kverr.ErrInvalid.Withf("%v", err)
	}
	if row.GetIncarnation() == "" {
		return kverr.ErrInvalid.Withf("the joining node %s has no incarnation", row.GetName())
	}
	for _, addr := range []string{row.GetRaftAddress(), row.GetKvAddress()} {
		if host, _, err := net.SplitHostPort(addr); err != nil || host == "" {
			return kverr.ErrInvalid.Withf("the joining node %s advertises the address %q, which is not HOST:PORT", row.GetName(), addr)
		}
	}
	return nil
}

// admissible tells whether a node may come in, or come back.
func (m *member) admissible(row *kvv1.Member, hasCluster bool) error {
	old, exists := m.machine.Member(row.GetName())
	if !exists && hasCluster {
		return kverr.ErrRemoved.Withf("%s was removed from this cluster; empty its DATA_DIR and join again", row.GetName())
	}
	if exists && old.GetIncarnation() != row.GetIncarnation() {
		if hasCluster {
			return kverr.ErrRemoved.Withf("%s was removed from this cluster and another node has its name; empty its DATA_DIR and join under another name", row.GetName())
		}
		return kverr.ErrNameTaken.Withf("a member %s exists with another data folder (incarnation %s, at %s): if its disk was wiped, `remove %s` first and join again; otherwise choose another NODE_ID",
			row.GetName(), old.GetIncarnation(), old.GetKvAddress(), row.GetName())
	}
	for _, other := range m.machine.Members() {
		if other.GetName() == row.GetName() {
			continue
		}
		if other.GetRaftAddress() == row.GetRaftAddress() || other.GetKvAddress() == row.GetKvAddress() {
			return kverr.ErrAddressTaken.Withf("%s (%s, %s) has an address of member %s; if %s is gone for good, `remove %s` first",
				row.GetName(), row.GetKvAddress(), row.GetRaftAddress(), other.GetName(), other.GetName(), other.GetName())
		}
	}
	return nil
}

// setServer brings the Raft configuration in line with a row of the member
// table: an unknown server becomes a learner, a known one gets its address.
func (m *member) setServer(row *kvv1.Member) error {
	id, addr := memberID(row), raft.ServerAddress(row.GetRaftAddress())
	add := (*raft.Raft).AddNonvoter
	for _, s := range m.servers() {
		if s.ID != id {
			continue
		}
		if s.Address == addr {
			return nil
		}
		if s.Suffrage == raft.Voter {
			add = (*raft.Raft).AddVoter
		}
	}
	return m.fromRaft(m.settle(func(r *raft.Raft) raft.Future { return add(r, id, addr, 0, m.cfg.ElectionTimeout) }))
}

// removeMember takes a member out: first its row, which tells everybody, then
// its place in the Raft configuration. A leader that is to go hands over first.
func (m *member) removeMember(ctx context.Context, name string) (*kvv1.Member, error) {
	m.changes.Lock()
	defer m.changes.Unlock()
	if err := m.readIndex(ctx); err != nil {
		return nil, err
	}
	row, ok := m.machine.Member(name)
	if !ok {
		return nil, kverr.ErrMemberNotFound.Withf("no member is named %q; `members` lists them", name)
	}
	if err := m.awaitSafeToRemove(ctx, memberID(row)); err != nil {
		return nil, err
	}
	remove := &kvv1.RemoveMemberCommand{Name: name, Incarnation: row.GetIncarnation()}
	if err := m.writeCommand(ctx, &kvv1.Command{Op: &kvv1.Command_RemoveMember{RemoveMember: remove}}); err != nil {
		return nil, err
	}
	// From here on it is done: if this leader cannot finish, the next one does
	// (finishRemovals), and the caller must not be told anything else.
	if err := m.removeServer(memberID(row)); err != nil {
		m.cfg.Logger.Warn("the removal is to be finished", "member", row.GetName(), "error", err)
		return row, nil
	}
	m.happened(kvv1.EventKind_EVENT_KIND_MEMBER_REMOVED, row.GetName(), "asked to")
	m.spawn(func() { m.tellRemoved(row) })
	return row, nil
}

func (m *member) removeServer(id raft.ServerID) error {
	return m.settle(func(r *raft.Raft) raft.Future { return r.RemoveServer(id, 0, m.cfg.ElectionTimeout) })
}

// tellRemoved tells a member that it was removed: Raft itself tells it nothing.
func (m *member) tellRemoved(row *kvv1.Member) {
	ctx, cancel := m.cfg.Patience.WithTimeout(m.ctx, m.cfg.ElectionTimeout)
	defer cancel()
	req := &kvv1.RemovedRequest{Name: row.GetName(), Incarnation: row.GetIncarnation()}
	if _, err := m.transport.Removed(ctx, memberID(row), raft.ServerAddress(row.GetRaftAddress()), req); err != nil {
		m.cfg.Logger.Info("a removed member could not be told", "member", row.GetName(), "error", err)
	}
}

// safeToRemove refuses a removal after which the voters that answer are no
// majority of those that are left.
func (m *member) safeToRemove(id raft.ServerID) error {
	left, answering, isVoter := 0, 0, false
	for _, s := range m.servers() {
		switch {
		case s.Suffrage != raft.Voter:
		case s.ID == id:
			isVoter = true
		default:
			left++
			if s.ID == m.id || m.hears(s.ID) {
				answering++
			}
		}
	}
	if isVoter && answering < left/2+1 {
		return kverr.ErrUnsafeRemoval.Withf("removing %s would leave %d voters of which %d answer: no majority; bring the others back first",
			nameOf(id), left, answering)
	}
	return nil
}

// awaitSafeToRemove gives the others the time to answer before it refuses: a
// leader that has just been elected has not heard of anybody yet.
func (m *member) awaitSafeToRemove(ctx context.Context, id raft.ServerID) error {
	ctx, cancel := context.WithTimeout(ctx, m.cfg.ElectionTimeout)
	defer cancel()
	var err error
	m.await(ctx, func() bool {
		err = m.safeToRemove(id)
		return err == nil
	})
	return err
}

// hears reports whether the leader has heard from a server lately.
func (m *member) hears(id raft.ServerID) bool {
	return time.Since(m.progress.of(id).contact) <= m.cfg.ElectionTimeout
}

func (m *member) otherVoters() int {
	n := 0
	for _, s := range m.servers() {
		if s.Suffrage == raft.Voter && s.ID != m.id {
			n++
		}
	}
	return n
}

// transferTo hands leadership to a voter, or to the one furthest along, and
// waits until somebody else leads.
func (m *member) transferTo(ctx context.Context, name string) (kverr.Leader, error) {
	if name == m.cfg.Name {
		return m.leader(), nil
	}
	transfer, err := m.transferee(name)
	if err != nil {
		return kverr.Leader{}, err
	}
	m.happened(kvv1.EventKind_EVENT_KIND_TRANSFER_ASKED, name, "")
	if err := m.settle(transfer); err != nil {
		return kverr.Leader{}, kverr.ErrTransferring.Withf("leadership stays with %s; try again or look at `members`", m.cfg.Name).WithCause(err)
	}
	var leader kverr.Leader
	if !m.await(ctx, func() bool { leader = m.leader(); return leader.Name != "" }) {
		return kverr.Leader{}, kverr.From(ctx.Err())
	}
	if leader.Name == m.cfg.Name { // the other's election failed, and the next was ours
		return kverr.Leader{}, kverr.ErrTransferring.Withf("leadership came back to %s; try again or look at `members`", m.cfg.Name)
	}
	return leader, nil
}

func (m *member) transferee(name string) (func(*raft.Raft) raft.Future, error) {
	if m.otherVoters() == 0 {
		return nil, kverr.ErrInvalid.Withf("%s is the only voter: there is nobody to hand leadership to", m.cfg.Name)
	}
	if name == "" {
		return (*raft.Raft).LeadershipTransfer, nil
	}
	for _, s := range m.servers() {
		if nameOf(s.ID) != name {
			continue
		}
		if s.Suffrage != raft.Voter {
			return nil, kverr.ErrNotVoter.Withf("%s is a learner and cannot lead yet; wait until `members` shows it as a voter", name)
		}
		return func(r *raft.Raft) raft.Future { return r.LeadershipTransferToServer(s.ID, s.Address) }, nil
	}
	return nil, kverr.ErrMemberNotFound.Withf("no member is named %q; `members` lists them", name)
}

// Confirm answers a leader that asks whether its term still stands. While Raft
// restarts nobody can tell: the run that raft returns is not the one that votes.
// (restarting is read first: a restart that begins later raises the term later.)
func (m *member) Confirm(context.Context, *kvv1.ConfirmRequest) (*kvv1.ConfirmResponse, error) {
	restarting, r := m.restarting.Load(), m.raft()
	if restarting || r == nil {
		return nil, kverr.ErrStopping.Withf("%s is starting", m.cfg.Name)
	}
	applied, _ := m.machine.Applied()
	return &kvv1.ConfirmResponse{Term: r.CurrentTerm(), AppliedIndex: applied, LastLogIndex: r.LastIndex()}, nil
}

// ReadIndex answers a follower's reads. Errors: ErrNotLeader, ErrNoLeader,
// ErrNoQuorum.
func (m *member) ReadIndex(ctx context.Context, _ *kvv1.ReadIndexRequest) (*kvv1.ReadIndexResponse, error) {
	if !m.leading() {
		return nil, kverr.ErrNotLeader
	}
	index, err := m.leaderReads.index(ctx)
	if err != nil {
		return nil, err
	}
	return &kvv1.ReadIndexResponse{Index: index}, nil
}
