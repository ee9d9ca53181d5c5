package linear

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// of puts an operation on another key.
func of(key string, o *Op) *Op {
	o.Key = key
	return o
}

// whole makes operations the parts of one transaction.
func whole(ops ...*Op) []*Op {
	txn := &Txn{Parts: len(ops)}
	for _, o := range ops {
		o.Txn = txn
	}
	return ops
}

// compared is a part of a transaction that depends on a revision and reads.
func compared(expect uint64, o Op) Op {
	o.Compared, o.Expect = true, expect
	return o
}

func declined(expect uint64, o Op) Op {
	o = compared(expect, o)
	o.Declined = true
	return o
}

// together makes a history of several keys.
func together(parts ...[]*Op) *History {
	h := New(0)
	for _, ops := range parts {
		for _, o := range ops {
			if h.keys[o.Key] == nil {
				h.Own(o.Key)
			}
			t := h.track(o.Key)
			t.ops = append(t.ops, o)
			h.held++
		}
	}
	return h
}

func TestVerdictsOfSeveralKeys(t *testing.T) {
	t.Parallel()
	one := func(o *Op) []*Op { return []*Op{o} }
	nothing := Op{Kind: Get, Absent: true}
	both := func(from, to int, rev uint64, v string) []*Op {
		return whole(of("a", at(from, to, put(v, rev))), of("b", at(from, to, put(v, rev))))
	}
	first := both(1, 2, 5, "x")
	maybeBoth := whole(of("a", at(3, 0, maybe("y"))), of("b", at(3, 0, maybe("y"))))
	for name, c := range map[string]struct {
		parts [][]*Op
		want  Verdict
	}{
		"seen as a whole": {[][]*Op{first, both(3, 9, 6, "y"), one(of("a", at(4, 5, got("x", 5)))), one(of("b", at(6, 7, got("y", 6))))}, Linearizable},
		"seen in halves":  {[][]*Op{first, both(3, 9, 6, "y"), one(of("a", at(4, 5, got("y", 6)))), one(of("b", at(6, 7, got("x", 5))))}, Violation},
		"read in one moment": {[][]*Op{first, both(3, 9, 6, "y"),
			whole(of("a", at(4, 8, got("y", 6))), of("b", at(4, 8, got("y", 6))))}, Linearizable},
		"read in two moments": {[][]*Op{first, both(3, 9, 6, "y"),
			whole(of("a", at(4, 8, got("y", 6))), of("b", at(4, 8, got("x", 5))))}, Violation},
		"half of it was not there yet": {[][]*Op{both(3, 9, 6, "y"),
			whole(of("a", at(4, 8, got("y", 6))), of("b", at(4, 8, nothing)))}, Violation},
		"done, though what it depends on had changed": {[][]*Op{first, one(of("b", at(3, 9, put("y", 6)))),
			whole(of("a", at(4, 8, cas("z", 5, 7))), of("b", at(4, 8, compared(5, got("x", 5)))))}, Violation},
		"done before what it depends on changed": {[][]*Op{first, one(of("b", at(3, 9, put("y", 7)))),
			whole(of("a", at(4, 8, cas("z", 5, 6))), of("b", at(4, 8, compared(5, got("x", 5)))))}, Linearizable},
		"declined": {[][]*Op{first, both(3, 4, 6, "y"),
			whole(of("a", at(5, 6, declined(5, got("y", 6)))), of("b", at(5, 6, declined(6, got("y", 6)))))}, Linearizable},
		"declined for nothing": {[][]*Op{first,
			whole(of("a", at(5, 6, declined(5, got("x", 5)))), of("b", at(5, 6, declined(5, got("x", 5)))))}, Violation},
		"in two revisions": {[][]*Op{whole(of("a", at(1, 2, put("x", 5))), of("b", at(1, 2, put("x", 6))))}, Violation},
		"perhaps done, and seen as a whole": {[][]*Op{first, maybeBoth, one(of("a", at(4, 5, got("x", 5)))),
			one(of("a", at(6, 7, got("y", 6)))), one(of("b", at(8, 9, got("y", 6))))}, Linearizable},
		"perhaps done, and seen in halves": {[][]*Op{first, maybeBoth,
			one(of("a", at(6, 7, got("y", 6)))), one(of("b", at(8, 9, got("x", 5))))}, Violation},
		"a later revision was known": {[][]*Op{first, one(of("a", at(3, 20, put("y", 6)))), one(of("b", at(3, 20, put("y", 7)))),
			one(of("b", at(4, 5, got("y", 7)))), one(of("a", at(6, 7, got("x", 5))))}, Violation},
		"made after a later one was known": {[][]*Op{first, one(of("b", at(3, 4, put("y", 7)))), one(of("a", at(5, 6, put("y", 6))))}, Violation},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := together(c.parts...).Check(t.Context())
			if r.Verdict != c.want || c.want == Violation && (r.Why == "" || len(r.Offending) > 5) {
				t.Errorf("%s, want %s; %s: %s", r, c.want, r.Why, drawn(r.Offending))
			}
			var page bytes.Buffer
			if err := r.Picture(&page); err != nil || c.want == Violation && !strings.Contains(page.String(), "offending") {
				t.Errorf("picture of %d bytes: %v", page.Len(), err)
			}
		})
	}
}

// played is a right history of three keys whose operations overlap, and some of which have
// no answer. torn has one transaction in ten read a key as it was before its last change.
func played(seed uint64, n int, deletes, torn bool) *History {
	rnd := rand.New(rand.NewPCG(seed, 0))
	keys := []string{"a", "b", "c"}
	now, before := map[string]Op{}, map[string]Op{}
	rev := uint64(0)
	read := func(key string) Op {
		o, there := now[key]
		return Op{Kind: Get, Value: o.Value, Revision: max(o.Revision, rev*b2u(!there)), Absent: !there}
	}
	write := func(key, value string) Op {
		before[key] = now[key]
		now[key] = put(value, rev)
		return now[key]
	}
	var parts [][]*Op
	for i := range n {
		call, end := 10*i-rnd.IntN(40), 10*i+1+rnd.IntN(40)
		rnd.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		value, done, known := fmt.Sprint("v", i), rnd.IntN(20) > 0, rnd.IntN(20) > 0
		add := func(ops ...*Op) {
			for _, o := range ops {
				if !known || !done {
					o.Unknown, o.Revision, o.Return = o.writes(), o.Revision*b2u(!o.writes()), max(o.Return, Never*time.Duration(b2u(o.writes())))
				}
			}
			parts = append(parts, ops)
		}
		kind := rnd.IntN(8)
		switch {
		case kind < 2:
			add(of(keys[0], at(call, end, read(keys[0]))))
		case kind == 2 && deletes && now[keys[0]].Revision > 0 && done && known:
			rev++
			delete(now, keys[0])
			add(of(keys[0], at(call, end, Op{Kind: Delete, Revision: rev})))
		case kind < 5:
			o := put(value, 0)
			if done {
				rev++
				o = write(keys[0], value)
			}
			add(of(keys[0], at(call, end, o)))
		default:
			expect := []uint64{now[keys[0]].Revision, now[keys[1]].Revision}
			third := read(keys[2])
			if old := before[keys[2]]; torn && old.Revision > 0 && rnd.IntN(10) == 0 {
				third = got(old.Value, old.Revision)
			}
			if rnd.IntN(3) == 0 { // one that is declined
				add(whole(of(keys[0], at(call, end, declined(expect[0]+1000, read(keys[0])))),
					of(keys[1], at(call, end, declined(expect[1], read(keys[1])))), of(keys[2], at(call, end, third)))...)
				parts[len(parts)-1][2].Declined = true
				continue
			}
			o := cas(value, expect[0], 0)
			if done {
				rev++
				o.Revision = write(keys[0], value).Revision
			}
			second := of(keys[1], at(call, end, compared(expect[1], read(keys[1]))))
			ops := whole(of(keys[0], at(call, end, o)), second, of(keys[2], at(call, end, third)))
			if !known || !done {
				ops = ops[:1] // nothing was read
			}
			add(ops...)
		}
	}
	return together(parts...)
}

func b2u(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func TestPlayedHistoriesOfSeveralKeysAreJudged(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		if r := played(seed, 800, seed%2 == 0, false).Check(t.Context()); r.Verdict != Linearizable {
			t.Fatalf("seed %d: %s: %s%s", seed, r, r.Why, drawn(r.Offending))
		}
		if r := played(seed, 800, seed%2 == 0, true).Check(t.Context()); r.Verdict != Violation {
			t.Errorf("seed %d, torn: %s", seed, r)
		}
	}
}

// A history of several keys that is wrong is not let go.
func TestWhatIsWrongTogetherIsKept(t *testing.T) {
	t.Parallel()
	h := played(1, 800, false, false)
	torn := whole(of("a", at(100_000, 100_001, put("x", 5000))), of("b", at(100_000, 100_001, put("x", 5001))))
	for _, o := range torn {
		h.track(o.Key).ops = append(h.track(o.Key).ops, o)
		h.held++
	}
	h.limit = h.held
	h.Settle(t.Context())
	if r := h.Check(t.Context()); r.Verdict != Violation {
		t.Error(r)
	}
}
