package client

import (
	"testing"

	"pgregory.net/rapid"

	kvv1 "kv/proto/kv/v1"
)

func watchMessage(revision uint64, more bool, changed ...uint64) *kvv1.WatchResponse {
	m := &kvv1.WatchResponse{Header: &kvv1.Header{Revision: revision}, More: more}
	for _, r := range changed {
		m.Changes = append(m.Changes, &kvv1.Change{Kv: &kvv1.KeyValue{ModRevision: r}})
	}
	return m
}

func TestAssemblyHoldsBackAPartOfARevision(t *testing.T) {
	t.Parallel()
	var a assembly
	if a.start() != 0 {
		t.Errorf("begins at %d", a.start())
	}
	for i, step := range []struct {
		message  *kvv1.WatchResponse
		ok       bool
		revision uint64
		changes  int
	}{
		{watchMessage(4, false), true, 4, 0},
		{watchMessage(6, false, 5, 6, 6), true, 6, 3},
		{watchMessage(8, true, 7, 8), true, 7, 1},
		{watchMessage(8, true, 8), false, 7, 0},
		{watchMessage(10, true, 8, 9, 10), true, 9, 4},
		{watchMessage(10, false), true, 10, 1},
		{watchMessage(10, false), true, 10, 0},
	} {
		got, ok := a.add(step.message)
		if ok != step.ok || got.Revision != step.revision || len(got.Changes) != step.changes {
			t.Errorf("step %d: %v, %v", i, got, ok)
		}
	}
	a.add(watchMessage(11, true, 11))
	if got := a.start(); got != 11 || len(a.part) != 0 {
		t.Errorf("resumes at %d, with %v", got, a.part)
	}
	if got, _ := a.add(watchMessage(12, false, 10, 11, 12)); len(got.Changes) != 2 {
		t.Errorf("a repetition: %v", got)
	}
}

// However a log is cut into messages and streams, each change comes once, in order,
// and those of a revision together.
func TestAssemblyOfAnyStreams(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(0, 5), 1, 20).Draw(t, "changes in each revision")
		var log []uint64
		for r, n := range sizes {
			for range n {
				log = append(log, uint64(r+1))
			}
		}
		last := uint64(len(sizes))
		var got []uint64
		a := assembly{begun: true}
		take := func(m *kvv1.WatchResponse) {
			before := a.done
			out, ok := a.add(m)
			if !ok && len(out.Changes) > 0 {
				t.Fatal("changes held back and given out")
			}
			for _, c := range out.Changes {
				if c.KV.ModRevision <= before || c.KV.ModRevision > out.Revision {
					t.Fatalf("a change of %d in (%d, %d]", c.KV.ModRevision, before, out.Revision)
				}
				got = append(got, c.KV.ModRevision)
			}
		}
		for a.done < last {
			start := a.start()
			take(watchMessage(start-1, false))
			i := 0
			for i < len(log) && log[i] < start {
				i++
			}
			for range rapid.IntRange(1, 8).Draw(t, "messages before the stream breaks") {
				n := min(rapid.IntRange(1, 6).Draw(t, "size"), len(log)-i)
				part := log[i : i+n]
				i += n
				switch {
				case i == len(log):
					take(watchMessage(last, false, part...))
				case n > 0 && log[i] == part[n-1]:
					take(watchMessage(log[i], true, part...))
				default:
					take(watchMessage(log[i]-1, false, part...))
				}
				if a.done == last {
					break
				}
			}
		}
		if len(got) != len(log) {
			t.Fatalf("got %v of %v", got, log)
		}
		for i := range log {
			if got[i] != log[i] {
				t.Fatalf("got %v of %v", got, log)
			}
		}
	})
}
