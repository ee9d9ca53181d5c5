package linear

import "github.com/anishathalye/porcupine"

// state is what is known of a key at a moment. It is compared with ==.
type state struct {
	known  bool // false: nothing is known yet, so the first answer is believed
	absent bool
	value  string
	// dark: the revision is known, the value is not.
	dark bool
	// revision is that of the last change; 0 if it was made by a write that nobody got an
	// answer to. low is a revision that it is above then.
	revision, low uint64
}

// floor is the revision that the next change is above.
func (s state) floor() uint64 { return max(s.revision, s.low) }

// at reports whether the key, which is there, may be at a revision.
func (s state) at(revision uint64) bool {
	if s.revision == 0 {
		return revision > s.low
	}
	return revision == s.revision
}

// rules are how the operations of one key may follow one another.
//
// The keys of a load are written by the clients of the history alone: every value that
// is read was put by one of them. A key that others may write as well, such as a
// person's from another shell, is open: of it a later revision may be seen at any time,
// but none may be older than what was seen before.
type rules struct {
	open    bool
	initial state
}

// step returns the state after an operation, and whether its answer fits the state.
func (r rules) step(s state, o *Op) (bool, state) {
	switch {
	case o.Kind == Get && o.Absent:
		return r.sawNothing(s, o)
	case o.Kind == Get:
		return r.saw(s, o.Revision, o.Value, false)
	case o.Refused && o.Revision == 0:
		return !s.known || s.absent || r.open, state{known: true, absent: true, low: s.floor()}
	case o.Refused:
		return r.saw(s, o.Revision, "", true)
	case o.Kind == Delete:
		return r.deleted(s, o)
	default:
		return r.put(s, o)
	}
}

// saw is an answer that shows the key at a revision; dark if it does not tell the value.
func (r rules) saw(s state, revision uint64, value string, dark bool) (bool, state) {
	next := state{known: true, value: value, dark: dark, revision: revision}
	switch {
	case !s.known, r.open && revision > s.floor():
		return true, next
	case s.absent || !s.at(revision):
		return false, s
	case dark:
		next.value, next.dark = s.value, s.dark
		return true, next
	}
	return s.dark || s.value == value, next
}

// sawNothing is an answer that says the key is absent.
func (r rules) sawNothing(s state, o *Op) (bool, state) {
	next := state{known: true, absent: true, low: s.floor()}
	if r.open {
		// Somebody else may have deleted it, up to the revision of the store that was read.
		next.low = max(next.low, o.Revision)
	}
	return !s.known || s.absent || r.open && o.Revision > s.floor(), next
}

func (r rules) deleted(s state, o *Op) (bool, state) {
	next := state{known: true, absent: true, low: max(s.floor(), o.Revision)}
	switch {
	case o.Unknown:
		next.low = s.floor()
		return true, next
	case o.Absent:
		next.low = s.floor()
		return !s.known || s.absent || r.open, next
	}
	return (!s.known || !s.absent || r.open) && o.Revision > s.floor(), next
}

// put is a put, or a CAS that was not refused.
func (r rules) put(s state, o *Op) (bool, state) {
	if o.Kind == CAS && !r.expected(s, o.Expect) {
		return o.Unknown && o.Revision == 0, s // it did nothing, if nobody knows better
	}
	next := state{known: true, value: o.Value, revision: o.Revision}
	if o.Revision == 0 {
		next.low = s.floor()
		return true, next
	}
	return o.Revision > s.floor(), next
}

// expected reports whether the condition of a CAS may hold.
func (r rules) expected(s state, revision uint64) bool {
	switch {
	case !s.known, r.open && (revision == 0 || revision > s.floor()):
		return true
	case revision == 0:
		return s.absent
	}
	return !s.absent && s.at(revision)
}

// model is porcupine's view of the rules.
func (r rules) model() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return r.initial },
		Step: func(s, in, _ any) (bool, any) { return r.step(s.(state), in.(*Op)) },
		Hash: func(s any) uint64 { return s.(state).floor() },
		DescribeOperation: func(in, _ any) string {
			return Describe(in.(*Op)) + " → " + Answer(in.(*Op))
		},
		DescribeState: func(s any) string { return s.(state).String() },
	}
}

// operations are ops as porcupine takes them.
func operations(ops []*Op) []porcupine.Operation {
	all := make([]porcupine.Operation, len(ops))
	for i, o := range ops {
		all[i] = porcupine.Operation{ClientId: o.Client, Input: o, Output: nil, Call: int64(o.Call), Return: int64(o.Return)}
	}
	return all
}
