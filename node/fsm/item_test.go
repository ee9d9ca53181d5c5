package fsm

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

// What an item is made of is what it says it has, whatever it is.
func TestItemsHoldWhatTheyAreMadeOf(t *testing.T) {
	t.Parallel()
	number := rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, 127, 128, 16_383, 16_384, math.MaxUint64}))
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.OneOf(rapid.IntRange(0, 40), rapid.IntRange(120, 140), rapid.IntRange(16_370, 16_400))
		f := fields[string]{
			key:    strings.Repeat("k", size.Draw(t, "key")),
			value:  bytes.Repeat([]byte("v"), size.Draw(t, "value")),
			create: number.Draw(t, "create"), mod: number.Draw(t, "mod"), version: number.Draw(t, "version"), lease: number.Draw(t, "lease"),
		}
		it := f.item()
		got := it.fields()
		if got.key != f.key || !bytes.Equal(got.value, f.value) || got.value == nil || got.create != f.create ||
			got.mod != f.mod || got.version != f.version || got.lease != f.lease {
			t.Fatalf("made of %+v, has %+v", f, got)
		}
		if it.Key() != f.key || !bytes.Equal(it.Value(), f.value) || cap(it.Value()) != len(f.value) || it.bytes() != uint64(len(f.key)+len(f.value)) {
			t.Fatalf("made of %+v, shows %q and %q of capacity %d", f, it.Key(), it.Value(), cap(it.Value()))
		}
		if it.CreateRevision() != f.create || it.ModRevision() != f.mod || it.Version() != f.version || it.Lease() != f.lease || it.Deleted() != (f.version == 0) {
			t.Fatalf("made of %+v, shows %d %d %d %d", f, it.CreateRevision(), it.ModRevision(), it.Version(), it.Lease())
		}
		if back := ItemOf(it.Message(false)); !sameItem(back, it) {
			t.Fatalf("%s became %s", show([]*Item{it}), show([]*Item{back}))
		}
	})
}

// A message shares the item's bytes, also the value's.
func TestMessagesShareTheItemsMemory(t *testing.T) {
	t.Parallel()
	it := newVersion([]byte("key"), []byte("value"), 1, nil, 0)
	kv := it.Message(false)
	if unsafe.SliceData(kv.Key) != unsafe.StringData(it.Key()) || unsafe.SliceData(kv.Value) != unsafe.SliceData(it.Value()) {
		t.Error("the message has bytes of its own")
	}
	if kv := it.Message(true); kv.Value != nil {
		t.Error("a message of the key only has a value")
	}
	if (*Item)(nil).Message(false) != nil || ItemOf(nil) != nil {
		t.Error("a key that is not there has a message or an item")
	}
}

// A key of 16 bytes with a value of 64 is to fit into the allocator's 96 bytes.
func TestSmallItemsAreSmall(t *testing.T) {
	t.Parallel()
	f := fields[string]{key: strings.Repeat("k", 16), value: make([]byte, 64), create: 1, mod: 30_000_000_000, version: 16_000}
	if n := int(f.item().head) + 16 + 64; n > 96 {
		t.Errorf("it has %d bytes", n)
	}
}
