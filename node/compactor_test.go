package node

import (
	"testing"
	"time"

	"kv/node/fsm"
	kvv1 "kv/proto/kv/v1"
)

func TestExcessHasSlack(t *testing.T) {
	t.Parallel()
	c := &compactor{limits: historyLimits{changes: 100, bytes: 1000}}
	for _, tt := range []struct {
		changes     int
		bytes       uint64
		wantChanges int
		wantBytes   uint64
	}{
		{0, 0, 0, 0},
		{100, 1000, 0, 0},
		{110, 1100, 0, 0},
		{111, 0, 11, 0},
		{0, 1101, 0, 101},
		{111, 1050, 11, 50},
		{50, 1200, 0, 200},
	} {
		changes, bytes := c.excess(tt.changes, tt.bytes)
		if changes != tt.wantChanges || bytes != tt.wantBytes {
			t.Errorf("of %d changes and %d bytes %d and %d are to go, want %d and %d", tt.changes, tt.bytes, changes, bytes, tt.wantChanges, tt.wantBytes)
		}
	}
	if changes, _ := (&compactor{limits: historyLimits{changes: 1}}).excess(2, 0); changes != 1 {
		t.Errorf("of a history of one change %d are to go", changes)
	}
}

func TestAged(t *testing.T) {
	t.Parallel()
	c := &compactor{limits: historyLimits{age: 100 * time.Millisecond}}
	for ms := 0; ms <= 1000; ms++ {
		c.observe(at(ms), uint64(ms)) // each ms a revision
		got := c.aged(at(ms))
		if got > 0 && got > uint64(max(ms-100, 0)) {
			t.Fatalf("at %d the revision %d counts as old", ms, got)
		}
		if ms > 110 && got < uint64(ms-110) {
			t.Fatalf("at %d only %d counts as old", ms, got)
		}
		if len(c.samples) > slack+2 {
			t.Fatalf("%d samples are kept", len(c.samples))
		}
	}
	if got := new(compactor).aged(at(0)); got != 0 {
		t.Errorf("aged of nothing: %d", got)
	}
}

func TestForgetting(t *testing.T) {
	t.Parallel()
	s := newStore()
	for range 4 {
		s.write(1, "a", "b") // revisions 1 to 4 of two changes each
	}
	for i := range s.now.changes {
		s.now.changes[i].Prev = fsm.ItemOf(&kvv1.KeyValue{Key: []byte("k"), Value: make([]byte, 9)}) // ten bytes
	}
	for _, tt := range []struct {
		changes     int
		bytes, aged uint64
		want        uint64
	}{
		{0, 0, 0, 0},
		{1, 0, 0, 2},
		{2, 0, 0, 2},
		{3, 0, 0, 3},
		{100, 0, 0, 4}, // the newest stays
		{0, 1, 0, 2},
		{0, 20, 0, 2},
		{0, 21, 0, 3},
		{1, 21, 0, 3},
		{0, 0, 1, 2},
		{0, 0, 3, 4},
		{0, 0, 9, 4},
		{1, 0, 2, 3},
	} {
		if got := forgetting(s.view(), tt.changes, tt.bytes, tt.aged); got != tt.want {
			t.Errorf("%+v: history is to begin at %d", tt, got)
		}
	}
	s.compact(4)
	if got := forgetting(s.view(), 1, 1, 4); got != 0 {
		t.Errorf("nothing is left to forget, yet history is to begin at %d", got)
	}
}

// walked counts the changes that are looked at.
type walked struct {
	past
	n int
}

func (w *walked) Changes(from uint64, fn func(fsm.Change) bool) {
	w.past.Changes(from, func(c fsm.Change) bool {
		w.n++
		return fn(c)
	})
}

// A leader asks ten times a second: a revision that exceeds the limits alone must
// not be walked each time. As long as anything is before it, that can go.
func TestForgettingLooksAtNothingInVain(t *testing.T) {
	t.Parallel()
	s := newStore()
	keys := make([]string, 1000)
	for range 3 {
		s.write(-1, keys...)
	}
	for oldest := uint64(1); oldest <= 3; oldest++ {
		s.compact(oldest)
		for _, changes := range []int{1, 999, 1000, 1_000_000} {
			w := &walked{past: s.view()}
			switch got := forgetting(w, changes, 0, 3); {
			case oldest < 3 && got <= oldest:
				t.Errorf("from %d on: nothing of %d changes can be forgotten", oldest, changes)
			case oldest == 3 && (got != 0 || w.n != 0):
				t.Errorf("history is to begin at %d; %d changes were looked at", got, w.n)
			}
		}
	}
	s.write(1, "k")
	if got := forgetting(s.view(), 900, 0, 0); got != 4 {
		t.Errorf("after another write history is to begin at %d", got)
	}
}
