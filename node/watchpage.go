package node

import (
	"kv/node/fsm"
	kvv1 "kv/proto/kv/v1"
	"kv/proto/kverr"
)

// filter is what a watch wants to hear of.
type filter struct {
	key                string // if exact
	exact              bool
	within             fsm.Range // otherwise
	noPuts, noDeletes  bool
	withPrev, keysOnly bool
}

func filterOf(req *kvv1.WatchRequest) filter {
	return filter{
		key:    string(req.GetKey()),
		exact:  len(req.GetKey()) > 0,
		within: fsmRange(req.GetRange()),
		noPuts: req.GetNoPuts(), noDeletes: req.GetNoDeletes(),
		withPrev: req.GetPrev(), keysOnly: req.GetKeysOnly(),
	}
}

func (f *filter) matches(c fsm.Change) bool {
	if deleted := c.Item.Version() == 0; deleted && f.noDeletes || !deleted && f.noPuts {
		return false
	}
	if f.exact {
		return c.Item.Key() == f.key
	}
	return f.within.Contains(c.Item.Key())
}

// changeOverhead is more than a change takes in a message beside keys and values.
const changeOverhead = 96

// size is what a change takes in a message, in bytes.
func (f *filter) size(c fsm.Change) int {
	size := changeOverhead + len(c.Item.Key())
	if !f.keysOnly {
		size += len(c.Item.Value())
	}
	if f.withPrev && c.Prev != nil {
		size += len(c.Prev.Key())
		if !f.keysOnly {
			size += len(c.Prev.Value())
		}
	}
	return size
}

// message returns a change as it is sent.
func (f *filter) message(c fsm.Change) *kvv1.Change {
	out := &kvv1.Change{Kind: kvv1.Change_KIND_PUT, Kv: c.Item.Message(f.keysOnly)}
	if c.Item.Version() == 0 {
		out.Kind = kvv1.Change_KIND_DELETE
	}
	if f.withPrev && c.Prev != nil {
		out.Prev = c.Prev.Message(f.keysOnly)
	}
	return out
}

// page is what fits into one message.
type page struct {
	changes []fsm.Change
	// complete is the revision up to which this is all; with more, the one that
	// goes on in the next page.
	complete uint64
	more     bool
	next     place
}

// readPage reads what a filter lets through from a place in the history on, up to
// so many bytes. It holds whole revisions, unless one alone is larger than that.
// Errors: ErrCompacted.
func readPage(v past, f *filter, at place, limit int) (p page, err error) {
	if at.revision < v.Oldest() {
		return p, passed(at.revision, v.Oldest())
	}
	p.complete = max(v.Revision(), at.revision-1)
	p.next = place{revision: p.complete + 1}
	bytes, here := 0, place{}
	v.Changes(at.revision, func(c fsm.Change) bool {
		if c.Item.ModRevision() != here.revision {
			here = place{revision: c.Item.ModRevision()}
		}
		before := here
		here.skip++
		if before.revision == at.revision && before.skip < at.skip || !f.matches(c) {
			return true
		}
		size := f.size(c)
		if len(p.changes) > 0 && bytes+size > limit {
			p.end(before)
			return false
		}
		p.changes = append(p.changes, c)
		bytes += size
		return true
	})
	return p, nil
}

// end ends a page before a change that does not fit any more: at the end of the
// revision before it or, if the page has but the one, in its midst.
func (p *page) end(before place) {
	if p.changes[0].Item.ModRevision() == before.revision {
		p.complete, p.more, p.next = before.revision, true, before
		return
	}
	for n := len(p.changes); p.changes[n-1].Item.ModRevision() == before.revision; n-- {
		p.changes = p.changes[:n-1]
	}
	p.complete, p.next = before.revision-1, place{revision: before.revision}
}

// passed is the error of a watch that needs what is forgotten.
func passed(from, oldest uint64) error {
	return kverr.ErrCompacted.
		Withf("the watch is to tell what happened from revision %d on, and the history that is kept begins at %d", from, oldest).
		WithRevision(oldest)
}
