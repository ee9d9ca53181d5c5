package linear

import (
	"slices"
	"time"
)

// segment is a piece of the history of a key that is checked by itself: before it
// nothing was under way, and the state of the key was known.
type segment struct {
	rules rules
	ops   []*Op
	// end is when all of them had returned, but for those that never do; Never for the
	// last segment.
	end time.Duration
}

// after is the state of the key at the end of the segment, if it is linearizable: that of
// the highest revision which an answer told of.
func (s segment) after() state {
	var top *Op
	for _, o := range s.ops {
		telling := o.Revision != 0 && o.Return < Never && !(o.Kind == Delete && o.Absent) &&
			(s.rules.open || !(o.Kind == Get && o.Absent))
		if telling && (top == nil || o.Revision > top.Revision || o.Revision == top.Revision && top.Refused) {
			top = o
		}
	}
	at := s.rules.initial
	if top != nil && top.Revision > at.floor() {
		_, at = s.rules.step(state{low: at.floor()}, top)
	}
	return at
}

// enough is how many operations a segment has at least, if others follow. Small ones
// keep the search short and its memory small, which grows with their square.
const enough = 200

// segments cuts a history, whose operations are resolved and in the order of their
// calls, wherever nothing is under way. What may take effect at any later time is part of
// every segment that follows: it may so take effect more than once, which only ever
// excuses, and never accuses.
func segments(r rules, ops []*Op) []segment {
	var (
		all   []segment
		later []*Op // may take effect at any time
		part  []*Op
		quiet time.Duration = -1 // when all before had returned
	)
	for i, o := range ops {
		part = append(part, o)
		if o.Return >= Never {
			later = append(later, o)
		} else {
			quiet = max(quiet, o.Return)
		}
		if len(part)-len(later) < enough || i+1 == len(ops) || ops[i+1].Call <= quiet || deletes(later) {
			continue
		}
		s := segment{rules: r, ops: part, end: quiet}
		all, part, r.initial = append(all, s), slices.Clone(later), s.after()
	}
	return append(all, segment{rules: r, ops: part, end: Never})
}

// deletes reports whether one of the operations may delete the key, which changes its
// state at no revision that is known.
func deletes(ops []*Op) bool {
	return slices.ContainsFunc(ops, func(o *Op) bool { return o.Kind == Delete })
}
