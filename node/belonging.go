package node

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/raft"
	"google.golang.org/protobuf/proto"

	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// Removed notes that the cluster has removed this member.
func (m *member) Removed(_ context.Context, req *kvv1.RemovedRequest) (*kvv1.RemovedResponse, error) {
	if serverID(req.GetName(), req.GetIncarnation()) != m.id {
		return nil, kverr.ErrWrongReceiver.Withf("this is %s, not %s@%s", m.id, req.GetName(), req.GetIncarnation())
	}
	m.removed()
	return &kvv1.RemovedResponse{}, nil
}

func (m *member) removed() {
	m.fail(kverr.ErrRemoved.Withf("%s was removed from its cluster; to use the node again, empty %s and join", m.cfg.Name, m.dir))
}

// noteRemoval ends the member when the committed state no longer has its row.
func (m *member) noteRemoval() {
	row, ok := m.machine.Member(m.cfg.Name)
	if ok && row.GetIncarnation() == m.self.GetIncarnation() {
		m.known.Store(true)
	} else if m.known.Load() {
		m.removed()
	}
}

// announce keeps our row and our place in the configuration right: after a
// restart under other addresses, or when the cluster has removed us while we
// were away, nobody comes to tell.
func (m *member) announce(ctx context.Context, id identity) {
	tick := time.NewTicker(m.cfg.HeartbeatTimeout)
	defer tick.Stop()
	lonely := 0
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if m.leading() || m.leader().Name != "" || m.cfg.Patience.Stopped() {
			lonely = 0
		} else {
			lonely++
		}
		if m.leading() || m.recorded() && lonely < 3 {
			continue
		}
		if err := m.askToBeRecorded(ctx, id); err != nil {
			m.cfg.Logger.Debug("announce", "error", err)
		}
	}
}

func (m *member) recorded() bool {
	row, ok := m.machine.Member(m.cfg.Name)
	if !ok || !proto.Equal(row, m.self) {
		return false
	}
	for _, s := range m.servers() {
		if s.ID == m.id {
			return s.Address == raft.ServerAddress(m.self.GetRaftAddress())
		}
	}
	return false
}

// others are the other servers: as the log has them or, before its first entry has
// arrived, those that there were when we were taken in.
func (m *member) others(id identity) (others []sponsor) {
	servers := m.servers()
	if len(servers) == 0 {
		return id.Sponsors
	}
	for _, s := range servers {
		if s.ID != m.id {
			others = append(others, sponsor{s.ID, s.Address})
		}
	}
	return others
}

// askToBeRecorded asks the other servers in turn, until one of them leads.
func (m *member) askToBeRecorded(ctx context.Context, id identity) error {
	var last error = fmt.Errorf("no other server is known")
	for _, s := range m.others(id) {
		ctx, cancel := m.cfg.Patience.WithTimeout(ctx, m.cfg.ElectionTimeout)
		_, err := m.transport.Join(ctx, s.ID, s.Address, &kvv1.JoinRequest{Member: m.self, ClusterId: id.ClusterID})
		cancel()
		if err == nil {
			return nil
		}
		last = err
		if e := kverr.FromStatus(err); e.Is(kverr.ErrRemoved) {
			m.removed()
			return err
		}
	}
	return last
}
