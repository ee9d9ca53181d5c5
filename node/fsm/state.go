package fsm

import (
	"container/list"

	"github.com/tidwall/btree"

	kvv1 "kv/proto/kv/v1"
)

// Result is what one command of an entry came to.
type Result struct {
	// Revision is the store's revision right after the command, whether or not
	// the command made it.
	Revision uint64
	// Deleted counts the keys that the command removed.
	Deleted uint64
	// Lease is the lease that the command has made, 0 if none.
	Lease uint64
	// KV is, for a put or a delete that asked for it, the key as it was before and,
	// for a revert, as it is now; nil if it was, or is, not there.
	KV *Item
	// Txn is what a transaction came to.
	Txn *TxnResult
	// Err says why the command changed nothing; one of the sentinels of this
	// package, nil if it did what it says.
	Err error
}

// data is what the log adds up to beside the keys, in a form that can be copied in
// constant time.
type data struct {
	// revision counts the commands that changed keys, since the store's beginning.
	revision uint64
	// liveBytes is the sum of the lengths of all keys and values.
	liveBytes uint64
	// quota is what liveBytes may grow to; 0 for no limit.
	quota uint64
	// recorded tells that changes are kept: from the first command on that version
	// 0.1.0 did not know. What was written before would be known to a member that
	// replays the log and not to one that began with that version's snapshot.
	recorded bool
	// oldest is the first revision whose changes are all history, or would be:
	// without history always the next one.
	oldest  uint64
	changes changes
	// leases are sorted by id; lastLease is the highest id that was ever given.
	leases    *btree.BTreeG[lease]
	lastLease uint64
	// sessions are sorted by id; forgotten is the highest index at which a session
	// was used that is forgotten.
	sessions  *btree.BTreeG[*session]
	forgotten uint64
	members   members
	cluster   cluster
}

// cluster is how the cluster is called; the zero value if it has no name yet.
type cluster struct{ id, name string }

// state is the data, the keys, and what is needed to find them. It knows nothing of
// Raft and of locks.
type state struct {
	data
	// index finds the slot of each key of which anything is known.
	index *index
	// live holds the slots of the keys that are there; gone those of the keys whose
	// deletion is history, or is kept for a view. Apart from each other, so that
	// who looks at the keys of the present does not wade through those of a queue
	// that were there once.
	live, gone *btree.BTreeG[*slot]
	// pins keep changes in memory; see prune.
	pins *list.List // of *pin
	// leased holds the keys of each lease that has any.
	leased map[uint64]map[*slot]struct{}
	// emptied are the leases that the running command took the last key off.
	emptied []uint64
	table   sessionTable
}

func newState() *state {
	return &state{
		data:   data{oldest: 1, leases: newLeases(), sessions: newSessions()},
		index:  newIndex(),
		live:   newTree(degree),
		gone:   newTree(degree),
		pins:   list.New(),
		leased: make(map[uint64]map[*slot]struct{}),
		table:  newSessionTable(),
	}
}

// apply carries out one command of the entry at index, or gives back what it came
// to before. It is a pure function of state, command and index.
func (s *state) apply(c *command, index uint64) Result {
	s.recorded = s.recorded || c.modern()
	if c.stamp.session != 0 {
		return s.once(c, index)
	}
	return s.do(c)
}

// do carries out one command.
func (s *state) do(c *command) (r Result) {
	switch c.op {
	case opPut:
		s.put(c, &r)
	case opDelete:
		s.deleteKey(c, &r)
	case opOther:
		s.other(c.msg, &r)
	}
	if len(s.emptied) > 0 {
		s.sweep()
	}
	r.Revision = s.revision
	return r
}

// other carries out the commands that are no put and no delete of a key. decode
// lets no unknown kind pass.
func (s *state) other(c *kvv1.Command, r *Result) {
	switch op := c.GetOp().(type) {
	case *kvv1.Command_Delete:
		r.Deleted = s.deleteRange(rangeOf(op.Delete.GetRange()))
	case *kvv1.Command_Txn:
		r.Txn, r.Err = s.transact(op.Txn)
	case *kvv1.Command_Revert:
		r.KV, r.Err = s.revert(op.Revert.GetKey(), op.Revert.GetRevision())
	case *kvv1.Command_Compact:
		r.Err = s.compact(op.Compact.GetRevision())
	case *kvv1.Command_GrantLease:
		r.Lease, r.Err = s.grant(op.GrantLease.GetTtlMs(), false)
	case *kvv1.Command_RevokeLease:
		r.Deleted, r.Err = s.revoke(op.RevokeLease.GetLease())
	case *kvv1.Command_SetQuota:
		s.quota = op.SetQuota.GetBytes()
	default:
		r.Err = s.administer(c)
	}
}

// administer carries out the commands about the cluster itself.
func (s *state) administer(c *kvv1.Command) (err error) {
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

func rangeOf(r *kvv1.Range) Range { return Range{string(r.GetFrom()), string(r.GetTo())} }
