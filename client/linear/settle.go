package linear

import (
	"context"
	"slices"
	"time"
)

// Settle checks the oldest complete part of the history if it is half full, and lets go
// of what is linearizable, so that a load may go on for ever. What is not is kept.
func (h *History) Settle(ctx context.Context) {
	if held, _ := h.Size(); held < h.limit/2 {
		return
	}
	all := h.tales()
	guilty := map[string]bool{}
	if o := across(all); o != nil {
		for _, op := range o.ops {
			guilty[op.Key] = true
			h.accuse(op.Key)
		}
	}
	for _, t := range all {
		if !t.guilty && !guilty[t.key] {
			h.settle(ctx, t)
		}
	}
}

// settle does so with one key. Nothing is let go from where an operation began that was
// still under way.
func (h *History) settle(ctx context.Context, t tale) {
	ops, found := resolve(t.rules, t.ops)
	end, base := time.Duration(-1), t.rules.initial
	for _, s := range segments(t.rules, ops) {
		if s.end == Never || t.began <= s.end {
			break
		}
		v := s.check(ctx)
		if v == Violation {
			h.accuse(t.key)
			return
		}
		if v != Linearizable {
			break
		}
		end, base = s.end, s.after()
	}
	if end >= 0 {
		h.letGo(t.key, end, base, found)
	}
}

func (h *History) accuse(key string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.keys[key].guilty = true
}

// letGo forgets the operations up to end, at which the key was in the state base. A write
// without an answer is kept, unless it is known to have been done by then.
func (h *History) letGo(key string, end time.Duration, base state, found map[*Op]*Op) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.keys[key]
	before := len(t.ops)
	t.ops = slices.DeleteFunc(slices.Clone(t.ops), func(o *Op) bool {
		if o.Unknown {
			done := found[o]
			return done != nil && done.Return <= end
		}
		return o.Call <= end
	})
	t.rules.initial = base
	h.held -= before - len(t.ops)
	h.gone += before - len(t.ops)
}
