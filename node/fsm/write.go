package fsm

// put sets a key. The revision it makes is the next one.
func (s *state) put(c *command, r *Result) {
	if len(c.key)+len(c.value) > MaxItemBytes {
		r.Err = ErrTooLarge
		return
	}
	sl := s.index.get(c.key)
	old := sl.now()
	if r.Err = s.fits(growth(len(c.key)+len(c.value), old)); r.Err != nil {
		return
	}
	var lease uint64
	if lease, r.Err = s.leaseFor(c.lease, c.ttl); r.Err != nil {
		return
	}
	if c.ttl != 0 {
		r.Lease = lease
	}
	if c.prev {
		r.KV = old
	}
	s.revision++
	s.insert(newVersion(c.key, c.value, s.revision, old, lease), sl)
}

// deleteKey removes a key. One that is not there makes no revision.
func (s *state) deleteKey(c *command, r *Result) {
	sl := s.index.get(c.key)
	old := sl.now()
	if old == nil {
		return
	}
	if c.prev {
		r.KV = old
	}
	r.Deleted = 1
	s.revision++
	s.erase(sl)
}

// deleteRange removes the keys of a range at one revision and returns how many.
func (s *state) deleteRange(r Range) uint64 {
	var doomed []*slot
	walk(s.live, r, false, func(sl *slot) bool {
		doomed = append(doomed, sl)
		return true
	})
	return s.eraseAll(doomed)
}

// eraseAll removes keys at one revision.
func (s *state) eraseAll(doomed []*slot) uint64 {
	if len(doomed) > 0 {
		s.revision++
	}
	for _, sl := range doomed {
		s.erase(sl)
	}
	return uint64(len(doomed))
}

// revert gives a key the value, or the absence, it had at a revision, and returns
// its item, nil if it is not there now.
func (s *state) revert(key []byte, revision uint64) (*Item, error) {
	revision, err := s.reach(revision)
	if err != nil {
		return nil, err
	}
	sl := s.index.get(key)
	if sl == nil {
		return nil, nil
	}
	now, then := sl.now(), sl.at(revision)
	switch {
	case then != nil:
		if err := s.fits(growth(int(then.bytes()), now)); err != nil {
			return nil, err
		}
		s.revision++
		it := newVersion(key, then.Value(), s.revision, now, 0)
		s.insert(it, sl)
		return it, nil
	case now != nil:
		s.revision++
		s.erase(sl)
	}
	return nil, nil
}

// growth is by how many bytes the store grows when so many replace old.
func growth(bytes int, old *Item) int64 {
	n := int64(bytes)
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

// insert puts an item into the slot of its key, nil if it has none, as a change of
// the present revision.
func (s *state) insert(it *Item, sl *slot) {
	var lease uint64
	old, c := sl.now(), change{item: it}
	switch {
	case sl == nil:
		sl = &slot{version{item: it}}
		s.index.add(sl)
		s.live.Set(sl)
	case old == nil:
		s.gone.Delete(sl)
		s.live.Set(sl)
		c.prev = sl.push(it)
	default:
		lease = old.Lease()
		c.prev = sl.push(it)
	}
	s.liveBytes += uint64(growth(int(it.bytes()), old)) // wraps around as it should
	s.record(c)
	if lease != 0 && lease != it.Lease() {
		s.detach(lease, sl)
	}
	if lease := it.Lease(); lease != 0 {
		s.attach(lease, sl)
	}
}

// erase removes a key that is there as a change of the present revision.
func (s *state) erase(sl *slot) {
	old := sl.item
	s.live.Delete(sl)
	it := newDeletion(old, s.revision)
	c := change{item: it, prev: sl.push(it)}
	s.gone.Set(sl)
	s.liveBytes -= old.bytes()
	s.record(c)
	if lease := old.Lease(); lease != 0 {
		s.detach(lease, sl)
	}
}

// record notes a change of the present revision. Before there is history it is
// forgotten at once, and only kept for the views that were there before it.
func (s *state) record(c change) {
	s.changes.add(c)
	if !s.recorded {
		s.oldest = s.revision + 1
		s.changes.forget(s.changes.end)
	}
}
