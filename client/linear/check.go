package linear

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
)

// Verdict is what a check comes to.
type Verdict string

// The verdicts.
const (
	Linearizable Verdict = "linearizable"
	Violation    Verdict = "not linearizable"
	Undecided    Verdict = "undecided" // the time was over first
)

// Report is what a check found.
type Report struct {
	Verdict Verdict
	// Operations and Keys are how many there are in all, with those that were checked
	// and let go before. Unknown of them have no answer.
	Operations, Keys, Unknown int
	// Took is how long the check has taken.
	Took time.Duration
	// Offending are the fewest operations that were found to violate it, in the order of
	// their calls: all of one Key, which was Before; or of several keys that cannot be put
	// into one order, of which Why says the reason.
	Offending []*Op
	Key       string
	Before    string
	Why       string
	// StaleOnly: without the reads that asked for stale answers all is linearizable.
	StaleOnly bool

	pictures []segment
}

// Check checks all of the history, until ctx ends.
func (h *History) Check(ctx context.Context) Report { return h.check(ctx, h.tales()) }

// CheckFresh is Check without the reads that asked for stale answers.
func (h *History) CheckFresh(ctx context.Context) Report {
	all, _ := withoutStale(h.tales())
	return h.check(ctx, all)
}

func (h *History) check(ctx context.Context, all []tale) Report {
	began := time.Now()
	_, gone := h.Size()
	r := Report{Verdict: Linearizable, Operations: gone}
	for _, t := range all {
		if len(t.ops) > 0 {
			r.Keys++
			r.Operations += len(t.ops)
		}
		for _, o := range t.ops {
			if o.Unknown {
				r.Unknown++
			}
		}
	}
	for _, t := range all {
		if r.Verdict == Linearizable {
			r.judge(ctx, t)
		}
	}
	if r.Verdict == Linearizable {
		r.judgeTogether(all)
	}
	if r.Verdict == Violation {
		r.StaleOnly = onlyStale(ctx, all)
	}
	r.Took = time.Since(began)
	return r
}

// judge checks one key.
func (r *Report) judge(ctx context.Context, t tale) {
	ops, _ := resolve(t.rules, t.ops)
	parts := segments(t.rules, ops)
	for _, s := range parts {
		switch v := s.check(ctx); v {
		case Violation:
			least := s.shrink(ctx)
			r.Verdict, r.Key, r.Offending, r.pictures = v, t.key, least.ops, []segment{s}
			if b := least.rules.initial; b.known {
				r.Before = b.String()
			}
			return
		case Undecided:
			r.Verdict = v
			return
		}
	}
	r.pictures = append(r.pictures, parts[len(parts)-1])
}

// judgeTogether checks all keys together, each of which is right by itself.
func (r *Report) judgeTogether(all []tale) {
	o := across(all)
	if o == nil {
		return
	}
	sortByCall(o.ops)
	r.Verdict, r.Key, r.Why, r.Offending, r.pictures = Violation, o.key, o.why, o.ops, nil
	byKey := map[string][]*Op{}
	for _, op := range o.ops {
		byKey[op.Key] = append(byKey[op.Key], op)
	}
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		r.pictures = append(r.pictures, segment{rules: rules{open: true}, ops: byKey[key]})
	}
}

// onlyStale reports whether the histories are linearizable without their stale reads.
func onlyStale(ctx context.Context, all []tale) bool {
	fresh, any := withoutStale(all)
	for _, t := range fresh {
		ops, _ := resolve(t.rules, t.ops)
		for _, s := range segments(t.rules, ops) {
			if s.check(ctx) != Linearizable {
				return false
			}
		}
	}
	return any && across(fresh) == nil
}

// withoutStale leaves the stale reads out of tales, and reports whether there were any.
func withoutStale(all []tale) (fresh []tale, any bool) {
	for _, t := range all {
		before := len(t.ops)
		t.ops = slices.DeleteFunc(slices.Clone(t.ops), func(o *Op) bool { return o.Stale })
		fresh, any = append(fresh, t), any || len(t.ops) < before
	}
	return fresh, any
}

// check checks a segment. A search that ctx ends is undecided.
func (s segment) check(ctx context.Context) Verdict {
	if ctx.Err() != nil {
		return Undecided
	}
	m := s.rules.model()
	step := m.Step
	m.Step = func(st, in, out any) (bool, any) {
		if ctx.Err() != nil {
			return false, st // ends the search soon
		}
		return step(st, in, out)
	}
	fits := porcupine.CheckOperations(m, operations(s.ops))
	switch {
	case fits:
		return Linearizable
	case ctx.Err() != nil:
		return Undecided
	}
	return Violation
}

// String is the verdict in a line.
func (r Report) String() string {
	return fmt.Sprintf("%s: %d operations on %d keys, %d of unknown outcome, in %s",
		r.Verdict, r.Operations, r.Keys, r.Unknown, r.Took.Round(time.Millisecond))
}
