package fsm

// past are the keys as they were at an earlier revision. What has changed since is
// undone at each reading, so that history costs nothing while nobody reads it: a
// reading takes time in proportion to the number of changes since then.
type past struct {
	now     Keys
	changes changes
	since   int // place of the first change after the revision
}

// Get implements Keys: the first change since then tells what was before it.
func (p *past) Get(key []byte) *Item {
	it, changed := (*Item)(nil), false
	p.changes.ascend(p.since, func(c *Change) bool {
		if changed = c.Item.Key == string(key); changed {
			it = c.Prev
		}
		return !changed
	})
	if !changed {
		it = p.now.Get(key)
	}
	return it
}

// Scan implements Keys.
func (p *past) Scan(r Range, reverse bool, fn func(*Item) bool) {
	over := make(map[string]*Item)
	p.changes.ascend(p.since, func(c *Change) bool {
		if r.Contains(c.Item.Key) {
			if _, known := over[c.Item.Key]; !known {
				over[c.Item.Key] = c.Prev
			}
		}
		return true
	})
	(&layer{base: p.now, over: over}).Scan(r, reverse, fn)
}

// keysAt returns the keys as they were at revision; 0 means now. Now is what now
// holds. Errors: ErrCompacted, ErrFutureRevision.
func (d *data) keysAt(revision uint64, now Keys) (Keys, error) {
	switch {
	case revision == 0 || revision == d.revision:
		return now, nil
	case revision > d.revision:
		return nil, ErrFutureRevision
	case revision+1 < d.oldest:
		return nil, ErrCompacted
	}
	return &past{now: now, changes: d.changes, since: d.changes.from(revision + 1)}, nil
}

// compact makes revision the oldest whose changes are kept.
func (d *data) compact(revision uint64) error {
	switch {
	case revision <= d.oldest:
		return ErrCompacted
	case revision > d.revision:
		return ErrFutureRevision
	}
	d.oldest = revision
	d.changes.dropBefore(revision)
	return nil
}
