package fsm

import (
	"slices"
	"strings"

	"github.com/tidwall/btree"
)

// Range is the keys k with From <= k and, unless To is empty, k < To, by their
// bytes. The zero value is all keys.
type Range struct{ From, To string }

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

// treeKeys are the keys of a tree.
type treeKeys struct{ order *btree.BTreeG[*Item] }

// Get implements Keys.
func (t treeKeys) Get(key []byte) *Item {
	it, _ := t.order.Get(&Item{Key: string(key)})
	return it
}

// Scan implements Keys.
func (t treeKeys) Scan(r Range, reverse bool, fn func(*Item) bool) {
	if !reverse {
		t.order.Ascend(&Item{Key: r.From}, func(it *Item) bool { return r.below(it.Key) && fn(it) })
		return
	}
	down := func(it *Item) bool {
		return it.Key >= r.From && (!r.below(it.Key) || fn(it)) // To itself comes first
	}
	if r.To == "" {
		t.order.Reverse(down)
	} else {
		t.order.Descend(&Item{Key: r.To}, down)
	}
}

// layer is Keys with changes on top: those of a transaction that is not done yet,
// or those that lead back to an earlier revision.
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
		flush(func(key string) bool { return key < it.Key != reverse && key != it.Key })
		if _, covered := l.over[it.Key]; !covered && going {
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
