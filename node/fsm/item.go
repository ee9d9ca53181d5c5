package fsm

import (
	"unsafe"

	kvv1 "kv/proto/kv/v1"
)

// MaxItemBytes is the most that a key and its value may have together, in
// bytes. A larger Put changes nothing and gives ErrTooLarge. It bounds what a
// reader of a snapshot allocates; a node's own limits lie far below.
const MaxItemBytes = 16 << 20

// Item is a key as it was at one revision. Items are immutable: a change of the
// key makes a new Item, so one may be kept and read without a lock for any time.
// Nobody may write to Value.
type Item struct {
	// Key is any string of bytes, also an empty one.
	Key string
	// Value is never nil, but may be empty.
	Value []byte
	// CreateRevision is the revision of the Put that began this life of the key.
	CreateRevision uint64
	// ModRevision is the revision of the last Put.
	ModRevision uint64
	// Version counts the Puts of this life, 1 for the first. It is 0 for a
	// deletion, which has no value and no other revision than ModRevision.
	Version uint64
	// Lease is the id of the lease that the key lives by, 0 for none.
	Lease uint64
}

// Deleted reports whether the item stands for the deletion of its key.
func (it *Item) Deleted() bool { return it.Version == 0 }

// newItem copies key and value into one allocation of their own: the caller's
// slices are parts of a Raft entry, which a kept reference would hold in memory
// as a whole. One allocation instead of two saves the second one's rounding.
// Key is a string header over those bytes, which is sound as nothing writes to
// them again; with it an Item has 72 bytes, of the size class of 80.
func newItem(key, value []byte) *Item {
	n := len(key)
	own := make([]byte, n+len(value))
	copy(own, key)
	copy(own[n:], value)
	return &Item{
		Key:   unsafe.String(unsafe.SliceData(own), n),
		Value: own[n:len(own):len(own)],
	}
}

// newVersion is the item that a put at revision makes of old, the key's item
// before, nil if there was none.
func newVersion(key, value []byte, revision uint64, old *Item) *Item {
	it := newItem(key, value)
	it.CreateRevision, it.ModRevision, it.Version = revision, revision, 1
	if old != nil {
		it.CreateRevision, it.Version = old.CreateRevision, old.Version+1
	}
	return it
}

// newDeletion is the item of a deletion of old. It shares old's bytes, which are
// kept as long as the change is.
func newDeletion(old *Item, revision uint64) *Item {
	return &Item{Key: old.Key, Value: []byte{}, ModRevision: revision}
}

// bytes is what the item counts for in LiveBytes.
func (it *Item) bytes() uint64 { return uint64(len(it.Key) + len(it.Value)) }

// Message returns the item as a message, nil for a nil item. It shares the store's
// memory: it is only to be read.
func (it *Item) Message(keysOnly bool) *kvv1.KeyValue {
	if it == nil {
		return nil
	}
	kv := &kvv1.KeyValue{
		Key:            unsafe.Slice(unsafe.StringData(it.Key), len(it.Key)),
		CreateRevision: it.CreateRevision,
		ModRevision:    it.ModRevision,
		Version:        it.Version,
		Lease:          it.Lease,
	}
	if !keysOnly {
		kv.Value = it.Value
	}
	return kv
}

// less orders items by key, bytewise.
func less(a, b *Item) bool { return a.Key < b.Key }
