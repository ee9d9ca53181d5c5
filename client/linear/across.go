package linear

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// What keys have to do with one another is checked by the revisions, which the store counts
// for all keys together: a change makes the next one, and what an operation sees of a key is
// of a revision that is there until the key's next change. So each operation has an order of
// its own among all changes, or a range for it, and nothing is left to be searched: it is
// linearizable if each range has a place that is not before what was known, of any key, when
// the operation began. The keys are taken to be right by themselves.

// deed is an operation with its place in the order, or a transaction with all of its parts.
type deed struct {
	ops       []*Op
	call, end time.Duration
	made      uint64 // its revision; 0 if it changed nothing, or nobody knows
	// It saw the store as it was after a revision from low up to, not included, high.
	low, high bound
}

// bound is an end of a range: who says so, and of which key.
type bound struct {
	at  uint64
	key string
	by  *deed
}

// offence is why operations cannot be put into an order: the first of them ended, or was
// known, before the last began.
type offence struct {
	ops []*Op
	key string
	why string
}

// account is what all tales together tell.
type account struct {
	deeds   []*deed
	changes map[string][]uint64 // of each key, in order
	// lifelong are the keys that nobody deletes, and that were absent at first.
	lifelong map[string]bool
}

// across returns why the keys together are not linearizable; nil if they are.
func across(all []tale) *offence {
	a := accountOf(all)
	for _, d := range a.deeds {
		if o := a.place(d); o != nil {
			return o
		}
	}
	ends := slices.Clone(a.deeds)
	slices.SortStableFunc(ends, func(x, y *deed) int { return cmp.Compare(x.end, y.end) })
	var known bound
	for _, d := range a.deeds {
		for ; ends[0].end < d.call; ends = ends[1:] {
			if e := ends[0]; e.leaves() > known.at {
				known = bound{e.leaves(), "", e}
			}
		}
		if known.at > d.low.at {
			d.low = known
		}
		if o := a.judge(d); o != nil {
			return o
		}
	}
	return nil
}

// leaves is the least revision that the store has once the deed is done.
func (d *deed) leaves() uint64 { return max(d.made, d.low.at) }

// accountOf collects what was done, in the order in which it began.
func accountOf(all []tale) *account {
	a := &account{changes: map[string][]uint64{}, lifelong: map[string]bool{}}
	txns := map[*Txn]*deed{}
	for _, t := range all {
		a.lifelong[t.key] = !t.rules.open && t.rules.initial.known && t.rules.initial.absent &&
			!slices.ContainsFunc(t.ops, func(o *Op) bool { return o.Kind == Delete })
		ops, _ := resolve(t.rules, t.ops)
		for _, o := range ops {
			d := txns[o.Txn]
			if o.Txn == nil || d == nil {
				d = &deed{call: o.Call, high: bound{at: math.MaxUint64}}
				a.deeds = append(a.deeds, d)
			}
			if o.Txn != nil {
				txns[o.Txn] = d
			}
			d.ops, d.call, d.end = append(d.ops, o), max(d.call, o.Call), max(d.end, o.Return)
			d.made = max(d.made, made(o))
			a.changed(o.Key, revisions(o)...)
		}
	}
	a.unseen(all, txns)
	for key, revs := range a.changes {
		slices.Sort(revs)
		a.changes[key] = slices.Compact(revs)
	}
	slices.SortStableFunc(a.deeds, func(x, y *deed) int { return cmp.Compare(x.call, y.call) })
	return a
}

// unseen notes what else a transaction without an answer has changed of which some part was
// seen.
func (a *account) unseen(all []tale, txns map[*Txn]*deed) {
	for _, t := range all {
		for _, o := range t.ops {
			if d := txns[o.Txn]; o.Txn != nil && d != nil && o.Unknown && o.sets() {
				a.changed(o.Key, d.made)
			}
		}
	}
}

func (a *account) changed(key string, at ...uint64) {
	for _, revision := range at {
		if revision > 0 {
			a.changes[key] = append(a.changes[key], revision)
		}
	}
}

// made is the revision that an operation made, 0 if none is known.
func made(o *Op) uint64 {
	if !o.writes() || o.Absent {
		return 0
	}
	return o.Revision
}

// revisions are those at which an operation tells that its key was changed.
func revisions(o *Op) []uint64 {
	switch {
	case o.Kind == CAS && !o.Refused && !o.Unknown:
		return []uint64{o.Expect, o.Revision}
	case o.Absent:
		return nil
	}
	return []uint64{o.Revision}
}

// place finds out which states of the store a deed may have seen.
func (a *account) place(d *deed) *offence {
	declined := d.ops[0].Declined && len(d.ops) == d.ops[0].Txn.Parts
	for _, o := range d.ops {
		if r := made(o); r > 0 && r != d.made {
			return &offence{d.ops, o.Key, "the parts of one transaction have different revisions"}
		}
		for _, at := range sights(o) {
			a.saw(d, o.Key, at)
		}
		declined = declined && !(o.Compared && sights(o)[0] != o.Expect)
	}
	if declined {
		return &offence{d.ops, d.ops[0].Key, "all that the transaction depends on was so, and yet it was declined"}
	}
	if d.made > 0 {
		d.narrow("", bound{at: d.made - 1, by: d}, bound{at: d.made, by: d})
	}
	return a.judge(d)
}

// sights are the revisions at which an operation says that its key was right before it, 0
// meaning absent.
func sights(o *Op) []uint64 {
	seen := o.Revision
	if o.Absent {
		seen = 0
	}
	switch {
	case o.Unknown, o.Kind == Put, o.Kind == Delete:
		return nil
	case o.Kind == CAS && !o.Refused:
		return []uint64{o.Expect}
	case o.Compared && !o.Declined:
		return []uint64{seen, o.Expect}
	}
	return []uint64{seen}
}

// saw notes that a deed saw a key at a revision.
func (a *account) saw(d *deed, key string, at uint64) {
	if at == 0 && !a.lifelong[key] {
		return // it may have been deleted at any time
	}
	i, _ := slices.BinarySearch(a.changes[key], at+1)
	next := bound{at: math.MaxUint64}
	if i < len(a.changes[key]) {
		next = bound{at: a.changes[key][i], by: d}
	}
	d.narrow(key, bound{at: at, by: d}, next)
}

func (d *deed) narrow(key string, low, high bound) {
	low.key, high.key = key, key
	if low.at > d.low.at {
		d.low = low
	}
	if high.at < d.high.at {
		d.high = high
	}
}

// judge returns what is wrong with a deed that has no place in the order.
func (a *account) judge(d *deed) *offence {
	if d.low.at < d.high.at {
		return nil
	}
	o := &offence{ops: slices.Clone(d.ops), key: d.high.key}
	if o.key == "" {
		o.key = d.ops[0].Key
	}
	if before := d.low.by; before != nil && before != d {
		o.ops = append(o.ops, before.ops...)
		o.why = fmt.Sprintf("revision %d was known when it began", d.low.at)
	} else {
		o.why = fmt.Sprintf("it saw %q at revision %d", d.low.key, d.low.at)
	}
	if d.high.key == "" {
		o.why = fmt.Sprintf("revision %d was made after the answer that needs it to be older: %s", d.made, o.why)
	} else {
		o.why += fmt.Sprintf(", and of %q it saw what was before revision %d: there was no such moment", d.high.key, d.high.at)
	}
	o.ops = append(o.ops, a.teller(d, d.high)...)
	return o
}

// teller returns an operation that tells of the change at a bound, the one that made it if
// there is an answer.
func (a *account) teller(but *deed, b bound) (found []*Op) {
	for _, d := range a.deeds {
		for _, o := range d.ops {
			if d == but || o.Key != b.key || !slices.Contains(revisions(o), b.at) {
				continue
			}
			if made(o) == b.at {
				return []*Op{o}
			}
			found = []*Op{o}
		}
	}
	return found
}
