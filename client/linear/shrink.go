package linear

import (
	"context"
	"math/rand/v2"
	"slices"
)

// tries is how many orders the operations are left out in: which are left over in the
// end depends on it.
const tries = 12

// shrink returns a segment that violates with as few operations of s as were found.
//
// What is left over is proof against the whole: a write goes only together with every
// answer that tells of it, and without both of them a history that was right stays so.
func (s segment) shrink(ctx context.Context) segment {
	least := s.reduce(ctx)
	rnd := rand.New(rand.NewPCG(1, uint64(len(s.ops))))
	for range tries {
		other := least
		other.ops = slices.Clone(least.ops)
		rnd.Shuffle(len(other.ops), func(i, j int) { other.ops[i], other.ops[j] = other.ops[j], other.ops[i] })
		if other = other.reduce(ctx); len(other.ops) < len(least.ops) {
			least = other
		}
	}
	free := least
	free.rules.initial = state{}
	if free.check(ctx) == Violation {
		least = free
	}
	sortByCall(least.ops)
	return least
}

// reduce leaves out ever smaller runs of operations, until no single one can be.
func (s segment) reduce(ctx context.Context) segment {
	for size := (len(s.ops) + 1) / 2; size > 0; {
		smaller := false
		for from := 0; from < len(s.ops); {
			rest := s
			rest.ops = closed(s.ops, from, min(from+size, len(s.ops)))
			if len(rest.ops) < len(s.ops) && rest.check(ctx) == Violation {
				s, smaller = rest, true
				continue
			}
			from += size
		}
		if size > 1 || !smaller {
			size /= 2
		}
	}
	return s
}

// closed returns ops without those in [from, to) that nothing left over tells of.
func closed(ops []*Op, from, to int) []*Op {
	out := make([]bool, len(ops))
	for i := from; i < to; i++ {
		out[i] = true
	}
	for changed := true; changed; {
		changed = false
		for i := from; i < to; i++ {
			if out[i] && told(ops, out, ops[i]) {
				out[i], changed = false, true
			}
		}
	}
	rest := make([]*Op, 0, len(ops))
	for i, o := range ops {
		if !out[i] {
			rest = append(rest, o)
		}
	}
	return rest
}

// told reports whether an operation that is left over tells of a write.
func told(ops []*Op, out []bool, w *Op) bool {
	if !w.writes() {
		return false
	}
	for i, o := range ops {
		if !out[i] && o != w && tells(o, w) && !superseded(ops, out, w, o) {
			return true
		}
	}
	return false
}

// superseded reports whether o, which tells only that something or nothing was there, tells
// it not of w but of a write after that, which is left over.
func superseded(ops []*Op, out []bool, w, o *Op) bool {
	vague := o.Kind == Delete || o.Absent || o.Kind == CAS && !o.Refused && o.Expect == 0
	if !vague || w.Unknown || w.Revision == 0 || o.Unknown || o.Revision == 0 {
		return false
	}
	if w.Revision > o.Revision {
		return true
	}
	for i, x := range ops {
		if !out[i] && x != o && x.writes() && !x.Absent && x.Revision > w.Revision && x.Revision < o.Revision {
			return true
		}
	}
	return false
}

// tells reports whether the answer of o depends on the write w having been done.
func tells(o, w *Op) bool {
	met, nothing := o.Revision, o.Absent
	switch {
	case o.Kind == CAS && !o.Refused:
		met, nothing = o.Expect, o.Expect == 0
	case o.Kind == CAS:
		nothing = o.Revision == 0
	case o.Kind == Put:
		return false
	case o.Kind == Delete: // it found something, or nothing
		return o.Absent == (w.Kind == Delete)
	}
	if nothing {
		return w.Kind == Delete
	}
	return w.sets() && (w.Revision == met || w.Revision == 0)
}
