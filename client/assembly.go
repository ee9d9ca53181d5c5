package client

import kvv1 "kv/proto/kv/v1"

// assembly puts the revisions of a watch together from its messages, and knows how
// far it has come. It is pure. It holds no more than one revision that is not
// complete.
type assembly struct {
	begun bool
	done  uint64   // all up to this revision has been given out, if begun
	part  []Change // later than done, and not complete
}

// start returns the revision to watch from, 0 for the next that comes. What was
// there of a revision is given up: it comes again.
func (a *assembly) start() uint64 {
	a.part = nil
	if !a.begun {
		return 0
	}
	return a.done + 1
}

// add takes a message and returns what is complete with it, which may be that
// nothing has happened; false if there is nothing to tell yet.
func (a *assembly) add(m *kvv1.WatchResponse) (Changes, bool) {
	upTo := m.GetHeader().GetRevision()
	if !a.begun {
		a.begun, a.done = true, upTo
	}
	for _, c := range m.GetChanges() {
		if c.GetKv().GetModRevision() > a.done {
			a.part = append(a.part, changeOf(c))
		}
	}
	if m.GetMore() {
		upTo-- // its own changes go on; those before it are complete
	}
	n := 0
	for n < len(a.part) && a.part[n].KV.ModRevision <= upTo {
		n++
	}
	a.done = max(a.done, upTo)
	out := Changes{Revision: a.done, Changes: a.part[:n:n]}
	a.part = a.part[n:]
	if len(a.part) == 0 {
		a.part = nil
	}
	return out, n > 0 || !m.GetMore()
}
