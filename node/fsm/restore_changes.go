package fsm

import (
	"errors"

	"google.golang.org/protobuf/encoding/protowire"

	"kv/proto/wire"
)

// change takes a change of the history and links it with the versions before.
func (l *loader) change(b []byte) error {
	if err := l.enter(sectionChanges); err != nil {
		return err
	}
	c, err := decodeChange(b)
	if err != nil {
		return l.in.corrupt("%v", err)
	}
	before, seen := l.last[string(c.item.key)]
	possible := true
	if c.prev != nil && !seen {
		before = &version{item: c.prev.item()}
	}
	if c.prev != nil {
		possible = !seen && c.prev.possible(l.state.oldest-1)
	}
	it := l.made(c)
	if it == nil || !possible || !l.follows(it) || !replaces(it, before.live()) {
		return l.in.corrupt("impossible change of key %q at revision %d", c.item.key, c.item.mod)
	}
	l.last[it.Key()] = &version{item: it, older: before}
	l.state.changes.add(change{item: it, prev: before})
	return nil
}

// made returns the version that the change made, nil if there can be none.
func (l *loader) made(c savedChange) *Item {
	if !c.live {
		return c.item.item()
	}
	it := l.state.index.get(c.item.key).now()
	if it == nil || it.ModRevision() != c.item.mod {
		return nil
	}
	l.live++
	return it
}

// follows tells whether a change may come after those before.
func (l *loader) follows(it *Item) bool {
	c, revision := &l.state.changes, it.ModRevision()
	if revision < l.state.oldest || revision > l.state.revision {
		return false
	}
	return c.len() == 0 || c.at(c.end-1).item.ModRevision() <= revision
}

// replaces tells whether a version can come after prev, nil for none.
func replaces(it, prev *Item) bool {
	f := it.fields()
	switch {
	case prev != nil && (prev.Key() != f.key || prev.ModRevision() >= f.mod):
		return false
	case it.Deleted():
		return prev != nil && f.create == 0 && f.lease == 0 && len(f.value) == 0
	case !f.possible(f.mod):
		return false
	case prev == nil:
		return f.version == 1 && f.create == f.mod
	}
	return f.version == prev.Version()+1 && f.create == prev.CreateRevision()
}

// whole gives the slots their earlier versions, and checks what can only be seen at
// the end.
func (l *loader) whole() error {
	s := l.state
	for key, last := range l.last {
		sl := s.index.find(key)
		switch {
		case sl == nil && last.item.Deleted():
			sl = &slot{*last}
			s.index.add(sl)
			s.gone.Set(sl)
		case sl == nil || sl.item != last.item:
			return l.in.corrupt("the history of key %q does not end with what it is", key)
		}
		sl.older = last.older
	}
	if l.recent != l.live {
		return l.in.corrupt("%d keys are newer than revision %d, the history made %d", l.recent, s.oldest, l.live)
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

// errItemField is why decodeItem refuses what is no SnapshotItem of this format, and
// decodeChange what is no SnapshotChange.
var errItemField = errors.New("malformed or unknown field of an item")

// decodeItem reads a SnapshotItem. The fields point into b.
func decodeItem(b []byte) (out fields[[]byte], err error) {
	var numbers [fieldItemLease + 1]uint64 // by field
	ok := eachField(b, func(f wire.Field) bool {
		switch {
		case f.Num == fieldItemKey && f.Typ == protowire.BytesType:
			out.key = f.Bytes
		case f.Num == fieldItemValue && f.Typ == protowire.BytesType:
			out.value = f.Bytes
		case f.Num >= fieldItemCreate && f.Num <= fieldItemLease && f.Typ == protowire.VarintType:
			numbers[f.Num] = f.Number
		default:
			return false
		}
		return true
	})
	if !ok {
		return out, errItemField
	}
	out.create, out.mod = numbers[fieldItemCreate], numbers[fieldItemMod]
	out.version, out.lease = numbers[fieldItemVer], numbers[fieldItemLease]
	return out, nil
}

// savedChange is a SnapshotChange; prev is nil if it has none.
type savedChange struct {
	item fields[[]byte]
	live bool
	prev *fields[[]byte]
}

// decodeChange reads a SnapshotChange. The fields point into b.
func decodeChange(b []byte) (c savedChange, err error) {
	ok := eachField(b, func(f wire.Field) bool {
		switch {
		case f.Num == fieldChangeItem && f.Typ == protowire.BytesType:
			c.item, err = decodeItem(f.Bytes)
		case f.Num == fieldChangeLive && f.Typ == protowire.VarintType:
			c.live = f.Number != 0
		case f.Num == fieldChangePrev && f.Typ == protowire.BytesType:
			var prev fields[[]byte]
			prev, err = decodeItem(f.Bytes)
			c.prev = &prev
		default:
			return false
		}
		return err == nil
	})
	if !ok {
		return c, errItemField
	}
	return c, nil
}
