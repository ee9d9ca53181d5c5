package fsm

import (
	"github.com/tidwall/btree"

	kvv1 "kv/proto/kv/v1"
)

// degree of the ordered tree: nodes of up to 2*degree-1 items. Measured with
// BenchmarkDegree; DESIGN.md has the figures.
const degree = 32

// Result is what one command of an entry came to.
type Result struct {
	// Revision is the store's revision right after the command, whether or not
	// the command made it.
	Revision uint64
	// Deleted counts the keys that the command removed.
	Deleted uint64
	// Err says why the command changed nothing; one of the sentinels of this
	// package, nil if it did what it says.
	Err error
}

// state is what the log adds up to. It knows nothing of Raft and of locks.
type state struct {
	// points and order hold the same items: one finds a key, the other walks
	// them in order and is copied on write.
	points map[string]*Item
	order  *btree.BTreeG[*Item]
	// revision counts the changes of the keyspace since its beginning.
	revision uint64
	// renewAt is the revision at which the tree is renewed next; see change.
	renewAt uint64
	// liveBytes is the sum of the lengths of all keys and values.
	liveBytes uint64
	members   members
	cluster   cluster
}

// cluster is how the cluster is called; the zero value if it has no name yet.
type cluster struct{ id, name string }

func newState() *state {
	return &state{points: make(map[string]*Item), order: newTree(degree)}
}

func newTree(degree int) *btree.BTreeG[*Item] {
	return btree.NewBTreeGOptions(less, btree.Options{Degree: degree, NoLocks: true})
}

// apply carries out one command. It is a pure function of state and command.
func (s *state) apply(c command) Result {
	var deleted uint64
	var err error
	switch c.op {
	case opPut:
		err = s.put(c.key, c.value)
	case opDelete:
		deleted = s.delete(c.key)
	case opOther:
		err = s.other(c.msg)
	}
	return Result{Revision: s.revision, Deleted: deleted, Err: err}
}

func (s *state) put(key, value []byte) error {
	if len(key)+len(value) > MaxItemBytes {
		return ErrTooLarge
	}
	s.change()
	it := newItem(key, value)
	it.CreateRevision, it.ModRevision, it.Version = s.revision, s.revision, 1
	if old, ok := s.points[it.Key]; ok {
		it.CreateRevision, it.Version = old.CreateRevision, old.Version+1
		s.liveBytes -= old.bytes()
	}
	s.points[it.Key] = it
	s.order.Set(it)
	s.liveBytes += it.bytes()
	return nil
}

// delete returns the number of removed keys. One that is not there makes no
// revision, and does not touch the tree, which would copy nodes for nothing.
func (s *state) delete(key []byte) uint64 {
	old, ok := s.points[string(key)]
	if !ok {
		return 0
	}
	s.change()
	delete(s.points, old.Key)
	s.order.Delete(old)
	s.liveBytes -= old.bytes()
	return 1
}

// renewMin is the least number of revisions between two renewals of the tree.
const renewMin = 1024

// change makes the next revision and, once in as many changes as there are keys,
// renews the tree: marks all its nodes to be copied by the next write that
// touches them. A node that was split shares its array with its other half, and
// so keeps items of that half alive long after they were replaced; after keys
// came in ascending order that doubled the memory of a store. The copy has an
// array of its own. One copied node for some 20 changes is all it costs.
func (s *state) change() {
	s.revision++
	if s.revision >= s.renewAt {
		s.renew()
	}
}

func (s *state) renew() {
	s.order = s.order.Copy()
	s.renewAt = s.revision + max(renewMin, uint64(len(s.points)))
}

// other carries out the commands that are rare. decode lets no other kind pass.
func (s *state) other(c *kvv1.Command) (err error) {
	switch op := c.GetOp().(type) {
	case *kvv1.Command_SetMember:
		s.members, err = s.members.with(op.SetMember.GetMember())
	case *kvv1.Command_RemoveMember:
		s.members, err = s.members.without(op.RemoveMember.GetName(), op.RemoveMember.GetIncarnation())
	case *kvv1.Command_SetCluster:
		err = s.cluster.set(op.SetCluster.GetId(), op.SetCluster.GetName())
	case *kvv1.Command_TermMarker:
	}
	return err
}

// set gives the cluster its name. The first wins; the same again is no error,
// as a founder may repeat the command when it does not know how it ended.
func (c *cluster) set(id, name string) error {
	wanted := cluster{id, name}
	switch {
	case id == "":
		return ErrInvalid
	case len(id)+len(name) > MaxItemBytes:
		return ErrTooLarge
	case c.id != "" && *c != wanted:
		return ErrClusterSet
	}
	*c = wanted
	return nil
}
