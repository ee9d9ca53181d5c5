package fsm

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/btree"
)

// maxLeases is how many leases a store holds. It is part of the state machine:
// all members must have the same.
const maxLeases = 1_000_000

// Lease is a lease as the state machine knows it: it has no clock, so that a
// lease only ends when a command says so.
type Lease struct {
	// ID counts up from 1.
	ID uint64
	// TTL is how long the lease lasts without being kept alive.
	TTL time.Duration
	// Keys is the number of keys that live by it.
	Keys int
}

// lease is a row of the table of leases.
type lease struct {
	id, ttl uint64 // ttl in milliseconds
	// ephemeral: a put made the lease, and it ends with its last key.
	ephemeral bool
}

func newLeases() *btree.BTreeG[lease] {
	byID := func(a, b lease) bool { return a.id < b.id }
	return btree.NewBTreeGOptions(byID, btree.Options{Degree: degree, NoLocks: true})
}

// grant makes a lease and returns its id.
func (s *state) grant(ttl uint64, ephemeral bool) (uint64, error) {
	switch {
	case ttl == 0:
		return 0, ErrInvalid
	case s.leases.Len() >= maxLeases:
		return 0, ErrTooManyLeases
	}
	s.lastLease++
	s.leases.Set(lease{id: s.lastLease, ttl: ttl, ephemeral: ephemeral})
	return s.lastLease, nil
}

// leaseFor returns the lease that a put is to bind its key to: the one it names,
// or one that its ttl makes.
func (s *state) leaseFor(id, ttl uint64) (uint64, error) {
	switch {
	case id != 0 && ttl != 0:
		return 0, ErrInvalid
	case ttl != 0:
		return s.grant(ttl, true)
	case id != 0 && !s.hasLease(id):
		return 0, ErrLeaseNotFound
	}
	return id, nil
}

func (s *state) hasLease(id uint64) bool {
	_, ok := s.leases.Get(lease{id: id})
	return ok
}

// revoke ends a lease and removes its keys, in their order, at one revision.
func (s *state) revoke(id uint64) (deleted uint64, err error) {
	if !s.hasLease(id) {
		return 0, ErrLeaseNotFound
	}
	deleted = s.eraseAll(s.keysOf(id))
	s.leases.Delete(lease{id: id})
	return deleted, nil
}

// keysOf returns the slots of the keys that live by a lease, in order.
func (s *state) keysOf(id uint64) []*slot {
	return slices.SortedFunc(maps.Keys(s.leased[id]), func(a, b *slot) int { return strings.Compare(a.key(), b.key()) })
}

func (s *state) attach(id uint64, sl *slot) {
	keys := s.leased[id]
	if keys == nil {
		keys = make(map[*slot]struct{}, 1)
		s.leased[id] = keys
	}
	keys[sl] = struct{}{}
}

func (s *state) detach(id uint64, sl *slot) {
	keys := s.leased[id]
	delete(keys, sl)
	if len(keys) == 0 {
		delete(s.leased, id)
		s.emptied = append(s.emptied, id)
	}
}

// sweep ends the ephemeral leases that a command has left without a key. It waits
// for the command's end: a transaction may take a key off a lease and put another
// under it.
func (s *state) sweep() {
	for _, id := range s.emptied {
		row, ok := s.leases.Get(lease{id: id})
		if ok && row.ephemeral && len(s.leased[id]) == 0 {
			s.leases.Delete(row)
		}
	}
	s.emptied = s.emptied[:0]
}

// lease returns a lease as others see it.
func (s *state) lease(row lease) Lease {
	return Lease{ID: row.id, TTL: ttlOf(row.ttl), Keys: len(s.leased[row.id])}
}

// ttlOf does not overflow, whatever the log holds.
func ttlOf(ms uint64) time.Duration {
	const most = uint64(1<<63-1) / uint64(time.Millisecond)
	return time.Duration(min(ms, most)) * time.Millisecond
}
