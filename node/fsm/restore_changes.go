package fsm

import (
	"errors"

	"google.golang.org/protobuf/encoding/protowire"

	kvv1 "kv/proto/kv/v1"
)

// change takes a change of the history and links it with the versions before.
func (l *loader) change(m *kvv1.SnapshotChange) error {
	if err := l.enter(sectionChanges); err != nil {
		return err
	}
	key := string(m.GetItem().GetKey())
	it, prev := l.made(m), l.last[key]
	_, seen := l.last[key]
	if m.GetPrev() != nil && !seen {
		prev = itemOf(m.GetPrev())
	}
	if it == nil || !l.follows(it) || !it.replaces(prev) || m.GetPrev() != nil && (seen || !prev.possible(l.state.oldest-1)) {
		return l.in.corrupt("impossible change of key %q at revision %d", key, m.GetItem().GetModRevision())
	}
	l.last[it.Key] = it
	if it.Deleted() {
		it.Key, it.Value = prev.Key, []byte{}
		l.last[it.Key] = nil
	}
	l.state.changes.add(Change{Item: it, Prev: prev})
	return nil
}

// made returns the version that the change made, nil if there can be none.
func (l *loader) made(m *kvv1.SnapshotChange) *Item {
	if !m.GetLive() {
		return itemOf(m.GetItem())
	}
	it := l.state.points[string(m.GetItem().GetKey())]
	if it == nil || it.ModRevision != m.GetItem().GetModRevision() {
		return nil
	}
	l.live++
	return it
}

// follows tells whether a change may come after those before.
func (l *loader) follows(it *Item) bool {
	c := &l.state.changes
	if it.ModRevision < l.state.oldest || it.ModRevision > l.state.revision {
		return false
	}
	return c.n == 0 || c.at(c.n-1).Item.ModRevision <= it.ModRevision
}

// replaces tells whether a version can come after prev, nil for none.
func (it *Item) replaces(prev *Item) bool {
	switch {
	case prev != nil && (prev.Key != it.Key || prev.ModRevision >= it.ModRevision):
		return false
	case it.Deleted():
		return prev != nil && it.CreateRevision == 0 && it.Lease == 0 && len(it.Value) == 0
	case !it.possible(it.ModRevision):
		return false
	case prev == nil:
		return it.Version == 1 && it.CreateRevision == it.ModRevision
	}
	return it.Version == prev.Version+1 && it.CreateRevision == prev.CreateRevision
}

// whole checks what can only be seen at the end.
func (l *loader) whole() error {
	s := l.state
	recent := 0
	for key, it := range s.points {
		if it.ModRevision >= s.oldest {
			recent++
		}
		if last, seen := l.last[key]; seen && last != it {
			return l.in.corrupt("the history of key %q does not end with what it is", key)
		}
	}
	for key, last := range l.last {
		if last != nil && s.points[key] != last {
			return l.in.corrupt("the history of key %q does not end with what it is", key)
		}
	}
	if recent != l.live {
		return l.in.corrupt("%d keys are newer than revision %d, the history made %d", recent, s.oldest, l.live)
	}
	var idle uint64
	s.leases.Scan(func(row lease) bool {
		if row.ephemeral && len(s.leased[row.id]) == 0 {
			idle = row.id
		}
		return idle == 0
	})
	if idle != 0 {
		return l.in.corrupt("the lease %d should have ended with its key", idle)
	}
	return nil
}

func itemOf(m *kvv1.SnapshotItem) *Item {
	it := newItem(m.GetKey(), m.GetValue())
	it.CreateRevision, it.ModRevision, it.Version, it.Lease = m.GetCreateRevision(), m.GetModRevision(), m.GetVersion(), m.GetLease()
	return it
}

// errItemField is why decodeItem refuses what is no SnapshotItem of this format.
var errItemField = errors.New("malformed or unknown field of an item")

// decodeItem reads a SnapshotItem. The item owns its bytes.
func decodeItem(b []byte) (*Item, error) {
	var key, value []byte
	var numbers [fieldItemLease + 1]uint64 // by field
	ok := eachField(b, func(f field) bool {
		switch {
		case f.num == fieldItemKey && f.typ == protowire.BytesType:
			key = f.bytes
		case f.num == fieldItemValue && f.typ == protowire.BytesType:
			value = f.bytes
		case f.num >= fieldItemCreate && f.num <= fieldItemLease && f.typ == protowire.VarintType:
			numbers[f.num] = f.n
		default:
			return false
		}
		return true
	})
	if !ok {
		return nil, errItemField
	}
	it := newItem(key, value)
	it.CreateRevision, it.ModRevision = numbers[fieldItemCreate], numbers[fieldItemMod]
	it.Version, it.Lease = numbers[fieldItemVer], numbers[fieldItemLease]
	return it, nil
}
