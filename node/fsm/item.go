package fsm

import (
	"encoding/binary"
	"unsafe"

	kvv1 "kv/proto/kv/v1"
)

// MaxItemBytes is the most that a key and its value may have together, in
// bytes. A larger Put changes nothing and gives ErrTooLarge. It bounds what a
// reader of a snapshot allocates; a node's own limits lie far below.
const MaxItemBytes = 16 << 20

// Item is a key as it was at one revision. Items are immutable: a change of the
// key makes a new Item, so one may be kept and read without a lock for any time.
// A nil Item is a key that is not there; it has no methods but Message.
//
// It is one piece of memory without pointers, which the garbage collector does not
// look into, of which the struct is but the first two bytes:
//
//	╎ head ╎ len(key) ╎ len(value) ╎ mod ╎ mod-create ╎ version ╎ lease ╎ key ╎ value ╎
//	  0      1                                                            head
//
// head is the length of all before the key, and the numbers are varints: 10 to 16
// bytes for a key that has seen up to 16,000 puts in a store of up to 34 thousand
// million revisions.
//
// Everything unsafe of this package is in this file. It rests on this: fields.item
// makes an Item of a slice that it has allocated in full length, whose first bytes
// the Item is, and nothing writes to it afterwards. So all lengths that are read
// here are those that were written, and each pointer is within the allocation. Of
// an empty key or value none is made: it would be behind the end.
type Item struct {
	head uint8
	key  uint8 // len(key) if below 0x80, else the first byte of it
}

// The numbers of an item's head, by their places.
const (
	headKey = iota
	headValue
	headMod
	headCreated // revisions since it was created; wraps around as it should
	headVersion
	headLease
	headNumbers
)

// maxHead is more than all numbers take.
const maxHead = 1 + headNumbers*binary.MaxVarintLen64

// fields are what an item holds.
type fields[T string | []byte] struct {
	key                         T
	value                       []byte
	create, mod, version, lease uint64
}

// item makes an Item, which shares no memory with the fields: the slices are parts
// of a Raft entry, which a kept reference would hold in memory as a whole.
func (f *fields[T]) item() *Item {
	var room [maxHead]byte
	b := room[:1]
	for _, n := range [headNumbers]uint64{uint64(len(f.key)), uint64(len(f.value)), f.mod, f.mod - f.create, f.version, f.lease} {
		if n < 0x80 {
			b = append(b, byte(n))
		} else {
			b = binary.AppendUvarint(b, n)
		}
	}
	b[0] = byte(len(b))
	own := make([]byte, len(b)+len(f.key)+len(f.value))
	n := copy(own, b)
	n += copy(own[n:], f.key)
	copy(own[n:], f.value)
	return (*Item)(unsafe.Pointer(unsafe.SliceData(own)))
}

// noItem stands for a key that is not there, where zeros are to be read.
var noItem = new(fields[string]).item()

// number returns the i-th number of the head, and the place behind it.
func (it *Item) number(i int) uint64 {
	head := unsafe.Slice(&it.head, int(it.head))
	at := 1
	for ; i > 0; at++ {
		if head[at] < 0x80 {
			i--
		}
	}
	if n := head[at]; n < 0x80 {
		return uint64(n)
	}
	n, _ := binary.Uvarint(head[at:])
	return n
}

// bytesAt is a part of the item. Nobody may write to it.
func (it *Item) bytesAt(place, n int) []byte {
	if n == 0 {
		return []byte{}
	}
	return unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(it), place)), n)
}

// Key is any string of bytes, also an empty one. It shares the item's memory.
func (it *Item) Key() string {
	n := int(it.key)
	if n >= 0x80 {
		n = int(it.number(headKey))
	}
	if n == 0 {
		return ""
	}
	return unsafe.String((*byte)(unsafe.Add(unsafe.Pointer(it), int(it.head))), n)
}

// Value is never nil, but may be empty. It shares the item's memory: nobody may
// write to it.
func (it *Item) Value() []byte {
	return it.bytesAt(int(it.head)+int(it.number(headKey)), int(it.number(headValue)))
}

// CreateRevision is the revision of the Put that began this life of the key.
func (it *Item) CreateRevision() uint64 { return it.number(headMod) - it.number(headCreated) }

// ModRevision is the revision of the last Put.
func (it *Item) ModRevision() uint64 { return it.number(headMod) }

// Version counts the Puts of this life, 1 for the first. It is 0 for a deletion,
// which has no value and no other revision than ModRevision.
func (it *Item) Version() uint64 { return it.number(headVersion) }

// Lease is the id of the lease that the key lives by, 0 for none.
func (it *Item) Lease() uint64 { return it.number(headLease) }

// Deleted reports whether the item stands for the deletion of its key.
func (it *Item) Deleted() bool { return it.Version() == 0 }

// bytes is what the item counts for in LiveBytes.
func (it *Item) bytes() uint64 { return it.number(headKey) + it.number(headValue) }

// fields returns all at once. Key and value share the item's memory.
func (it *Item) fields() fields[string] {
	var numbers [headNumbers]uint64
	head := unsafe.Slice(&it.head, int(it.head))[1:]
	for i := range numbers {
		n, size := uint64(head[0]), 1
		if n >= 0x80 {
			n, size = binary.Uvarint(head)
		}
		numbers[i], head = n, head[size:]
	}
	mod := numbers[headMod]
	return fields[string]{
		key: it.Key(), value: it.bytesAt(int(it.head)+int(numbers[headKey]), int(numbers[headValue])),
		create: mod - numbers[headCreated], mod: mod, version: numbers[headVersion], lease: numbers[headLease],
	}
}

// newVersion is the item that a put at revision makes of old, the key's item
// before, nil if there was none.
func newVersion(key, value []byte, revision uint64, old *Item, lease uint64) *Item {
	f := fields[[]byte]{key: key, value: value, create: revision, mod: revision, version: 1, lease: lease}
	if old != nil {
		f.create, f.version = old.CreateRevision(), old.Version()+1
	}
	return f.item()
}

// newDeletion is the item of a deletion of old.
func newDeletion(old *Item, revision uint64) *Item {
	return (&fields[string]{key: old.Key(), mod: revision}).item()
}

// ItemOf makes an item of a message, whose memory it does not share; nil of none. It
// undoes Message.
func ItemOf(kv *kvv1.KeyValue) *Item {
	if kv == nil {
		return nil
	}
	f := fields[[]byte]{
		key: kv.GetKey(), value: kv.GetValue(), create: kv.GetCreateRevision(), mod: kv.GetModRevision(),
		version: kv.GetVersion(), lease: kv.GetLease(),
	}
	return f.item()
}

// Message returns the item as a message, nil for a nil item. It shares the store's
// memory: it is only to be read.
func (it *Item) Message(keysOnly bool) *kvv1.KeyValue {
	if it == nil {
		return nil
	}
	f := it.fields()
	kv := &kvv1.KeyValue{
		Key:            it.bytesAt(int(it.head), len(f.key)),
		CreateRevision: f.create,
		ModRevision:    f.mod,
		Version:        f.version,
		Lease:          f.lease,
	}
	if !keysOnly {
		kv.Value = f.value
	}
	return kv
}
