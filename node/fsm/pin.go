package fsm

import (
	"container/list"
	"sync/atomic"
)

// pin keeps the history of a state, from where it began when the pin was made, in
// memory. What members must agree on does not depend on pins.
type pin struct {
	begin uint64        // number of the first change that is kept
	place *list.Element // in the state's pins; nil once it is let go
	// holders counts the views that share it. The last one that leaves lets it go.
	holders atomic.Int64
}

// pinned keeps the history as it is now in memory. Pins stand in the order in which
// they are made, which is also that of where they begin.
func (s *state) pinned() *pin {
	p := &pin{begin: s.changes.begin}
	p.place = s.pins.PushBack(p)
	return p
}

func (s *state) unpin(p *pin) {
	if p.place != nil {
		s.pins.Remove(p.place)
		p.place = nil
	}
}

// pruneStep is how many changes are taken out of memory at once. Each takes some
// 100 ns.
const pruneStep = 256

// prune takes up to so many changes out of memory that are forgotten and that no pin
// keeps, and reports whether there are more.
func (s *state) prune(most int) bool {
	floor := s.changes.begin
	if oldest := s.pins.Front(); oldest != nil {
		floor = min(floor, oldest.Value.(*pin).begin)
	}
	for ; most > 0 && s.changes.kept < floor; most-- {
		s.bury(s.changes.shift())
	}
	return s.changes.kept < floor
}

// bury empties the version that a change has replaced: it comes before all that is
// kept. If the change was the key's deletion and nothing came after it, nothing is
// known of the key any more.
func (s *state) bury(c change) {
	if c.prev != nil {
		*c.prev = version{}
	}
	if !c.item.Deleted() {
		return
	}
	if sl := s.index.find(c.item.Key()); sl != nil && sl.item == c.item {
		s.gone.Delete(sl)
		s.index.remove(sl)
		sl.version = version{} // the tree's nodes may hold on to the slot
	}
}
