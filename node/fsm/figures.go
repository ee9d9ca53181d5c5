package fsm

import (
	"strings"

	kvv1 "kv/proto/kv/v1"
)

// What follows looks at the present state. To see several figures of one moment,
// take a View.

// Revision returns the store's revision: the number of commands that changed keys.
func (m *Machine) Revision() uint64 { return look(m, func(s *state) uint64 { return s.revision }) }

// Oldest returns the first revision whose changes are kept.
func (m *Machine) Oldest() uint64 { return look(m, func(s *state) uint64 { return s.oldest }) }

// Len returns the number of keys.
func (m *Machine) Len() int { return look(m, func(s *state) int { return s.live.Len() }) }

// LiveBytes returns the sum of the lengths of all keys and values, in bytes.
// What the process holds for them is more: see DESIGN.md.
func (m *Machine) LiveBytes() uint64 { return look(m, func(s *state) uint64 { return s.liveBytes }) }

// Quota returns what LiveBytes may grow to, in bytes; 0 for no limit.
func (m *Machine) Quota() uint64 { return look(m, func(s *state) uint64 { return s.quota }) }

// Sessions returns the number of client sessions that are remembered.
func (m *Machine) Sessions() int { return look(m, func(s *state) int { return s.table.recent.Len() }) }

// HistorySize returns the number of changes that are kept, and the bytes of keys
// and values that are held for them alone.
func (m *Machine) HistorySize() (changes int, bytes uint64) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.state.changes.len(), m.state.changes.bytes
}

// Lease returns the lease of that id, if there is one.
func (m *Machine) Lease(id uint64) (Lease, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	row, ok := m.state.leases.Get(lease{id: id})
	if !ok {
		return Lease{}, false
	}
	return m.state.lease(row), true
}

// Leases returns up to max leases with ids above after, by id.
func (m *Machine) Leases(after uint64, max int) []Lease {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var out []Lease
	m.state.leases.Ascend(lease{id: after}, func(row lease) bool {
		if row.id > after && len(out) < max {
			out = append(out, m.state.lease(row))
		}
		return len(out) < max
	})
	return out
}

// LeaseCount returns the number of leases.
func (m *Machine) LeaseCount() int { return look(m, func(s *state) int { return s.leases.Len() }) }

// LeaseKeys returns up to max of the keys that live by a lease, in order.
func (m *Machine) LeaseKeys(id uint64, max int) []string {
	return look(m, func(s *state) []string {
		slots := s.keysOf(id)
		slots = slots[:min(len(slots), max)]
		keys := make([]string, len(slots))
		for i, sl := range slots {
			keys[i] = strings.Clone(sl.key()) // not the value with it
		}
		return keys
	})
}

// Members returns the member table sorted by name, as copies.
func (m *Machine) Members() []*kvv1.Member { return m.memberTable().copies() }

// Member returns a copy of the member of that name.
func (m *Machine) Member(name string) (*kvv1.Member, bool) { return m.memberTable().get(name) }

func (m *Machine) memberTable() members { return look(m, func(s *state) members { return s.members }) }

// Cluster returns the cluster's id and name, both empty before SetCluster.
func (m *Machine) Cluster() (id, name string) {
	c := look(m, func(s *state) cluster { return s.cluster })
	return c.id, c.name
}

// Hash is the hash of the present View. To compare members, take the Hash and
// the Applied index of one View.
func (m *Machine) Hash() Hash {
	v := m.View()
	defer v.Release()
	return v.Hash()
}

// look returns what fn sees in the state.
func look[T any](m *Machine, fn func(*state) T) T {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return fn(m.state)
}
