package fsm

import "unsafe"

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
	// Version counts the Puts of this life; 1 for the first.
	Version uint64
}

// newItem copies key and value into one allocation of their own: the caller's
// slices are parts of a Raft entry, which a kept reference would hold in memory
// as a whole. One allocation instead of two saves the second one's rounding.
// Key is a string header over those bytes, which is sound as nothing writes to
// them again; with it an Item has 64 bytes, a size class of its own.
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

// bytes is what the item counts for in LiveBytes.
func (it *Item) bytes() uint64 { return uint64(len(it.Key) + len(it.Value)) }

// less orders items by key, bytewise.
func less(a, b *Item) bool { return a.Key < b.Key }
