package node

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"kv/node/fsm"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// fakePast is a history that a test makes: changes by ascending revisions.
type fakePast struct {
	oldest, revision uint64
	changes          []fsm.Change
}

func (p *fakePast) Release()         {}
func (p *fakePast) Revision() uint64 { return p.revision }
func (p *fakePast) Oldest() uint64   { return p.oldest }

func (p *fakePast) Changes(from uint64, fn func(fsm.Change) bool) {
	for _, c := range p.changes {
		if c.Item.ModRevision() >= from && !fn(c) {
			return
		}
	}
}

// store is a state machine of which only the history matters.
type store struct {
	mu  sync.Mutex
	now fakePast // guarded by mu
	all []fsm.Change
}

func newStore() *store { return &store{now: fakePast{oldest: 1}} }

func (s *store) view() past {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.now
	return &v
}

// write makes one revision of changes to the given keys; a value of -1 deletes.
func (s *store) write(value int, keys ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.revision++
	kept := slices.Clip(s.now.changes)
	for _, key := range keys {
		kv := &kvv1.KeyValue{Key: []byte(key), ModRevision: s.now.revision}
		if value >= 0 {
			kv.Version, kv.Value = 1, make([]byte, value)
		}
		c := fsm.Change{Item: fsm.ItemOf(kv)}
		kept, s.all = append(kept, c), append(s.all, c)
	}
	s.now.changes = kept
}

func (s *store) compact(oldest uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.oldest = oldest
	from := slices.IndexFunc(s.now.changes, func(c fsm.Change) bool { return c.Item.ModRevision() >= oldest })
	if from < 0 {
		from = len(s.now.changes)
	}
	s.now.changes = s.now.changes[from:]
}

// reader is what a watch's own goroutine does, without one.
type reader struct {
	h        *hub
	w        *watcher
	from     uint64
	got      []fsm.Change
	complete uint64
	err      error
	open     uint64 // the revision that goes on in the next page
}

// step takes what there is; it reports whether there may be more at once.
func (r *reader) step(t *testing.T, view past, limit int) bool {
	t.Helper()
	changes, complete, behind := r.h.take(r.w)
	if len(changes) > 0 || behind.revision == 0 {
		r.deliver(t, changes, complete, false)
	}
	if behind.revision == 0 {
		return false
	}
	p, err := readPage(view, &r.w.wants, behind, limit)
	if err != nil {
		r.err = err
		return false
	}
	if len(p.changes) > 0 {
		r.deliver(t, p.changes, p.complete, p.more)
	}
	r.h.resume(r.w, p.next)
	return true
}

func (r *reader) deliver(t *testing.T, changes []fsm.Change, complete uint64, more bool) {
	t.Helper()
	if complete < r.complete {
		t.Fatalf("complete up to %d after %d", complete, r.complete)
	}
	for i, c := range changes {
		if revision := c.Item.ModRevision(); revision > complete || revision < r.complete && r.open != revision || revision == r.complete && r.open != revision {
			t.Fatalf("change %d of revision %d comes after %d was complete, in a message up to %d", i, revision, r.complete, complete)
		}
	}
	r.got, r.complete, r.open = append(r.got, changes...), complete, 0
	if more {
		r.open = complete
	}
}

// want is what the reader must have seen up to the revision it is complete to.
func (r *reader) want(all []fsm.Change) []fsm.Change {
	var want []fsm.Change
	for _, c := range all {
		if revision := c.Item.ModRevision(); revision >= r.from && revision <= r.complete && r.w.wants.matches(c) {
			want = append(want, c)
		}
	}
	return want
}

func show(changes []fsm.Change) (s string) {
	for _, c := range changes {
		s += fmt.Sprintf(" %s@%d", c.Item.Key(), c.Item.ModRevision())
	}
	return s
}

func (r *reader) check(t *testing.T, s *store) {
	t.Helper()
	want := r.want(s.all)
	if r.open != 0 { // only a part of the last revision is due
		want = want[:min(len(want), len(r.got))]
	}
	if !slices.Equal(r.got, want) {
		t.Fatalf("watch of %+v from %d, complete to %d:\ngot %s\nwant%s", r.w.wants, r.from, r.complete, show(r.got), show(want))
	}
}

// Whatever is written, fed, read and compacted in whichever order, each watcher sees
// what it wants, all of it, once and in order, or ends with COMPACTED.
func TestWatchersSeeEveryChangeOnce(t *testing.T) {
	t.Parallel()
	for range 300 {
		seed := rand.Uint64()
		rng := rand.New(rand.NewPCG(seed, 0))
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) { watchAtRandom(t, rng) })
	}
}

func watchAtRandom(t *testing.T, rng *rand.Rand) {
	s := newStore()
	h := newHub(s.view)
	var readers []*reader
	key := func() string { return fmt.Sprint("k", rng.IntN(6)) }
	for range 400 {
		switch rng.IntN(12) {
		case 0:
			readers = append(readers, watchOne(t, rng, h, s, key))
		case 1:
			if now := s.view(); now.Revision() > now.Oldest() && rng.IntN(3) == 0 {
				s.compact(now.Oldest() + 1 + rng.Uint64N(now.Revision()-now.Oldest()))
				h.publish()
			}
		case 2: // one revision of many changes
			keys := make([]string, 2+rng.IntN(10))
			for i := range keys {
				keys[i] = fmt.Sprint(key(), "/", i)
			}
			s.write(rng.IntN(200), keys...)
			h.publish()
		case 3, 4, 5:
			feedOnce(h)
		case 6, 7:
			for _, r := range readers {
				if rng.IntN(2) == 0 && r.err == nil {
					r.step(t, s.view(), 1+rng.IntN(600))
				}
			}
		default:
			s.write(rng.IntN(100)-1, key())
			if rng.IntN(4) > 0 { // else several come at once
				h.publish()
			}
		}
	}
	h.publish()
	feedOnce(h)
	for _, r := range readers {
		for r.err == nil && r.step(t, s.view(), 500) {
		}
		r.check(t, s)
		switch {
		case r.err != nil && (!errors.Is(r.err, kverr.ErrCompacted) || kverr.From(r.err).Revision <= r.complete):
			t.Errorf("watch from %d, complete to %d, ends with %v", r.from, r.complete, r.err)
		case r.err == nil && r.complete < s.now.revision:
			t.Errorf("watch from %d is complete to %d only, of %d", r.from, r.complete, s.now.revision)
		}
		h.remove(r.w)
	}
	if len(h.exact)+len(h.ranged) > 0 || h.watching.Load() != 0 {
		t.Error("watchers are left behind")
	}
}

func watchOne(t *testing.T, rng *rand.Rand, h *hub, s *store, key func() string) *reader {
	t.Helper()
	wants := filter{noPuts: rng.IntN(5) == 0, noDeletes: rng.IntN(5) == 0}
	switch rng.IntN(3) {
	case 0:
		wants.exact, wants.key = true, key()
	case 1:
		wants.within = fsm.Range{From: key()}
	}
	now, from := s.view(), uint64(0)
	if rng.IntN(2) == 0 { // from the past, or from what is yet to come
		from = now.Oldest() + rng.Uint64N(now.Revision()-now.Oldest()+5)
	}
	w, complete, err := h.add(wants, from)
	if err != nil {
		t.Fatal(err)
	}
	if from == 0 {
		from = now.Revision() + 1
	}
	if complete != from-1 {
		t.Fatalf("a watch from %d begins complete to %d", from, complete)
	}
	return &reader{h: h, w: w, from: from, complete: complete}
}

// feedOnce does what run does at a wake-up.
func feedOnce(h *hub) {
	h.feeding.Lock()
	views := h.unfed
	h.unfed = nil
	h.feeding.Unlock()
	for _, v := range views {
		h.feed(v)
	}
}

// A watcher that never takes anything is given a bounded amount and then left
// behind; it reads on by itself.
func TestASlowWatcherIsLeftBehind(t *testing.T) {
	t.Parallel()
	s := newStore()
	h := newHub(s.view)
	slow, _, err := h.add(filter{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 5000 {
		s.write(10, "k")
		h.publish()
		feedOnce(h)
	}
	if len(slow.buffered) > maxBuffered || slow.behind.revision == 0 {
		t.Errorf("%d changes are kept for a watcher that takes none", len(slow.buffered))
	}
	r := &reader{h: h, w: slow, from: 1}
	for r.step(t, s.view(), maxWatchBytes) {
	}
	r.check(t, s)
	if len(r.got) != 5000 || slow.behind.revision != 0 {
		t.Errorf("%d changes of 5000 were read, behind is %v", len(r.got), slow.behind)
	}
}

// A change that is compacted right after it was made reaches those who keep up.
func TestCompactionRightBehindAChange(t *testing.T) {
	t.Parallel()
	s := newStore()
	h := newHub(s.view)
	w, _, err := h.add(filter{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		s.write(1, "k")
		h.publish()
		s.compact(s.view().Revision())
		h.publish()
	}
	feedOnce(h)
	if changes, complete, behind := h.take(w); len(changes) != 3 || complete != 3 || behind.revision != 0 {
		t.Errorf("got%s, complete to %d, behind %v", show(changes), complete, behind)
	}
}

// A snapshot that jumps over revisions ends the watches that need them, and those
// only.
func TestAJumpOverRevisions(t *testing.T) {
	t.Parallel()
	s := newStore()
	h := newHub(s.view)
	s.write(1, "k")
	now, _, err := h.add(filter{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	later, _, err := h.add(filter{}, 8)
	if err != nil {
		t.Fatal(err)
	}
	for range 9 {
		s.write(1, "k")
	}
	s.compact(7)
	h.publish()
	feedOnce(h)
	lost := &reader{h: h, w: now, from: 2, complete: 1}
	lost.step(t, s.view(), 1000)
	if !errors.Is(lost.err, kverr.ErrCompacted) || kverr.From(lost.err).Revision != 7 {
		t.Errorf("a watch that needs revision 2 of a history from 7 on: %v", lost.err)
	}
	r := &reader{h: h, w: later, from: 8, complete: 7}
	r.step(t, s.view(), 1000)
	r.check(t, s)
	if r.err != nil || len(r.got) != 3 {
		t.Errorf("got%s, %v", show(r.got), r.err)
	}
	if _, _, err := h.add(filter{}, 6); !errors.Is(err, kverr.ErrCompacted) {
		t.Errorf("a watch from 6 of a history from 7 on: %v", err)
	}
}

// One revision that does not fit into a message comes in several, whole revisions
// come whole.
func TestPagesKeepRevisionsWhole(t *testing.T) {
	t.Parallel()
	s := newStore()
	s.write(10, "a", "b")
	s.write(10, "c", "d", "e", "f", "g")
	s.write(10, "h")
	one := new(filter).size(s.all[0])
	var got []string
	for at := (place{revision: 1}); at.revision <= 3; {
		p, err := readPage(s.view(), new(filter), at, 3*one)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s to %d more %v", show(p.changes), p.complete, p.more))
		at = p.next
	}
	want := []string{" a@1 b@1 to 1 more false", " c@2 d@2 e@2 to 2 more true", " f@2 g@2 h@3 to 3 more false"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
