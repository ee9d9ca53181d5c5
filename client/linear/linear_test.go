package linear

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// at makes an operation that lasts from call to end.
func at(call, end int, o Op) *Op {
	o.Key = "k"
	o.Call, o.Return = time.Duration(call), time.Duration(end)
	if o.Unknown {
		o.Return = Never
	}
	return &o
}

func put(v string, rev uint64) Op { return Op{Kind: Put, Value: v, Revision: rev} }
func got(v string, rev uint64) Op { return Op{Kind: Get, Value: v, Revision: rev} }
func maybe(v string) Op           { return Op{Kind: Put, Value: v, Unknown: true} }
func cas(v string, e, rev uint64) Op {
	return Op{Kind: CAS, Value: v, Expect: e, Revision: rev}
}

func refused(e, rev uint64) Op {
	return Op{Kind: CAS, Value: "refused", Expect: e, Revision: rev, Refused: true}
}

// history makes one of a key.
func history(open bool, ops ...*Op) *History {
	h := New(0)
	if !open {
		h.Own("k")
	}
	h.track("k").ops, h.held = ops, len(ops)
	return h
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	nothing := Op{Kind: Get, Absent: true, Revision: 99}
	for name, c := range map[string]struct {
		open bool
		ops  []*Op
		want Verdict
	}{
		"nothing":                                {ops: nil, want: Linearizable},
		"in order":                               {ops: []*Op{at(1, 2, put("a", 5)), at(3, 4, got("a", 5))}, want: Linearizable},
		"old read":                               {ops: []*Op{at(1, 2, put("a", 5)), at(3, 4, put("b", 6)), at(5, 6, got("a", 5))}, want: Violation},
		"old read during the write":              {ops: []*Op{at(1, 2, put("a", 5)), at(3, 9, put("b", 6)), at(5, 6, got("a", 5))}, want: Linearizable},
		"new then old":                           {ops: []*Op{at(1, 2, put("a", 5)), at(3, 9, put("b", 6)), at(4, 5, got("b", 6)), at(6, 7, got("a", 5))}, want: Violation},
		"lost":                                   {ops: []*Op{at(1, 2, put("a", 5)), at(3, 4, nothing)}, want: Violation},
		"never put":                              {ops: []*Op{at(1, 2, put("a", 5)), at(3, 4, got("x", 6))}, want: Violation},
		"put by others":                          {open: true, ops: []*Op{at(1, 2, put("a", 5)), at(3, 4, got("x", 6))}, want: Linearizable},
		"old read of an open key":                {open: true, ops: []*Op{at(1, 2, put("a", 5)), at(3, 4, got("x", 4))}, want: Violation},
		"deleted by others":                      {open: true, ops: []*Op{at(1, 2, put("a", 5)), at(3, 4, nothing)}, want: Linearizable},
		"absent at an old revision":              {open: true, ops: []*Op{at(1, 2, put("a", 5)), at(3, 4, Op{Kind: Get, Absent: true, Revision: 4})}, want: Violation},
		"wrong value at a revision":              {open: true, ops: []*Op{at(1, 2, put("a", 5)), at(3, 4, got("x", 5))}, want: Violation},
		"revisions against time":                 {ops: []*Op{at(1, 2, put("a", 6)), at(3, 4, put("b", 5))}, want: Violation},
		"unknown, not seen":                      {ops: []*Op{at(1, 2, put("a", 5)), at(3, 0, maybe("b")), at(5, 6, got("a", 5))}, want: Linearizable},
		"unknown, seen late":                     {ops: []*Op{at(1, 2, put("a", 5)), at(3, 0, maybe("b")), at(5, 6, got("a", 5)), at(7, 8, got("b", 7))}, want: Linearizable},
		"unknown, seen and gone":                 {ops: []*Op{at(1, 2, put("a", 5)), at(3, 0, maybe("b")), at(5, 6, got("b", 7)), at(7, 8, got("a", 5))}, want: Violation},
		"unknown, done twice":                    {ops: []*Op{at(3, 0, maybe("b")), at(5, 6, got("b", 7)), at(7, 8, put("c", 8)), at(9, 10, got("b", 9))}, want: Violation},
		"unknown, seen before it was sent":       {ops: []*Op{at(1, 2, got("b", 7)), at(3, 0, maybe("b"))}, want: Violation},
		"done twice":                             {ops: []*Op{at(1, 9, put("b", 8)), at(2, 3, got("b", 7))}, want: Violation},
		"condition held":                         {ops: []*Op{at(1, 2, put("a", 5)), at(3, 4, cas("b", 5, 6)), at(5, 6, got("b", 6))}, want: Linearizable},
		"condition did not hold, yet done":       {ops: []*Op{at(1, 2, put("a", 5)), at(3, 4, put("b", 6)), at(5, 6, cas("c", 5, 7))}, want: Violation},
		"refused":                                {ops: []*Op{at(1, 2, put("a", 5)), at(3, 4, refused(4, 5))}, want: Linearizable},
		"refused by an old state":                {ops: []*Op{at(1, 2, put("a", 5)), at(3, 4, put("b", 6)), at(5, 6, refused(4, 5))}, want: Violation},
		"refused by an unknown write":            {ops: []*Op{at(1, 2, put("a", 5)), at(3, 0, maybe("b")), at(5, 6, refused(5, 6))}, want: Linearizable},
		"refused by nobody":                      {ops: []*Op{at(1, 2, put("a", 5)), at(5, 6, refused(5, 6))}, want: Violation},
		"refused, yet done":                      {ops: []*Op{at(1, 2, put("a", 5)), at(5, 6, refused(4, 5)), at(7, 8, got("refused", 6))}, want: Violation},
		"deleted":                                {ops: []*Op{at(1, 2, put("a", 5)), at(3, 4, Op{Kind: Delete, Revision: 6}), at(5, 6, nothing)}, want: Linearizable},
		"deleted, yet there":                     {ops: []*Op{at(1, 2, put("a", 5)), at(3, 4, Op{Kind: Delete, Revision: 6}), at(5, 6, got("a", 5))}, want: Violation},
		"found by a delete alone":                {ops: []*Op{at(1, 2, put("a", 5)), at(3, 4, Op{Kind: Delete, Revision: 6}), at(5, 0, maybe("b")), at(6, 7, Op{Kind: Delete, Revision: 9})}, want: Linearizable},
		"found twice, put once":                  {ops: []*Op{at(1, 2, put("a", 5)), at(3, 4, Op{Kind: Delete, Revision: 6}), at(5, 0, maybe("b")), at(6, 7, Op{Kind: Delete, Revision: 9}), at(8, 9, Op{Kind: Delete, Revision: 10})}, want: Violation},
		"found before it was put":                {ops: []*Op{at(1, 2, put("a", 5)), at(3, 4, Op{Kind: Delete, Revision: 6}), at(6, 7, Op{Kind: Delete, Revision: 9}), at(8, 0, maybe("b"))}, want: Violation},
		"deleted twice":                          {ops: []*Op{at(1, 2, put("a", 5)), at(3, 4, Op{Kind: Delete, Revision: 6}), at(5, 6, Op{Kind: Delete, Revision: 7})}, want: Violation},
		"perhaps deleted":                        {ops: []*Op{at(1, 2, put("a", 5)), at(3, 0, Op{Kind: Delete, Unknown: true}), at(5, 6, nothing)}, want: Linearizable},
		"perhaps deleted, and there again":       {ops: []*Op{at(1, 2, put("a", 5)), at(3, 0, Op{Kind: Delete, Unknown: true}), at(5, 6, nothing), at(7, 8, got("a", 5))}, want: Violation},
		"cas of unknown end that was needed":     {ops: []*Op{at(1, 2, put("a", 5)), at(3, 0, Op{Kind: CAS, Value: "b", Expect: 5, Unknown: true}), at(5, 6, got("b", 6)), at(7, 8, got("b", 6))}, want: Linearizable},
		"cas of unknown end on an unknown write": {ops: []*Op{at(1, 2, put("a", 5)), at(3, 0, maybe("c")), at(5, 0, Op{Kind: CAS, Value: "b", Expect: 6, Unknown: true}), at(6, 7, got("b", 7))}, want: Linearizable},
		"cas of unknown end on an old one":       {ops: []*Op{at(1, 2, put("a", 5)), at(3, 4, put("c", 6)), at(5, 0, Op{Kind: CAS, Value: "b", Expect: 5, Unknown: true}), at(6, 7, got("b", 7))}, want: Violation},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if r := history(c.open, c.ops...).Check(t.Context()); r.Verdict != c.want {
				t.Errorf("%s, want %s", r, c.want)
			}
		})
	}
}

// simulated is a long right history of a key: clients whose operations overlap.
func simulated(seed uint64, n int) []*Op { return simulate(seed, n, 4) }

// simulate makes one of the first kinds of operations: reads, puts, refusals, puts of
// perhaps unknown outcome, deletes of perhaps unknown outcome.
func simulate(seed uint64, n, kinds int) []*Op {
	rnd := rand.New(rand.NewPCG(seed, 0))
	var (
		ops   []*Op
		value string
		rev   uint64
		there bool
		free  [4]int // when each client is free
	)
	for i := range n {
		who := i % len(free)
		moment := 10*i + 100*(i/50) // the effects follow one another, and now and then there is a pause
		call := max(free[who]+1, moment-30+rnd.IntN(5))
		end := moment + 1 + rnd.IntN(15)
		free[who] = end
		o := got(value, rev)
		o.Absent = !there
		switch rnd.IntN(kinds) {
		case 0:
			rev++
			value, there = fmt.Sprint("v", i), true
			o = put(value, rev)
		case 1:
			if o = refused(rev+1, rev); !there {
				o.Revision = 0
			}
		case 2:
			rev++
			value, there = fmt.Sprint("v", i), true
			if o = put(value, rev); rnd.IntN(3) == 0 {
				o.Unknown, o.Revision = true, 0
			}
		case 4:
			o = Op{Kind: Delete, Absent: !there, Revision: rev}
			if there {
				rev++
				o.Revision, there = rev, false
			}
			if rnd.IntN(100) == 0 {
				o = Op{Kind: Delete, Unknown: true}
			}
		}
		o.Client = who
		ops = append(ops, at(call, end, o))
	}
	return ops
}

func TestHistoriesWithDeletesAreJudged(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		if r := history(false, simulate(seed, 600, 5)...).Check(t.Context()); r.Verdict != Linearizable {
			t.Errorf("seed %d: %s: %s", seed, r, drawn(r.Offending))
		}
	}
}

func TestLongHistoriesAreCutAndJudged(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		ops := simulated(seed, 3000)
		if r := history(false, ops...).Check(t.Context()); r.Verdict != Linearizable {
			t.Fatalf("seed %d: %s: %s", seed, r, drawn(r.Offending))
		}
		// One read gets the answer of an earlier one, with a write between them.
		rnd := rand.New(rand.NewPCG(seed, 1))
		spoil(ops, rnd)
		r := history(false, ops...).Check(t.Context())
		if r.Verdict != Violation || len(r.Offending) > 4 {
			t.Errorf("seed %d: %s: %s", seed, r, drawn(r.Offending))
		}
	}
}

// spoil gives one late read an answer that was overwritten long before.
func spoil(ops []*Op, rnd *rand.Rand) {
	var old *Op
	for _, o := range ops[:len(ops)/2] {
		if o.Kind == Put && !o.Unknown {
			old = o
		}
	}
	for {
		o := ops[len(ops)*3/4+rnd.IntN(len(ops)/8)]
		if o.Kind == Get {
			o.Value, o.Revision, o.Absent = old.Value, old.Revision, false
			return
		}
	}
}

func drawn(ops []*Op) string {
	var b strings.Builder
	for _, o := range ops {
		fmt.Fprintf(&b, "\n%d..%d %s → %s", o.Call, o.Return, Describe(o), Answer(o))
	}
	return b.String()
}

func TestTheSmallestPartIsShown(t *testing.T) {
	t.Parallel()
	ops := simulated(7, 500)
	end := int(ops[len(ops)-1].Return) + 1000
	ops = append(ops, at(end, end+1, put("one", 10_000)), at(end+2, end+3, put("two", 10_001)),
		at(end+4, end+5, got("two", 10_001)), at(end+6, end+7, Op{Kind: Get, Value: "one", Revision: 10_000, Stale: true}))
	r := history(false, ops...).Check(t.Context())
	if r.Verdict != Violation || len(r.Offending) > 3 || !r.StaleOnly || r.Key != "k" {
		t.Errorf("%s, by stale reads alone: %v: %s", r, r.StaleOnly, drawn(r.Offending))
	}
	var page bytes.Buffer
	if err := r.Picture(&page); err != nil || !strings.Contains(page.String(), "offending") {
		t.Errorf("picture of %d bytes: %v", page.Len(), err)
	}
	ok := history(false, simulated(8, 500)...).Check(t.Context())
	if err := ok.Picture(&page); err != nil || ok.Verdict != Linearizable {
		t.Errorf("%s: %v", ok, err)
	}
}

func TestNoVerdictWithoutTime(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := history(false, simulated(9, 300)...).Check(ctx); r.Verdict != Undecided {
		t.Error(r)
	}
}

// What is right may be let go, and what comes after it is still judged by it.
func TestWhatWasCheckedIsLetGo(t *testing.T) {
	t.Parallel()
	for _, wrong := range []bool{false, true} {
		ops := simulated(3, 4000)
		if wrong {
			spoil(ops, rand.New(rand.NewPCG(3, 1)))
		}
		h := New(2000)
		h.Own("k")
		for n := 0; n < len(ops); n += 500 {
			h.mu.Lock()
			h.keys["k"].ops = append(h.keys["k"].ops, ops[n:n+500]...)
			h.held += 500
			h.mu.Unlock()
			h.Settle(t.Context())
		}
		held, gone := h.Size()
		r := h.Check(t.Context())
		if want := map[bool]Verdict{false: Linearizable, true: Violation}[wrong]; r.Verdict != want || r.Operations != 4000 || held+gone != 4000 {
			t.Errorf("%s; %d held, %d gone: %s", r, held, gone, drawn(r.Offending))
		}
		if !wrong && held > 1500 {
			t.Errorf("%d are still held", held)
		}
	}
}

func TestRecordingEndsWhenItIsFull(t *testing.T) {
	t.Parallel()
	h := New(2)
	first, err := h.Begin(put("a", 0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Begin(put("b", 0)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Begin(put("c", 0)); err != ErrFull {
		t.Errorf("a third of two: %v", err)
	}
	first.Drop()
	if _, err := h.Begin(put("c", 0)); err != nil {
		t.Errorf("after one was dropped: %v", err)
	}
}

// Of many writes and deletes those are shown that have to do with it.
func TestTheSmallestPartWithDeletes(t *testing.T) {
	t.Parallel()
	var ops []*Op
	for i := range 300 {
		o := put(fmt.Sprint(i), uint64(i+1))
		switch i % 3 {
		case 1:
			o = Op{Kind: Delete, Revision: uint64(i + 1)}
		case 2:
			o = cas(fmt.Sprint(i), 0, uint64(i+1))
		}
		ops = append(ops, at(2*i, 2*i+1, o))
	}
	ops = append(ops, at(1000, 1001, Op{Kind: Delete, Revision: 1000}), at(1002, 1003, Op{Kind: Delete, Revision: 1001}))
	if r := history(false, ops...).Check(t.Context()); r.Verdict != Violation || len(r.Offending) > 5 {
		t.Errorf("%s: %s", r, drawn(r.Offending))
	}
}

// A write that is under way may have been seen already.
func TestWhatIsUnderWayMayHaveHappened(t *testing.T) {
	t.Parallel()
	h := New(0)
	h.Own("k")
	o := put("a", 0)
	o.Key = "k"
	if _, err := h.Begin(o); err != nil {
		t.Fatal(err)
	}
	o = got("a", 4)
	o.Key = "k"
	read, err := h.Begin(o)
	if err != nil {
		t.Fatal(err)
	}
	read.Done(func(*Op) {})
	if r := h.Check(t.Context()); r.Verdict != Linearizable || r.Operations != 2 {
		t.Error(r)
	}
}

// A history that begins anew takes nothing from the one before, be it under way.
func TestAForgottenHistoryIsGone(t *testing.T) {
	t.Parallel()
	h := New(0)
	o := put("a", 9)
	o.Key = "k"
	var late []func()
	for range 3 {
		one, err := h.Begin(o)
		if err != nil {
			t.Fatal(err)
		}
		other, err := h.Begin(o)
		if err != nil {
			t.Fatal(err)
		}
		late = append(late, func() { one.Done(func(*Op) {}) }, other.Drop)
	}
	h.Forget()
	p, err := h.Begin(put("b", 1))
	if err != nil {
		t.Fatal(err)
	}
	p.Done(func(*Op) {})
	for _, end := range late {
		end()
	}
	if held, gone := h.Size(); held != 1 || gone != 0 {
		t.Errorf("%d held, %d gone", held, gone)
	}
}
