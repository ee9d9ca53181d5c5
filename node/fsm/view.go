package fsm

import (
	"strings"

	"github.com/tidwall/btree"

	kvv1 "kv/proto/kv/v1"
)

// View is the state as it was after one entry. It never changes, costs nothing
// to keep but the items it holds alive, and is safe for concurrent use while the
// machine goes on.
type View struct {
	at       position
	revision uint64
	bytes    uint64
	order    *btree.BTreeG[*Item]
	members  members
	cluster  cluster
}

// position is a place in the log.
type position struct{ index, term uint64 }

// freeze returns a view of s. The tree's nodes are shared from now on: whichever
// write touches one copies it first. That marks s too, hence the write lock.
func (s *state) freeze(at position) *View {
	return &View{
		at:       at,
		revision: s.revision,
		bytes:    s.liveBytes,
		order:    s.order.Copy(),
		members:  s.members,
		cluster:  s.cluster,
	}
}

// Revision returns the store's revision.
func (v *View) Revision() uint64 { return v.revision }

// Applied returns the index and the term of the last entry that is in the view.
func (v *View) Applied() (index, term uint64) { return v.at.index, v.at.term }

// Len returns the number of keys.
func (v *View) Len() int { return v.order.Len() }

// LiveBytes returns the sum of the lengths of all keys and values, in bytes.
func (v *View) LiveBytes() uint64 { return v.bytes }

// Get returns the item of key, nil if there is none.
func (v *View) Get(key []byte) *Item {
	it, _ := v.order.Get(&Item{Key: string(key)})
	return it
}

// Scan calls fn with each item whose key begins with prefix, in the order of the
// keys' bytes, until fn returns false. An empty prefix means all keys.
func (v *View) Scan(prefix []byte, fn func(*Item) bool) {
	p := string(prefix)
	v.order.Ascend(&Item{Key: p}, func(it *Item) bool {
		return strings.HasPrefix(it.Key, p) && fn(it)
	})
}

// Members returns the member table sorted by name, as copies.
func (v *View) Members() []*kvv1.Member { return v.members.copies() }

// Cluster returns the cluster's id and name, both empty before SetCluster.
func (v *View) Cluster() (id, name string) { return v.cluster.id, v.cluster.name }
