package logstore

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/hashicorp/raft"
	"pgregory.net/rapid"
)

// TestLogLikeASlice drives a log and a plain slice with the same operations.
func TestLogLikeASlice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp("", "logstore")
		if err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(dir)
		o := Options{
			SegmentBytes: rapid.SampledFrom([]int64{1, 2000, 8192}).Draw(rt, "segment"),
			CacheBytes:   rapid.SampledFrom([]int64{-1, 500, 1 << 20}).Draw(rt, "cache"),
		}
		m := &model{dir: dir, o: o, next: 1}
		m.open(rt)
		defer func() { m.log.Close() }()
		rt.Repeat(map[string]func(*rapid.T){
			"append": m.append, "append more": m.append, "gap": m.gap, "truncate": m.truncate,
			"compact": m.compact, "reset": m.reset, "reopen": m.open, "": m.check,
		})
	})
}

type model struct {
	dir     string
	o       Options
	log     *Log
	entries []*raft.Log
	next    uint64 // index of the first entry of an empty log
}

func (m *model) open(t *rapid.T) {
	if m.log != nil {
		if err := m.log.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if m.log, err = Open(m.dir, m.o); err != nil {
		t.Fatal(err)
	}
}

func (m *model) after() uint64 {
	if n := len(m.entries); n > 0 {
		return m.entries[n-1].Index + 1
	}
	return m.next
}

func (m *model) append(t *rapid.T) {
	var logs []*raft.Log
	for i := range rapid.IntRange(1, 4).Draw(t, "entries") {
		e := &raft.Log{
			Index: m.after() + uint64(i), Term: rapid.Uint64().Draw(t, "term"),
			Type:       raft.LogType(rapid.IntRange(0, 5).Draw(t, "type")),
			Data:       rapid.SliceOfN(rapid.Byte(), 0, 1200).Draw(t, "data"),
			Extensions: rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "extensions"),
		}
		if rapid.Bool().Draw(t, "timed") {
			e.AppendedAt = time.Unix(0, rapid.Int64Min(-1<<62).Draw(t, "time"))
		}
		logs = append(logs, e)
	}
	if err := m.log.StoreLogs(logs); err != nil {
		t.Fatal(err)
	}
	m.entries = append(m.entries, logs...)
}

func (m *model) gap(t *rapid.T) {
	if len(m.entries) == 0 {
		t.Skip("an empty log takes any index")
	}
	i := m.after() + rapid.SampledFrom([]uint64{1, 50, ^uint64(0)}).Draw(t, "jump")
	if err := m.log.StoreLog(&raft.Log{Index: i}); err == nil {
		t.Fatalf("entry %d stored after %d", i, m.after()-1)
	}
}

func (m *model) cut(t *rapid.T) int {
	if len(m.entries) < 2 {
		t.Skip("nothing to cut")
	}
	return rapid.IntRange(1, len(m.entries)-1).Draw(t, "cut")
}

func (m *model) remove(t *rapid.T, logs []*raft.Log) {
	if err := m.log.DeleteRange(logs[0].Index, logs[len(logs)-1].Index); err != nil {
		t.Fatal(err)
	}
}

func (m *model) truncate(t *rapid.T) {
	n := m.cut(t)
	m.remove(t, m.entries[n:])
	m.entries = m.entries[:n:n]
}

func (m *model) compact(t *rapid.T) {
	n := m.cut(t)
	m.remove(t, m.entries[:n])
	m.entries = m.entries[n:]
}

func (m *model) reset(t *rapid.T) {
	if len(m.entries) == 0 {
		t.Skip("nothing to remove")
	}
	m.next = m.after() + uint64(rapid.IntRange(0, 9).Draw(t, "jump"))
	m.remove(t, m.entries)
	m.entries = nil
}

func (m *model) check(t *rapid.T) {
	var first, last uint64
	if n := len(m.entries); n > 0 {
		first, last = m.entries[0].Index, m.entries[n-1].Index
	}
	if f, err := m.log.FirstIndex(); f != first || err != nil {
		t.Fatalf("first index %d, %v, expected %d", f, err, first)
	}
	if l, err := m.log.LastIndex(); l != last || err != nil {
		t.Fatalf("last index %d, %v, expected %d", l, err, last)
	}
	var e raft.Log
	for _, want := range m.entries {
		if err := m.log.GetLog(want.Index, &e); err != nil || !same(&e, want) {
			t.Fatalf("entry %d is %+v, %v, expected %+v", want.Index, e, err, want)
		}
	}
	for _, i := range []uint64{first - 1, last + 1} {
		if err := m.log.GetLog(i, &e); !errors.Is(err, raft.ErrLogNotFound) {
			t.Fatalf("entry %d outside %d to %d: %v", i, first, last, err)
		}
	}
}

func TestDeleteRangeInTheMiddleIsRefused(t *testing.T) {
	t.Parallel()
	l := mustOpen(t, t.TempDir(), small)
	store(t, l, batch(1, 1, 9, 10)...)
	if err := l.DeleteRange(3, 5); err == nil {
		t.Fatal("a hole was made")
	}
	if n := len(contents(t, l)); n != 9 {
		t.Fatalf("%d entries are left of 9", n)
	}
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	l := mustOpen(t, t.TempDir(), Options{CacheBytes: 10_000})
	for i := uint64(1); i < 40; i++ {
		store(t, l, batch(100*i, 1, 100, 0)...) // no data: they cost memory all the same
		if l.cache.bytes > 10_000 || len(l.cache.entries) > 10_000/entryOverhead {
			t.Fatalf("cache has %d entries of %d bytes", len(l.cache.entries), l.cache.bytes)
		}
	}
	if err := l.DeleteRange(100, 3999); err != nil {
		t.Fatal(err)
	}
	if l.cache.bytes != 0 || len(l.cache.entries) != 0 {
		t.Fatalf("empty log keeps %d bytes", l.cache.bytes)
	}
}

// TestBytesAndEntries stores entries of a sector each, eight sectors a segment of
// which the first is the opening frame.
func TestBytesAndEntries(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := mustOpen(t, dir, small)
	if n, m := l.BytesAfter(0), l.EntriesIn(1<<30); n != 0 || m != 0 {
		t.Fatalf("an empty log has %d bytes, %d entries", n, m)
	}
	for i := range uint64(30) {
		store(t, l, entry(i+1, 1, 300))
	}
	check := func() {
		t.Helper()
		for after, want := range map[uint64]int64{30: 0, 99: 0, 29: 1, 28: 2, 27: 4, 21: 10, 20: 12, 7: 23 + 3} {
			if n := l.BytesAfter(after); n != want*sector {
				t.Errorf("%d bytes after entry %d, expected %d sectors", n, after, want)
			}
		}
		for in, want := range map[int64]uint64{0: 0, 511: 0, 512: 1, 1024: 2, 3 * 512: 2, 4 * 512: 3, 10 * 512: 9} {
			if n := l.EntriesIn(in); n != want {
				t.Errorf("%d entries in %d bytes, expected %d", n, in, want)
			}
		}
	}
	check()
	if err := l.DeleteRange(1, 5); err != nil {
		t.Fatal(err)
	}
	check()
	if n, m := l.BytesAfter(0), l.EntriesIn(1<<30); n != l.BytesAfter(5) || n != 25*sector+4*sector || m != 25 {
		t.Errorf("%d bytes, %d entries in all after a compaction", n, m)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = mustOpen(t, dir, small)
	check()
}
