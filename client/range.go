package client

import (
	kvv1 "kv/proto/kv/v1"
	"kv/proto/wire"
)

// Range is the keys k with From <= k and, unless To is empty, k < To, by their
// bytes. The zero value is all keys.
type Range struct{ From, To string }

// Prefix returns the range of the keys that begin with p; "" means all keys.
func Prefix(p string) Range { return Range{From: p, To: wire.PrefixEnd(p)} }

// Contains reports whether key is in the range.
func (r Range) Contains(key string) bool {
	return key >= r.From && (r.To == "" || key < r.To)
}

func (r *Range) proto() *kvv1.Range {
	if r == nil {
		return nil
	}
	return &kvv1.Range{From: []byte(r.From), To: []byte(r.To)}
}
