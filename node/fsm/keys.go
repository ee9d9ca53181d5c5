package fsm

import (
	"slices"
	"strings"

	"github.com/tidwall/btree"

	"kv/proto/wire"
)

// Range is the keys k with From <= k and, unless To is empty, k < To, by their
// bytes. The zero value is all keys.
type Range struct{ From, To string }

// Prefix returns the range of the keys that begin with p.
func Prefix(p string) Range { return Range{From: p, To: wire.PrefixEnd(p)} }

// Contains reports whether key is in the range.
func (r Range) Contains(key string) bool { return key >= r.From && r.below(key) }

func (r Range) below(key string) bool { return r.To == "" || key < r.To }

// Keys are the keys of the store at one moment.
type Keys interface {
	// Get returns the item of key, nil if there is none.
	Get(key []byte) *Item
	// Scan calls fn with each item of the range, in the order of the keys' bytes
	// or from the last to the first, until fn returns false.
	Scan(r Range, reverse bool, fn func(*Item) bool)
}

// walk calls fn with the slots of a tree that are in a range until it returns false.
func walk(tree *btree.BTreeG[*slot], r Range, reverse bool, fn func(*slot) bool) {
	if !reverse {
		tree.Ascend(pivot(r.From), func(sl *slot) bool { return (r.To == "" || sl.key() < r.To) && fn(sl) })
		return
	}
	down := func(sl *slot) bool {
		key := sl.key()
		return key >= r.From && (!r.below(key) || fn(sl)) // To itself comes first
	}
	if r.To == "" {
		tree.Reverse(down)
	} else {
		tree.Descend(pivot(r.To), down)
	}
}

// stateKeys are the present keys of a state.
type stateKeys struct{ *state }

// Get implements Keys.
func (s stateKeys) Get(key []byte) *Item { return s.index.get(key).now() }

// Scan implements Keys.
func (s stateKeys) Scan(r Range, reverse bool, fn func(*Item) bool) {
	walk(s.live, r, reverse, func(sl *slot) bool { return fn(sl.item) })
}

// layer is Keys with changes on top: those of a transaction that is not done yet.
type layer struct {
	base Keys
	// over holds the items that differ from base; nil where the key is not there.
	over map[string]*Item
}

// Get implements Keys.
func (l *layer) Get(key []byte) *Item {
	if it, ok := l.over[string(key)]; ok {
		return it
	}
	return l.base.Get(key)
}

// Scan implements Keys: it merges the sorted keys of over with those of base.
func (l *layer) Scan(r Range, reverse bool, fn func(*Item) bool) {
	rest := l.sorted(r, reverse)
	going := true
	// flush calls fn with the items of over that come before a key.
	flush := func(before func(key string) bool) {
		for going && len(rest) > 0 && before(rest[0]) {
			it := l.over[rest[0]]
			rest = rest[1:]
			going = it == nil || fn(it)
		}
	}
	l.base.Scan(r, reverse, func(it *Item) bool {
		flush(func(key string) bool { return key < it.Key() != reverse && key != it.Key() })
		if _, covered := l.over[it.Key()]; !covered && going {
			going = fn(it)
		}
		return going
	})
	flush(func(string) bool { return true })
}

// sorted returns the keys of over that are in r, in the order of a scan.
func (l *layer) sorted(r Range, reverse bool) []string {
	var keys []string
	for key := range l.over {
		if r.Contains(key) {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, strings.Compare)
	if reverse {
		slices.Reverse(keys)
	}
	return keys
}
