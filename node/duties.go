package node

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/raft"
	"google.golang.org/protobuf/proto"

	"kv/node/fsm"
	kvv1 "kv/proto/kv/v1"
)

// promoteWithin is how many entries a learner may lack to be made a voter. It
// has then the recent log, and the next writes do not wait for it.
const promoteWithin = 256

// progress is what the leader knows of the others, by asking them.
type progress struct {
	mu    sync.Mutex
	peers map[raft.ServerID]peerProgress // guarded by mu
}

type peerProgress struct {
	asking        bool // a question is on its way
	contact       time.Time
	applied, last uint64
}

func (p *progress) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.peers = make(map[raft.ServerID]peerProgress)
}

func (p *progress) of(id raft.ServerID) peerProgress {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.peers[id]
}

// ask reports whether the caller is to ask id now, and notes that it does.
func (p *progress) ask(id raft.ServerID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	peer := p.peers[id]
	if peer.asking {
		return false
	}
	peer.asking = true
	p.peers[id] = peer
	return true
}

// answered notes the answer of id; nil is none.
func (p *progress) answered(id raft.ServerID, resp *kvv1.ConfirmResponse) {
	p.mu.Lock()
	defer p.mu.Unlock()
	peer := p.peers[id]
	peer.asking = false
	if resp != nil {
		peer.contact, peer.applied, peer.last = time.Now(), resp.GetAppliedIndex(), resp.GetLastLogIndex()
	}
	p.peers[id] = peer
}

// lead is what this member does while it leads; ctx ends with its office.
func (m *member) lead(ctx context.Context, id identity) {
	m.progress.reset()
	term := m.raft().CurrentTerm()
	tick := time.NewTicker(m.cfg.HeartbeatTimeout / 4)
	defer tick.Stop()
	m.modern.Store(false) // each leader looks for itself
	var asking sync.WaitGroup
	defer asking.Wait()
	established, sight := false, newSight()
	for {
		if !established && m.tryEstablish(ctx, id, term) {
			established = true
			asking.Go(func() { m.keepLeases(ctx) })
			asking.Go(func() { m.keepHouse(ctx) })
		}
		m.askAll(ctx, &asking, term)
		if established {
			m.promoteLearners(ctx)
			m.finishRemovals(ctx)
		}
		m.look(sight)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// tryEstablish reports whether this leader is established. It may have to be done
// again: a transfer of leadership that fails keeps writes off for a while.
func (m *member) tryEstablish(ctx context.Context, id identity, term uint64) bool {
	if err := m.establish(ctx, id); err != nil {
		m.cfg.Logger.Debug("leadership not established", "term", term, "error", err)
		return false
	}
	m.cfg.Logger.Info("leading", "member", m.cfg.Name, "term", term)
	return true
}

// establish commits an entry of the new term, which commits all before it, and
// sees to it that the cluster's name and our own row are in the state, and the
// quota, with which the history begins.
func (m *member) establish(ctx context.Context, id identity) error {
	if _, err := m.writeOwn(ctx, fsm.AppendTermMarker(nil)); err != nil {
		return err
	}
	var commands []*kvv1.Command
	if clusterID, _ := m.machine.Cluster(); clusterID == "" {
		set := &kvv1.SetClusterCommand{Id: id.ClusterID, Name: id.ClusterName}
		commands = append(commands, &kvv1.Command{Op: &kvv1.Command_SetCluster{SetCluster: set}})
	}
	if row, ok := m.machine.Member(m.cfg.Name); !ok || !proto.Equal(row, m.self) {
		commands = append(commands, setMember(m.self))
	}
	for _, c := range commands {
		if err := m.writeCommand(ctx, c); err != nil {
			return err
		}
	}
	if m.allUpgraded() == nil {
		if err := m.keepQuota(ctx); err != nil {
			return err
		}
	}
	return m.setServer(m.self)
}

// writeCommand replicates a command of this member's own.
func (m *member) writeCommand(ctx context.Context, c *kvv1.Command) error {
	encoded, err := fsm.AppendCommand(nil, c)
	if err != nil {
		return err
	}
	_, err = m.writeOwn(ctx, encoded)
	return err
}

// askAll asks every other member how far it is.
func (m *member) askAll(ctx context.Context, asking *sync.WaitGroup, term uint64) {
	for _, s := range m.servers() {
		if s.ID == m.id || !m.progress.ask(s.ID) {
			continue
		}
		asking.Go(func() {
			ctx, cancel := m.cfg.Patience.WithTimeout(ctx, m.cfg.HeartbeatTimeout)
			defer cancel()
			resp, err := m.transport.Confirm(ctx, s.ID, s.Address, term)
			if err != nil {
				resp = nil
			}
			m.progress.answered(s.ID, resp)
		})
	}
}

// promoteLearners makes voters of the learners that have caught up. A voter that
// lags would count for the quorum and not help to reach it (RAFT.md 2.5).
func (m *member) promoteLearners(ctx context.Context) {
	m.changes.Lock() // before looking: a removal under way takes the learner out
	defer m.changes.Unlock()
	for _, s := range m.servers() {
		if ctx.Err() != nil || s.Suffrage == raft.Voter || !m.caughtUp(s) {
			continue
		}
		err := m.settle(func(r *raft.Raft) raft.Future { return r.AddVoter(s.ID, s.Address, 0, m.cfg.ElectionTimeout) })
		if err != nil {
			m.cfg.Logger.Warn("promote learner", "member", nameOf(s.ID), "error", err)
			continue
		}
		m.cfg.Logger.Info("learner promoted to voter", "member", nameOf(s.ID))
		m.happened(kvv1.EventKind_EVENT_KIND_MEMBER_PROMOTED, nameOf(s.ID), "it has caught up")
	}
}

// caughtUp reports whether a learner answers, has all but the last entries, and
// still is a member.
func (m *member) caughtUp(s raft.Server) bool {
	peer := m.progress.of(s.ID)
	if time.Since(peer.contact) > m.cfg.HeartbeatTimeout || peer.applied+promoteWithin < m.raft().CommitIndex() {
		return false
	}
	row, ok := m.machine.Member(nameOf(s.ID))
	return ok && memberID(row) == s.ID
}

// finishRemovals takes members out of the Raft configuration whose row is gone:
// a leader may have ended between the two steps of a removal.
func (m *member) finishRemovals(ctx context.Context) {
	m.changes.Lock()
	defer m.changes.Unlock()
	for _, s := range m.servers() {
		row, ok := m.machine.Member(nameOf(s.ID))
		if ctx.Err() != nil || s.ID == m.id || ok && memberID(row) == s.ID {
			continue
		}
		if err := m.removeServer(s.ID); err != nil {
			m.cfg.Logger.Warn("finish removal", "member", nameOf(s.ID), "error", err)
			continue
		}
		m.happened(kvv1.EventKind_EVENT_KIND_MEMBER_REMOVED, nameOf(s.ID), "begun by the leader before")
	}
}
