package fsm

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
)

func TestScanByPrefix(t *testing.T) {
	t.Parallel()
	m := New(Options{})
	for _, k := range []string{"b", "a/2", "a", "a/1", "a0", "", "a/", "\xff", "\xff\xff"} {
		do(t, m, put(k, "v"))
	}
	v := m.View()
	for prefix, want := range map[string][]string{
		"":     {"", "a", "a/", "a/1", "a/2", "a0", "b", "\xff", "\xff\xff"},
		"a/":   {"a/", "a/1", "a/2"},
		"a":    {"a", "a/", "a/1", "a/2", "a0"},
		"\xff": {"\xff", "\xff\xff"},
		"c":    nil,
	} {
		if got := keys(v, prefix); !slices.Equal(got, want) {
			t.Errorf("scan of %q gives %q, want %q", prefix, got, want)
		}
	}
	n := 0
	v.Scan(Range{}, func(*Item) bool { n++; return n < 3 })
	if n != 3 {
		t.Errorf("a scan that was told to stop at 3 went on to %d", n)
	}
	if v.Get([]byte("a/1")) == nil || v.Get([]byte("a/3")) != nil {
		t.Error("get by key disagrees with the scan")
	}
}

// Views are shared until something is applied, and only so long.
func TestViewsAreShared(t *testing.T) {
	t.Parallel()
	m := small(t)
	v := m.View()
	if m.View().frozen != v.frozen {
		t.Error("two views of one state")
	}
	do(t, m, AppendTermMarker(nil))
	w := m.View()
	if w.frozen == v.frozen {
		t.Fatal("a view outlived its applied index")
	}
	if was, _ := v.Applied(); was != 1 {
		t.Errorf("the old view is at %d, want 1", was)
	}
	if is, _ := w.Applied(); is != 2 || w.Hash() != v.Hash() {
		t.Errorf("the new view is at %d, want 2 and the same hash", is)
	}
	if id, name := v.Cluster(); id != "0123456789abcdef" || name != "test" {
		t.Errorf("cluster %q %q", id, name)
	}
}

// Each field has a part in the hash, and fields do not run into each other.
func TestHashSeesEverything(t *testing.T) {
	t.Parallel()
	seen := map[Hash]string{}
	for name, data := range map[string][]byte{
		"nothing":       nil,
		"ab c":          put("ab", "c"),
		"a bc":          put("a", "bc"),
		"a bc, again":   join(put("a", "bc"), put("a", "bc")),
		"a bc, reborn":  join(put("a", "bc"), del("a"), put("a", "bc")),
		"only revision": join(put("a", "bc"), del("a")),
		"member":        encoded(t, setMember("n", "i", "r", "k")),
		"member moved":  encoded(t, setMember("n", "i", "r", "k2")),
		"cluster":       encoded(t, setCluster("c", "n")),
		"cluster name":  encoded(t, setCluster("c", "nn")),
	} {
		m := New(Options{})
		results(t, m, data)
		if other, ok := seen[m.Hash()]; ok {
			t.Errorf("%q and %q have the same hash %s", name, other, m.Hash())
		}
		seen[m.Hash()] = name
	}
}

// Writers go on while readers look: each entry moves one unit between two of
// many accounts, so that every view and every snapshot has the same sum. For the
// race detector as much as for the sum.
func TestReadersBesideTheApplier(t *testing.T) {
	t.Parallel()
	const accounts, each, moves = 200, 1000, 1500
	m := New(Options{})
	var data []byte
	for i := range accounts {
		data = join(data, put(fmt.Sprintf("%03d", i), strconv.Itoa(each)))
	}
	results(t, m, data)

	done := make(chan struct{})
	var readers sync.WaitGroup
	sum := func(v *View) (n int) {
		v.Scan(Range{}, func(it *Item) bool {
			k, err := strconv.Atoi(string(it.Value()))
			if err != nil {
				t.Error(err)
			}
			n += k
			return true
		})
		return n
	}
	watch := func(look func() *View) {
		readers.Go(func() {
			last := uint64(0)
			for running := true; running && !t.Failed(); {
				select {
				case <-done:
					running = false // once more, for one look at least
				default:
				}
				v := look()
				index, _ := v.Applied()
				if index < last || sum(v) != accounts*each {
					t.Errorf("view at %d after %d has the sum %d", index, last, sum(v))
					return
				}
				last = index
				v.Release()
			}
		})
	}
	watch(m.View)
	watch(m.View)
	watch(func() *View {
		snap, err := m.Snapshot()
		if err != nil {
			t.Error(err)
			return m.View()
		}
		defer snap.Release()
		var s sink
		if err := snap.Persist(&s); err != nil {
			t.Error(err)
		}
		return restored(t, s.Bytes()).View()
	})
	readers.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
			}
			it, revision, _ := m.Get(fmt.Appendf(nil, "%03d", i%accounts))
			if it == nil || it.ModRevision() > revision {
				t.Errorf("item %+v at revision %d", it, revision)
				return
			}
		}
	})

	for i := range moves {
		from, to := fmt.Sprintf("%03d", i%accounts), fmt.Sprintf("%03d", (i*7+1)%accounts)
		if from == to {
			continue
		}
		results(t, m, join(put(from, balance(t, m, from, -1)), put(to, balance(t, m, to, +1))))
	}
	close(done)
	readers.Wait()
}

func balance(t *testing.T, m *Machine, key string, change int) string {
	t.Helper()
	it, _, _ := m.Get([]byte(key))
	n, err := strconv.Atoi(string(it.Value()))
	if err != nil {
		t.Fatal(err)
	}
	return strconv.Itoa(n + change)
}

// Keys that came in ascending order leave split nodes behind, which share their
// arrays; see state.touch. After every key was overwritten by nothing, and the
// history is compacted, little of the first values may be left.
func TestOverwrittenValuesAreFreed(t *testing.T) {
	const n, size = 4096, 4096
	before := heap()
	m := filled(n, size, ordered)
	for i := range n {
		do(t, m, put(string(ordered(i)), ""))
	}
	do(t, m, encoded(t, compactCommand(m.Revision())))
	if held := int64(heap()) - int64(before); held > n*size/8 {
		t.Errorf("%d KiB are held after %d KiB were overwritten", held>>10, n*size>>10)
	}
	if m.Len() != n {
		t.Errorf("%d keys, want %d", m.Len(), n)
	}
}

// A compaction frees what only the history held, also in the middle of a chunk.
func TestCompactedValuesAreFreed(t *testing.T) {
	const n, size = chunkLen / 2, 64 << 10
	m := New(Options{})
	do(t, m, encoded(t, setQuota(0)))
	before := heap()
	for range n {
		do(t, m, put("k", string(make([]byte, size))))
	}
	if held := int64(heap()) - int64(before); held < n*size/2 {
		t.Errorf("%d KiB are held by a history of %d KiB", held>>10, n*size>>10)
	}
	do(t, m, encoded(t, compactCommand(m.Revision())))
	if held := int64(heap()) - int64(before); held > n*size/8 {
		t.Errorf("%d KiB are held after a compaction to %d KiB", held>>10, 2*size>>10)
	}
	if changes, bytes := m.HistorySize(); changes != 1 || bytes != size+1 {
		t.Errorf("%d changes of %d bytes are kept", changes, bytes)
	}
}
