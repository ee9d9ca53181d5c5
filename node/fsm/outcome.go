package fsm

import (
	"cmp"
	"slices"

	"google.golang.org/protobuf/proto"
)

// outcome is one result, under the sequence of its command. There are thousands of
// a session, and nearly all have nothing but the revision.
type outcome struct {
	sequence, revision uint64
	more               *Result // nil if it has only a revision
}

func outcomeOf(sequence uint64, r *Result) outcome {
	k := outcome{sequence: sequence, revision: r.Revision}
	if *r != (Result{Revision: r.Revision}) {
		more := *r
		k.more = &more
	}
	return k
}

func (k *outcome) result() Result {
	if k.more != nil {
		return *k.more
	}
	return Result{Revision: k.revision}
}

// bytes is what the result is counted for.
func (k *outcome) bytes() uint64 {
	if k.more != nil {
		return k.more.bytes()
	}
	return resultBytes
}

// keep puts a result in its place, nearly always at the end. There a view that shares
// the array does not see it.
func (ss *session) keep(at int, k outcome) {
	switch n := len(ss.results); {
	case ss.shared && at < n:
		ss.results, ss.shared = slices.Clone(ss.results), false
	case n == cap(ss.results):
		ss.shared = false // as it grows it moves
	}
	ss.results = slices.Insert(ss.results, at, k)
}

// find returns where the result of a sequence is, or where it would be. The
// newest are looked at first.
func (ss *session) find(sequence uint64) (int, bool) {
	n := len(ss.results)
	if n == 0 || ss.results[n-1].sequence < sequence {
		return n, false
	}
	return slices.BinarySearchFunc(ss.results, sequence, func(k outcome, sequence uint64) int {
		return cmp.Compare(k.sequence, sequence)
	})
}

// resultBytes is what a result is counted for besides the keys and values in it.
const resultBytes = 128

func (r *Result) bytes() uint64 {
	n := uint64(resultBytes)
	if r.KV != nil {
		n += r.KV.bytes()
	}
	if r.Txn != nil {
		for _, op := range r.Txn.Results {
			n += uint64(proto.Size(op))
		}
	}
	return n
}
