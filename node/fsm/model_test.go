package fsm

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	kvv1 "kv/proto/kv/v1"
)

// model is the store as a person would write it down after reading the protocol:
// every change there ever was, in a list, and nothing that saves time. What was
// compacted stays in the list, and is only not told to anybody.
type model struct {
	index            uint64 // of the entry that is being applied
	revision, oldest uint64
	live             map[string]*Item
	log              []Change // ascending; never cut
	leases           map[uint64]modelLease
	lastLease        uint64
	quota            uint64
	recorded         bool              // there is history: a command was new to version 0.1.0
	members          map[string]string // incarnation by name
	sessions         []*modelSession   // the least recently used first
	forgotten        uint64
}

type modelLease struct {
	ttl       uint64 // milliseconds
	ephemeral bool
	fresh     bool // made by the command that is being carried out
}

func newModel() *model {
	return &model{oldest: 1, live: map[string]*Item{}, leases: map[uint64]modelLease{}, members: map[string]string{}}
}

// clone is a copy that further commands to m leave alone. Items are shared, since
// nobody changes one.
func (m *model) clone() *model {
	c := *m
	c.live, c.leases, c.members = maps.Clone(m.live), maps.Clone(m.leases), maps.Clone(m.members)
	c.log, c.sessions = slices.Clone(m.log), slices.Clone(m.sessions)
	return &c
}

// within tells whether a key is in a range.
func within(r Range, key string) bool { return r.From <= key && (r.To == "" || key < r.To) }

// sorted lists what is in m by key.
func sorted(items map[string]*Item, r Range, reverse bool) []*Item {
	var out []*Item
	for _, it := range items {
		if within(r, it.Key()) {
			out = append(out, it)
		}
	}
	slices.SortFunc(out, func(a, b *Item) int { return strings.Compare(a.Key(), b.Key()) })
	if reverse {
		slices.Reverse(out)
	}
	return out
}

// at makes the keys as they were at a revision from the list of changes.
func (m *model) at(revision uint64) (map[string]*Item, error) {
	switch {
	case revision == 0:
		revision = m.revision
	case revision > m.revision:
		return nil, ErrFutureRevision
	case revision+1 < m.oldest:
		return nil, ErrCompacted
	}
	items := map[string]*Item{}
	for _, c := range m.log {
		switch {
		case c.Item.ModRevision() > revision:
			return items, nil
		case c.Item.Version() == 0:
			delete(items, c.Item.Key())
		default:
			items[c.Item.Key()] = c.Item
		}
	}
	return items, nil
}

// changes lists the changes from a revision on that are kept.
func (m *model) changes(from uint64) (out []Change) {
	for _, c := range m.log {
		if c.Item.ModRevision() >= max(from, m.oldest) {
			out = append(out, c)
		}
	}
	return out
}

// history lists a key's changes, the newest first, and at last, if the key was
// there before the history that is kept, what it was then.
func (m *model) history(key string) (out []Change) {
	for _, c := range slices.Backward(m.log) {
		if c.Item.Key() != key {
			continue
		}
		if c.Item.ModRevision() >= m.oldest {
			out = append(out, c)
			continue
		}
		if c.Item.Version() > 0 {
			out = append(out, Change{Item: c.Item})
		}
		break
	}
	return out
}

// bytes is the size of the keys and values that are there.
func (m *model) bytes() (n uint64) {
	for _, it := range m.live {
		n += uint64(len(it.Key()) + len(it.Value()))
	}
	return n
}

// keysOf lists the keys that live by a lease.
func (m *model) keysOf(lease uint64) (out []string) {
	for _, it := range sorted(m.live, Range{}, false) {
		if it.Lease() == lease {
			out = append(out, it.Key())
		}
	}
	return out
}

// leaseIDs lists the leases.
func (m *model) leaseIDs() []uint64 {
	return slices.SortedFunc(maps.Keys(m.leases), cmp.Compare)
}

// set gives a key a new version.
func (m *model) set(key string, value []byte, lease uint64) {
	now := m.revision + 1
	it := fields[string]{key: key, value: value, create: now, mod: now, version: 1, lease: lease}
	prev := m.live[key]
	if prev != nil {
		it.create, it.version = prev.CreateRevision(), prev.Version()+1
	}
	m.live[key] = it.item()
	m.log = append(m.log, Change{Item: m.live[key], Prev: prev})
}

// remove takes a key away, which is there.
func (m *model) remove(key string) {
	deletion := fields[string]{key: key, mod: m.revision + 1}
	m.log = append(m.log, Change{Item: deletion.item(), Prev: m.live[key]})
	delete(m.live, key)
}

// sweep ends the leases that a put has made and no key lives by now. It waits for
// the end of a command.
func (m *model) sweep() {
	for _, id := range m.leaseIDs() {
		row := m.leases[id]
		row.fresh = false
		m.leases[id] = row
		if row.ephemeral && len(m.keysOf(id)) == 0 {
			delete(m.leases, id)
		}
	}
}

// removeAll takes all keys of a range away and counts them.
func (m *model) removeAll(r Range) uint64 {
	gone := sorted(m.live, r, false)
	for _, it := range gone {
		m.remove(it.Key())
	}
	return uint64(len(gone))
}

// keyValueOf is an item as answers have it.
func keyValueOf(it *Item, keysOnly bool) *kvv1.KeyValue {
	if it == nil {
		return nil
	}
	kv := &kvv1.KeyValue{Key: []byte(it.Key()), Value: it.Value(), Lease: it.Lease(),
		CreateRevision: it.CreateRevision(), ModRevision: it.ModRevision(), Version: it.Version()}
	if keysOnly {
		kv.Value = nil
	}
	return kv
}
