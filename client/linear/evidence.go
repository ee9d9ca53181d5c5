package linear

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// resolve replaces what is not known by what follows from the rest. A write without an
// answer whose value was read has been done by then, at the revision that was read. One
// of which nobody saw anything makes no difference to any answer, and is left out. The
// map tells what has become of each unknown operation whose value was read.
func resolve(r rules, ops []*Op) ([]*Op, map[*Op]*Op) {
	ops = slices.Clone(ops)
	sortByCall(ops)
	if !slices.ContainsFunc(ops, func(o *Op) bool { return o.Unknown }) {
		return ops, nil
	}
	e := gather(r, ops)
	found := map[*Op]*Op{}
	var changed []*Op
	kept := ops[:0]
	for _, o := range ops {
		if o.Unknown {
			done := e.becameOf(r, o)
			if done == nil {
				continue
			}
			if e.reads[o.Value] != nil {
				found[o] = done
			}
			if done != o {
				changed = append(changed, done)
			}
			o = done
		}
		kept = append(kept, o)
	}
	for _, done := range changed {
		done.tighten(kept)
	}
	sortByCall(kept)
	return kept, found
}

func sortByCall(ops []*Op) {
	slices.SortStableFunc(ops, func(a, b *Op) int { return cmp.Compare(a.Call, b.Call) })
}

// tighten moves the ends of an operation whose revision is known together: it was done
// after all that has to do with a lower revision had begun, and before anything that has
// to do with a higher one had ended. The search would find that out by itself, for every
// subset of such operations.
func (o *Op) tighten(ops []*Op) {
	if o.Revision == 0 {
		return
	}
	call, end := o.Call, o.Return
	for _, other := range ops {
		switch {
		case other.Revision == 0, other.Absent, other == o:
		case other.Revision < o.Revision:
			call = max(call, other.Call)
		case other.Revision > o.Revision:
			end = min(end, other.Return)
		}
	}
	// Where the two have passed one another the history is wrong whatever is set here.
	o.Return = max(end, o.Call)
	o.Call = min(call, o.Return)
}

// evidence is what is known of the values and revisions of a key.
type evidence struct {
	reads  map[string]*Op // the first read of each value to end
	writes map[string]int // how many operations put each value
	// riddles are what some write has made that got no answer and whose value nobody read,
	// in the order of the revisions.
	riddles []riddle
}

// riddle is a revision that only a CAS has met, or what a delete has found where nothing
// was known to be.
type riddle struct {
	revision uint64 // that of the delete, which is above the riddle's own, if found
	found    bool
	met      time.Duration // when it was there for certain
}

// made is the revision that it was made at, 0 if nobody knows.
func (r riddle) made() uint64 {
	if r.found {
		return 0
	}
	return r.revision
}

// becameOf returns an unknown operation as it may have been done; nil if nobody saw it.
func (e *evidence) becameOf(r rules, o *Op) *Op {
	done := *o
	switch read := e.reads[o.Value]; {
	case r.open: // whatever it did, others may have done as well
		return nil
	case o.Kind == Delete, e.writes[o.Value] > 1:
		return o
	case read != nil:
		done.Revision, done.Return = read.Revision, max(read.Return, o.Call)
	case len(e.riddles) > 0 && o.Call < e.riddles[0].met:
		// Of the writes that may have made it, the one that began first will do: if it was
		// another, that one may have made what this one did.
		// So it tells nothing of the other parts of its transaction.
		done.Kind, done.Revision, done.Return, done.Txn = Put, e.riddles[0].made(), e.riddles[0].met, nil
		e.riddles = e.riddles[1:]
	default:
		return nil
	}
	return &done
}

// gather looks for what ops tell of one another.
func gather(r rules, ops []*Op) *evidence {
	e := &evidence{reads: map[string]*Op{}, writes: map[string]int{}}
	told := map[uint64]bool{0: true, r.initial.revision: true}
	for _, o := range ops {
		if o.sets() {
			e.writes[o.Value]++
		}
		if o.Kind == Get && !o.Absent {
			if first := e.reads[o.Value]; first == nil || o.Return < first.Return {
				e.reads[o.Value] = o
			}
		}
		if !o.Unknown && !o.Refused {
			told[o.Revision] = true
		}
	}
	e.riddles = append(e.riddlesOf(ops, told), findings(r, ops)...)
	slices.SortStableFunc(e.riddles, func(a, b riddle) int { return cmp.Compare(a.revision, b.revision) })
	return e
}

func (e *evidence) riddlesOf(ops []*Op, told map[uint64]bool) []riddle {
	first := map[uint64]time.Duration{}
	for _, o := range ops {
		met, when := o.Expect, o.Return
		if o.Refused {
			met = o.Revision
		}
		if read := e.reads[o.Value]; o.Unknown && read != nil && e.writes[o.Value] == 1 {
			when = read.Return // it was done by then
		} else if o.Unknown {
			continue
		}
		if o.Kind != CAS || told[met] {
			continue
		}
		if at, ok := first[met]; !ok || when < at {
			first[met] = when
		}
	}
	var all []riddle
	for _, revision := range slices.Sorted(maps.Keys(first)) {
		all = append(all, riddle{revision: revision, met: first[revision]})
	}
	return all
}

// findings are the deletes that found something where nothing was known to be: since the
// delete before it no answer tells of a revision.
func findings(r rules, ops []*Op) []riddle {
	deletes := map[uint64]*Op{}
	events := map[uint64]bool{}
	for _, o := range ops {
		switch {
		case o.Unknown, o.Absent:
			continue
		case o.Kind == Delete:
			deletes[o.Revision] = o
		case o.Kind == CAS && !o.Refused:
			events[o.Expect] = true
		}
		events[o.Revision] = true
	}
	delete(events, 0)
	var all []riddle
	there := !r.initial.absent
	for _, revision := range slices.Sorted(maps.Keys(events)) {
		d := deletes[revision]
		if d != nil && !there {
			all = append(all, riddle{revision, true, d.Return})
		}
		there = d == nil
	}
	return all
}
