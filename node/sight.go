package node

import (
	"fmt"
	"time"

	"github.com/hashicorp/raft"

	kvv1 "kv/proto/kv/v1"
)

// sight is what a leader sees of the others, to be noted when it changes. It is for
// the leader's one goroutine.
type sight struct {
	since time.Time // of the office: nobody is lost who had no time to answer
	lost  map[raft.ServerID]bool
}

func newSight() *sight { return &sight{since: time.Now(), lost: make(map[raft.ServerID]bool)} }

// look notes who has fallen silent or is heard again, and what that means for the
// quorum.
func (m *member) look(s *sight) {
	voters, heard := 0, 0
	for _, server := range m.servers() {
		lost := server.ID != m.id && !m.hears(server.ID) && time.Since(s.since) > m.cfg.ElectionTimeout
		if server.Suffrage == raft.Voter {
			voters++
			if !lost {
				heard++
			}
		}
		m.saw(s, server.ID, lost)
	}
	r := m.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	if heard <= voters/2 {
		r.lost(r.term, fmt.Sprintf("it hears from %d of %d voters", heard, voters))
	} else if time.Since(s.since) > m.cfg.ElectionTimeout {
		r.regained(fmt.Sprintf("it hears from %d of %d voters", heard, voters))
	}
}

func (m *member) saw(s *sight, id raft.ServerID, lost bool) {
	switch {
	case lost == s.lost[id]:
		return
	case lost:
		m.happened(kvv1.EventKind_EVENT_KIND_PEER_LOST, nameOf(id), "silent for "+seconds(m.cfg.ElectionTimeout))
	default:
		m.happened(kvv1.EventKind_EVENT_KIND_PEER_REGAINED, nameOf(id), "")
	}
	s.lost[id] = lost
}
