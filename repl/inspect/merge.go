package inspect

import (
	"bytes"
	"iter"

	"kv/client"
)

// source is what one member has, key by key in order.
type source struct {
	member string
	next   func() (client.KeyValue, error, bool)
	stop   func()

	at     client.KeyValue
	has    bool // at is its next key
	keys   uint64
	failed error
}

func newSource(member string, seq iter.Seq2[client.KeyValue, error]) *source {
	s := &source{member: member}
	s.next, s.stop = iter.Pull2(seq)
	s.step()
	return s
}

// step goes on to the next key.
func (s *source) step() {
	kv, err, ok := s.next()
	s.at, s.has = kv, ok && err == nil
	if ok && err != nil {
		s.failed = err
	}
	if s.has {
		s.keys++
	}
}

// difference is a key of which members have not the same. has holds what each of them
// has, nil for nothing.
type difference struct {
	key string
	has []*client.KeyValue
}

// compare walks over the sources side by side and calls differ for each key that is not
// the same in all of them, until that returns false. It returns how many keys there are,
// and the source that failed, if one did: nothing can be said of what comes after.
func compare(sources []*source, differ func(difference) bool) (keys uint64, broken *source) {
	for {
		for _, s := range sources {
			if s.failed != nil {
				return keys, s
			}
		}
		key, any := least(sources)
		if !any {
			return keys, nil
		}
		keys++
		d := difference{key: key, has: make([]*client.KeyValue, len(sources))}
		for i, s := range sources {
			if s.has && s.at.Key == key {
				kv := s.at
				d.has[i] = &kv
				s.step()
			}
		}
		if !equal(d.has) && !differ(d) {
			return keys, nil
		}
	}
}

// least returns the first key that any source has next.
func least(sources []*source) (key string, any bool) {
	for _, s := range sources {
		if s.has && (!any || s.at.Key < key) {
			key, any = s.at.Key, true
		}
	}
	return key, any
}

func equal(has []*client.KeyValue) bool {
	for _, kv := range has[1:] {
		if (kv == nil) != (has[0] == nil) {
			return false
		}
		if kv != nil && !sameKV(kv, has[0]) {
			return false
		}
	}
	return true
}

func sameKV(a, b *client.KeyValue) bool {
	return a.ModRevision == b.ModRevision && a.CreateRevision == b.CreateRevision && a.Version == b.Version &&
		a.Lease == b.Lease && bytes.Equal(a.Value, b.Value)
}
