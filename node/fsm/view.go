package fsm

import (
	"sync/atomic"

	kvv1 "kv/proto/kv/v1"
)

// View is the state as it was after one entry. It never changes and is safe for
// concurrent use while the machine goes on, which does not wait for those who read
// it, nor does anything for them but to keep what they may read in memory. So
// a view must be released.
type View struct {
	*frozen
	released atomic.Bool
}

// frozen is what all views of one moment share: a copy of the small tables, and the
// state, whose keys are read as they were at the view's revision.
type frozen struct {
	data
	at      position
	keys    int
	pin     *pin
	machine *Machine // whose lock guards state
	state   *state   // not the machine's any more after a restore
}

// position is a place in the log.
type position struct{ index, term uint64 }

// View returns the present state, frozen. It takes constant time; as long as nothing
// is applied all views share one state.
func (m *Machine) View() *View {
	m.mu.RLock()
	f := m.frozen
	if f != nil {
		f.pin.holders.Add(1)
	}
	m.mu.RUnlock()
	if f != nil {
		return &View{frozen: f}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.frozen == nil {
		m.frozen = m.freeze()
	}
	m.frozen.pin.holders.Add(1)
	return &View{frozen: m.frozen}
}

// freeze copies the small tables. That marks the originals too, hence the write lock.
func (m *Machine) freeze() *frozen {
	s := m.state
	f := &frozen{data: s.data, at: position{m.index, m.term}, keys: s.live.Len(), pin: s.pinned(), machine: m, state: s}
	f.leases = s.leases.Copy()
	f.sessions = s.freezeSessions()
	return f
}

// thaw lets go of the view of the present, which is past from now on. As long as it
// is there, its pin stays without holders, too: nothing is forgotten meanwhile.
func (m *Machine) thaw() {
	if f := m.frozen; f != nil && f.pin.holders.Load() == 0 {
		f.state.unpin(f.pin)
	}
	m.frozen = nil
}

// Release ends the use of the view; nobody may read it any more. What only it has
// kept in memory is freed, in small steps, before Release returns. Only the first
// call does anything.
func (v *View) Release() {
	if v.released.Swap(true) || v.pin.holders.Add(-1) > 0 {
		return
	}
	for more := true; more; {
		more = v.unpin()
	}
}

// unpin lets the pin go, unless somebody came to share the view meanwhile, and does
// a step of what follows. It reports whether there is more to do. The pin of the
// machine's present view goes when that is thawed.
func (v *frozen) unpin() (more bool) {
	v.machine.mu.Lock()
	defer v.machine.mu.Unlock()
	if v.pin.holders.Load() > 0 || v.machine.frozen == v {
		return false
	}
	v.state.unpin(v.pin)
	return v.state == v.machine.state && v.state.prune(pruneStep) // one that was replaced is garbage
}

// Revision returns the store's revision.
func (v *View) Revision() uint64 { return v.revision }

// Oldest returns the first revision whose changes are kept; the next one if there
// is no history yet.
func (v *View) Oldest() uint64 { return v.oldest }

// Applied returns the index and the term of the last entry that is in the view.
func (v *View) Applied() (index, term uint64) { return v.at.index, v.at.term }

// Len returns the number of keys.
func (v *View) Len() int { return v.keys }

// LiveBytes returns the sum of the lengths of all keys and values, in bytes.
func (v *View) LiveBytes() uint64 { return v.liveBytes }

// Get returns the item of key, nil if there is none.
func (v *View) Get(key []byte) *Item { return past{v.frozen, v.revision}.Get(key) }

// Scan calls fn with each item of the range in the order of the keys' bytes, until
// fn returns false.
func (v *View) Scan(r Range, fn func(*Item) bool) { past{v.frozen, v.revision}.Scan(r, false, fn) }

// Keys returns the keys as they were at a revision; 0 means the view's own. They
// may be read until the view is released. Errors: ErrCompacted if that revision is
// before the one before Oldest, and ErrFutureRevision.
func (v *View) Keys(revision uint64) (Keys, error) {
	revision, err := v.reach(revision)
	if err != nil {
		return nil, err
	}
	return past{v.frozen, revision}, nil
}

// Changes calls fn with the changes from a revision on, in the order in which they
// were made, until fn returns false. Those before Oldest are not there any more.
func (v *View) Changes(from uint64, fn func(Change) bool) {
	v.changes.ascend(v.changes.from(from), func(c *change) bool { return fn(c.public()) })
}

// History calls fn with the changes of a key that are kept, the newest first, until
// fn returns false. The last one may be older than Oldest: it is what the first
// kept change has replaced or, if none is kept, the key itself.
func (v *View) History(key []byte, fn func(Change) bool) {
	newest := v.newest(key)
	for at, going := &newest, true; going && at != nil && at.item != nil; at = at.older {
		switch revision := at.item.ModRevision(); {
		case revision > v.revision:
		case revision >= v.oldest:
			going = fn((&change{at.item, at.older}).public())
		default: // what came before it may be emptied
			if it := at.live(); it != nil {
				fn(Change{Item: it})
			}
			return
		}
	}
}

// Members returns the member table sorted by name, as copies.
func (v *View) Members() []*kvv1.Member { return v.members.copies() }

// Cluster returns the cluster's id and name, both empty before SetCluster.
func (v *View) Cluster() (id, name string) { return v.cluster.id, v.cluster.name }
