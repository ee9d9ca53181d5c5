package fsm

import (
	kvv1 "kv/proto/kv/v1"
)

// View is the state as it was after one entry. It never changes, costs nothing
// to keep but the items it holds alive, and is safe for concurrent use while the
// machine goes on.
type View struct {
	data
	at position
}

// position is a place in the log.
type position struct{ index, term uint64 }

// freeze returns a view of s. The trees' nodes are shared from now on: whichever
// write touches one copies it first. That marks s too, hence the write lock.
func (s *state) freeze(at position) *View {
	v := &View{data: s.data, at: at}
	v.order = s.order.Copy()
	v.leases = s.leases.Copy()
	v.sessions = s.freezeSessions()
	return v
}

// Revision returns the store's revision.
func (v *View) Revision() uint64 { return v.revision }

// Oldest returns the first revision whose changes are kept; the next one if there
// is no history yet.
func (v *View) Oldest() uint64 { return v.oldest }

// Applied returns the index and the term of the last entry that is in the view.
func (v *View) Applied() (index, term uint64) { return v.at.index, v.at.term }

// Len returns the number of keys.
func (v *View) Len() int { return v.order.Len() }

// LiveBytes returns the sum of the lengths of all keys and values, in bytes.
func (v *View) LiveBytes() uint64 { return v.liveBytes }

// Get returns the item of key, nil if there is none.
func (v *View) Get(key []byte) *Item { return treeKeys{v.order}.Get(key) }

// Scan calls fn with each item of the range in the order of the keys' bytes, until
// fn returns false.
func (v *View) Scan(r Range, fn func(*Item) bool) { treeKeys{v.order}.Scan(r, false, fn) }

// Keys returns the keys as they were at a revision; 0 means the view's own. To
// read old ones takes time in proportion to the changes since then. Errors:
// ErrCompacted if that revision is before the one before Oldest, and
// ErrFutureRevision.
func (v *View) Keys(revision uint64) (Keys, error) {
	return v.keysAt(revision, treeKeys{v.order})
}

// Changes calls fn with the changes from a revision on, in the order in which they
// were made, until fn returns false. Those before Oldest are not there any more.
func (v *View) Changes(from uint64, fn func(Change) bool) {
	v.changes.ascend(v.changes.from(from), func(c *Change) bool { return fn(*c) })
}

// History calls fn with the changes of a key that are kept, the newest first, until
// fn returns false. The last one may be older than Oldest: it is what the first
// kept change has replaced or, if none is kept, the key itself.
func (v *View) History(key []byte, fn func(Change) bool) {
	base, going := v.Get(key), true
	v.changes.descend(func(c *Change) bool {
		if c.Item.Key == string(key) {
			base, going = c.Prev, fn(*c)
		}
		return going
	})
	if going && base != nil {
		fn(Change{Item: base})
	}
}

// Members returns the member table sorted by name, as copies.
func (v *View) Members() []*kvv1.Member { return v.members.copies() }

// Cluster returns the cluster's id and name, both empty before SetCluster.
func (v *View) Cluster() (id, name string) { return v.cluster.id, v.cluster.name }
