package fsm

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func slotOf(key string) *slot { return pivot(key) }

// checkIndex compares an index with a map.
func checkIndex(t interface{ Fatalf(string, ...any) }, x *index, want map[string]*slot) {
	if x.n != len(want) {
		t.Fatalf("%d slots, want %d", x.n, len(want))
	}
	for key, sl := range want {
		if x.get([]byte(key)) != sl || x.find(key) != sl {
			t.Fatalf("the slot of %q is not found", key)
		}
	}
	n := 0
	for i := range x.tables {
		places := 0
		for j, sl := range x.tables[i].slots {
			if (sl == nil) != (x.tables[i].tags[j] == 0) {
				t.Fatalf("table %d: the tag of place %d is %d", i, j, x.tables[i].tags[j])
			}
			if sl != nil {
				places++
			}
		}
		if places != x.tables[i].n || places > 0 && places == len(x.tables[i].slots) {
			t.Fatalf("table %d counts %d slots, and has %d in %d places", i, x.tables[i].n, places, len(x.tables[i].slots))
		}
		n += places
	}
	if n != len(want) {
		t.Fatalf("%d slots in the tables, want %d", n, len(want))
	}
}

// crowd makes an index put every slot into the same few tables, at a few places.
func crowd(x *index, keys int) (out []string) {
	for i := 0; len(out) < keys; i++ {
		key := fmt.Sprint("crowd", i)
		sl := slotOf(key)
		t, _ := x.split(x.hash(sl.key()))
		if t == &x.tables[0] || t == &x.tables[7] {
			out = append(out, key)
		}
	}
	return out
}

// TestIndexAgainstMap: slots come and go in any order, one at a time or loaded at
// once, and each is found as long as it is there.
func TestIndexAgainstMap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x, want := newIndex(), map[string]*slot{}
		keys := crowd(x, 120)
		if rapid.Bool().Draw(t, "load") {
			for _, key := range keys[:rapid.IntRange(0, len(keys)).Draw(t, "loaded")] {
				want[key] = slotOf(key)
				x.load(want[key])
			}
			x.settle()
		}
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			key := rapid.SampledFrom(keys).Draw(t, "key")
			if sl := want[key]; sl != nil {
				x.remove(sl)
				delete(want, key)
			} else {
				want[key] = slotOf(key)
				x.add(want[key])
			}
			if x.get([]byte(key)) != want[key] {
				t.Fatalf("the slot of %q is not what was put there", key)
			}
		}
		checkIndex(t, x, want)
	})
}

// The index grows with what is in it, and shrinks again.
func TestIndexGrowsAndShrinks(t *testing.T) {
	t.Parallel()
	x, want := newIndex(), map[string]*slot{}
	key := func(i int) string { return string(binary.AppendUvarint(nil, uint64(i))) }
	for i := range 50_000 {
		want[key(i)] = slotOf(key(i))
		x.add(want[key(i)])
	}
	checkIndex(t, x, want)
	for i := range 50_000 {
		if i%100 != 0 {
			x.remove(want[key(i)])
			delete(want, key(i))
		}
	}
	checkIndex(t, x, want)
	places := 0
	for i := range x.tables {
		places += len(x.tables[i].tags)
	}
	if places > 1<<tableBits*4*(minTable+1) {
		t.Errorf("%d places are left for %d slots", places, x.n)
	}
}

// FuzzIndex takes its input for keys, each of which comes and goes.
func FuzzIndex(f *testing.F) {
	f.Add([]byte("a b c a b"))
	f.Add([]byte("  a  a"))
	f.Fuzz(func(t *testing.T, input []byte) {
		x, want := newIndex(), map[string]*slot{}
		for _, key := range bytes.Split(input, []byte(" ")) {
			if sl := want[string(key)]; sl != nil {
				x.remove(sl)
				delete(want, string(key))
				continue
			}
			want[string(key)] = slotOf(string(key))
			x.add(want[string(key)])
		}
		checkIndex(t, x, want)
	})
}
