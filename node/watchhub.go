package node

import (
	"context"
	"sync"
	"sync/atomic"

	"kv/node/fsm"
)

// past is what a watch needs of a view, until it releases it.
type past interface {
	Release()
	Revision() uint64
	Oldest() uint64
	Changes(from uint64, fn func(fsm.Change) bool)
}

// Bounds of what the hub keeps for one watcher, and of the views that wait for it.
const (
	maxBuffered      = 1024
	maxBufferedBytes = 256 << 10
	maxUnfed         = 16
)

// hub tells the watchers what happens. The history that the state machine keeps is
// the buffer: the hub looks at each new change once and gives it to those who want
// it; a watcher that does not take them in time is from then on behind, and reads
// the history itself (watchpage.go) until it has caught up. So a slow watcher costs
// nobody anything, and it ends when compaction has passed what it still needs.
//
// Raft's goroutine calls publish, which waits for nobody; run does the work.
type hub struct {
	// view returns the present state, frozen, in constant time.
	view func() past
	wake chan struct{} // buffered by one

	// watching counts the watchers: without any, no view is taken.
	watching atomic.Int64

	feeding sync.Mutex // guards unfed and spent
	// unfed are the views that the hub has not looked at yet. A newer one takes the
	// place of an older one unless history was forgotten between them: who keeps up
	// must not lose a change because it is compacted right after it was made.
	unfed []past
	spent []past // to be released

	mu sync.Mutex // guards all below, and the watchers' own
	// position is the revision up to which all changes have been looked at.
	position uint64
	exact    map[string]map[*watcher]struct{}
	ranged   map[*watcher]struct{}
}

func newHub(view func() past) *hub {
	return &hub{
		view:   view,
		wake:   make(chan struct{}, 1),
		exact:  make(map[string]map[*watcher]struct{}),
		ranged: make(map[*watcher]struct{}),
	}
}

// watcher is one watch. Its fields but wants and wake are guarded by the hub.
type watcher struct {
	wants filter
	wake  chan struct{} // buffered by one; there is something to take
	// next is the first revision that the hub may offer.
	next uint64
	// buffered are changes that are to be sent, all of whole revisions.
	buffered []fsm.Change
	bytes    int
	// behind is, unless zero, where the watcher has to read the history itself.
	behind place
}

// place is a position in the history: a revision, and how many of its changes are
// before it.
type place struct {
	revision uint64
	skip     int
}

// add begins a watch from a revision on, 0 for the next that comes. It returns the
// revision up to which there is nothing to tell. Errors: ErrCompacted.
func (h *hub) add(wants filter, from uint64) (w *watcher, complete uint64, err error) {
	h.watching.Add(1)
	now := h.view() // taken after the count: what comes later is published
	defer now.Release()
	if from == 0 {
		from = now.Revision() + 1
	}
	if from < now.Oldest() {
		h.watching.Add(-1)
		return nil, 0, passed(from, now.Oldest())
	}
	w = &watcher{wants: wants, wake: make(chan struct{}, 1), next: from}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.exact)+len(h.ranged) == 0 {
		h.position = max(h.position, now.Revision())
	}
	if from <= h.position {
		w.behind = place{revision: from}
	}
	if wants.exact {
		if h.exact[wants.key] == nil {
			h.exact[wants.key] = make(map[*watcher]struct{})
		}
		h.exact[wants.key][w] = struct{}{}
	} else {
		h.ranged[w] = struct{}{}
	}
	return w, from - 1, nil
}

// remove ends a watch.
func (h *hub) remove(w *watcher) {
	h.watching.Add(-1)
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.ranged, w)
	if same := h.exact[w.wants.key]; same != nil {
		delete(same, w)
		if len(same) == 0 {
			delete(h.exact, w.wants.key)
		}
	}
}

// publish hands the present state to the hub. It does not block.
func (h *hub) publish() {
	if h.watching.Load() == 0 {
		return
	}
	h.hand(h.view())
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// hand adds a view to those that are to be looked at. What it takes the place of is
// spent, and released by run: that may take a while.
func (h *hub) hand(now past) {
	h.feeding.Lock()
	defer h.feeding.Unlock()
	n := len(h.unfed)
	switch {
	case n > 0 && h.unfed[n-1].Oldest() == now.Oldest():
		h.spent = append(h.spent, h.unfed[n-1])
		h.unfed[n-1] = now
		return
	case n == maxUnfed:
		h.spent = append(h.spent, h.unfed[0])
		h.unfed = h.unfed[1:]
	}
	h.unfed = append(h.unfed, now)
}

// run looks at what is published until ctx ends.
func (h *hub) run(ctx context.Context) {
	for {
		select {
		case <-h.wake:
		case <-ctx.Done():
			return
		}
		h.feeding.Lock()
		views, spent := h.unfed, h.spent
		h.unfed, h.spent = nil, nil
		h.feeding.Unlock()
		for _, v := range spent {
			v.Release()
		}
		for _, v := range views {
			h.feed(v)
			v.Release()
		}
	}
}

// feed looks at the changes that are new in a view.
func (h *hub) feed(v past) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if v.Revision() <= h.position {
		return
	}
	from := h.position + 1
	if oldest := v.Oldest(); from < oldest {
		// A snapshot has brought us here, or compaction has passed us.
		h.each(func(w *watcher) { w.miss(from, oldest) })
		from = oldest
	}
	v.Changes(from, func(c fsm.Change) bool {
		for w := range h.exact[c.Item.Key()] {
			w.offer(c)
		}
		for w := range h.ranged {
			w.offer(c)
		}
		return true
	})
	h.position = v.Revision()
}

func (h *hub) each(fn func(*watcher)) {
	for _, same := range h.exact {
		for w := range same {
			fn(w)
		}
	}
	for w := range h.ranged {
		fn(w)
	}
}

// miss makes a watcher that needs a revision before oldest find out that it cannot
// have it.
func (w *watcher) miss(from, oldest uint64) {
	if from = max(from, w.next); w.behind.revision == 0 && from < oldest {
		w.fallBehind(from)
	}
}

// offer gives a change to a watcher that wants it and keeps up.
func (w *watcher) offer(c fsm.Change) {
	revision := c.Item.ModRevision()
	if w.behind.revision != 0 || revision < w.next || !w.wants.matches(c) {
		return
	}
	size := w.wants.size(c)
	if n := len(w.buffered); n == maxBuffered || n > 0 && w.bytes+size > maxBufferedBytes {
		w.fallBehind(revision)
		return
	}
	w.buffered = append(w.buffered, c)
	w.bytes += size
	w.signal()
}

// fallBehind stops offers from a revision on, also of what was buffered of it.
func (w *watcher) fallBehind(revision uint64) {
	w.behind = place{revision: revision}
	for n := len(w.buffered); n > 0 && w.buffered[n-1].Item.ModRevision() == revision; n-- {
		w.buffered = w.buffered[:n-1]
	}
	w.signal()
}

func (w *watcher) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// take returns what is buffered for a watcher and the revision up to which that is
// all. If behind is not zero the watcher has to read on there by itself.
func (h *hub) take(w *watcher) (changes []fsm.Change, complete uint64, behind place) {
	h.mu.Lock()
	defer h.mu.Unlock()
	changes, w.buffered, w.bytes = w.buffered, nil, 0
	if w.behind.revision != 0 {
		return changes, w.behind.revision - 1, w.behind
	}
	return changes, max(h.position, w.next-1), place{}
}

// resume notes how far a watcher that was behind has come by itself. Once it has
// what the hub has, the hub's offers begin again.
func (h *hub) resume(w *watcher, at place) {
	h.mu.Lock()
	defer h.mu.Unlock()
	w.behind = at
	if at.skip == 0 && at.revision > h.position {
		w.behind, w.next = place{}, at.revision
	}
}
