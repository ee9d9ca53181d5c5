package fsm

// put sets a key. The revision it makes is the next one.
func (s *state) put(c *command, r *Result) {
	if len(c.key)+len(c.value) > MaxItemBytes {
		r.Err = ErrTooLarge
		return
	}
	old := s.points[string(c.key)]
	it := newVersion(c.key, c.value, s.revision+1, old)
	if r.Err = s.fits(growth(it, old)); r.Err != nil {
		return
	}
	if it.Lease, r.Err = s.leaseFor(c.lease, c.ttl); r.Err != nil {
		return
	}
	if c.ttl != 0 {
		r.Lease = it.Lease
	}
	if c.prev {
		r.KV = old
	}
	s.revision++
	s.insert(it, old)
}

// deleteKey removes a key. One that is not there makes no revision, and does not
// touch the tree, which would copy nodes for nothing.
func (s *state) deleteKey(c *command, r *Result) {
	old := s.points[string(c.key)]
	if old == nil {
		return
	}
	if c.prev {
		r.KV = old
	}
	r.Deleted = 1
	s.revision++
	s.erase(old)
}

// deleteRange removes the keys of a range at one revision and returns how many.
func (s *state) deleteRange(r Range) uint64 {
	var doomed []*Item
	treeKeys{s.order}.Scan(r, false, func(it *Item) bool {
		doomed = append(doomed, it)
		return true
	})
	return s.eraseAll(doomed)
}

// eraseAll removes items at one revision.
func (s *state) eraseAll(doomed []*Item) uint64 {
	if len(doomed) > 0 {
		s.revision++
	}
	for _, it := range doomed {
		s.erase(it)
	}
	return uint64(len(doomed))
}

// revert gives a key the value, or the absence, it had at a revision, and returns
// its item, nil if it is not there now.
func (s *state) revert(key []byte, revision uint64) (*Item, error) {
	keys, err := s.keysAt(revision, treeKeys{s.order})
	if err != nil {
		return nil, err
	}
	now, then := s.points[string(key)], keys.Get(key)
	switch {
	case then != nil:
		it := newVersion(key, then.Value, s.revision+1, now)
		if err := s.fits(growth(it, now)); err != nil {
			return nil, err
		}
		s.revision++
		s.insert(it, now)
		return it, nil
	case now != nil:
		s.revision++
		s.erase(now)
	}
	return nil, nil
}

// growth is by how many bytes the store grows when it replaces old.
func growth(it, old *Item) int64 {
	n := int64(it.bytes())
	if old != nil {
		n -= int64(old.bytes())
	}
	return n
}

// fits returns ErrQuota if the store may not grow by so many bytes. To shrink it,
// or to keep it as it is, is always allowed.
func (s *state) fits(growth int64) error {
	if s.quota != 0 && growth > 0 && s.liveBytes+uint64(growth) > s.quota {
		return ErrQuota
	}
	return nil
}

// insert puts an item in the place of old, nil if there is none, as a change of
// the present revision.
func (s *state) insert(it, old *Item) {
	s.touch()
	s.points[it.Key] = it
	s.order.Set(it)
	s.liveBytes += uint64(growth(it, old)) // wraps around as it should
	s.record(Change{Item: it, Prev: old})
	if old != nil && old.Lease != 0 && old.Lease != it.Lease {
		s.detach(old.Lease, old.Key)
	}
	if it.Lease != 0 {
		s.attach(it.Lease, it.Key)
	}
}

// erase removes an item as a change of the present revision.
func (s *state) erase(old *Item) {
	s.touch()
	delete(s.points, old.Key)
	s.order.Delete(old)
	s.liveBytes -= old.bytes()
	s.record(Change{Item: newDeletion(old, s.revision), Prev: old})
	if old.Lease != 0 {
		s.detach(old.Lease, old.Key)
	}
}

// record keeps a change of the present revision, once there is history.
func (s *state) record(c Change) {
	if s.recorded {
		s.changes.add(c)
	} else {
		s.oldest = s.revision + 1
	}
}

// renewMin is the least number of changes between two renewals of the tree.
const renewMin = 1024

// touch renews the tree once in as many changes as there are keys: it marks all
// its nodes to be copied by the next write that touches them. A node that was
// split shares its array with its other half, and so keeps items of that half
// alive long after they were replaced; after keys came in ascending order that
// doubled the memory of a store. The copy has an array of its own. One copied
// node for some 20 changes is all it costs.
func (s *state) touch() {
	if s.renewIn--; s.renewIn < 0 {
		s.renew()
	}
}

func (s *state) renew() {
	s.order = s.order.Copy()
	s.renewIn = max(renewMin, len(s.points))
}
