package client

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kv/proto/kverr"
)

// maxHints bounds how many hints a call follows before it waits: members that
// make up leaders must not keep it busy.
const maxHints = 4

// trip is where one call has been and where it goes next. It asks each address
// once a round, a hinted one first; between rounds the call waits. It does no I/O
// and is for one goroutine.
type trip struct {
	pinned  bool     // the caller named the only member to ask
	patient bool     // and waits for it
	order   []string // addresses of this round
	hint    string
	hints   int
	tried   []string // in this round
	room    [2]string
	useful  bool // in this round some address was not misplaced

	said    map[string]*kverr.Error // last error of each address
	visited []string                // keys of said, in order of the first visit
	best    *kverr.Error            // last error that a member gave
	unknown bool                    // after some attempt the outcome was unknown
	lost    time.Time               // when the first round ended in which nobody was reached
}

func newTrip(order []string, pinned bool) *trip {
	t := &trip{pinned: pinned}
	t.tried = t.room[:0]
	t.restart(order)
	return t
}

// restart begins another round.
func (t *trip) restart(order []string) {
	t.order, t.hint, t.hints, t.useful = order, "", 0, false
	t.tried = t.tried[:0]
}

// next returns the address to ask, or false when the round is over.
func (t *trip) next() (string, bool) {
	if t.hint != "" && t.untried(t.hint) {
		t.tried = append(t.tried, t.hint)
		return t.hint, true
	}
	for _, a := range t.order {
		if t.untried(a) {
			t.tried = append(t.tried, a)
			return a, true
		}
	}
	return "", false
}

// others reports whether the round has addresses left.
func (t *trip) others() bool {
	return slices.ContainsFunc(t.order, t.untried)
}

func (t *trip) untried(address string) bool { return !slices.Contains(t.tried, address) }

// follow makes the leader that e names the next address, unless it was asked in
// this round already: two members that point at each other end the round.
func (t *trip) follow(e *kverr.Error) {
	if !t.pinned && t.hints < maxHints {
		t.hints++
		t.hint = e.Leader.Address
	}
}

// note remembers what an address said.
func (t *trip) note(address string, e *kverr.Error, v verdict) {
	if t.said == nil {
		t.said = make(map[string]*kverr.Error)
	}
	if _, ok := t.said[address]; !ok {
		t.visited = append(t.visited, address)
	}
	t.said[address] = e
	t.unknown = t.unknown || e.Outcome != NotDone
	if v != misplaced {
		t.useful = true
	}
	// That an attempt was cut short tells less than what a member said before.
	if e.Reason != ErrUnreachable.Reason && (t.best == nil || !cutShort(e)) {
		t.best = e
	}
}

// hopeless returns the error of a round in which no address was of any use, or
// nil. A single named member that cannot be reached is hopeless too.
func (t *trip) hopeless() *kverr.Error {
	if len(t.visited) == 0 {
		return nil
	}
	if t.useful && !(t.pinned && !t.patient && t.best == nil) {
		return nil
	}
	return t.sum()
}

// lostFor is asked after a round, and reports whether nobody has been reached for so
// long; 0 is for ever.
func (t *trip) lostFor(patience time.Duration) bool {
	switch {
	case patience == 0 || t.best != nil:
		return false
	case t.lost.IsZero():
		t.lost = time.Now()
		return false
	default:
		return time.Since(t.lost) >= patience
	}
}

// sum is the error of the whole call: the last one that a member gave or, if none
// answered, ErrUnreachable; the text says what each address said that matters.
// It is nil if no address was asked.
func (t *trip) sum() *kverr.Error {
	switch {
	case len(t.visited) == 0:
		return nil
	case t.best == nil && t.pinned:
		return ErrUnreachable.Withf("cannot reach the member: %s", t.list(nil))
	case t.best == nil:
		return ErrUnreachable.Withf("%s: %s", ErrUnreachable.Text, t.list(nil))
	case len(t.visited) == 1 && !t.useful: // misplaced: the address is the point
		return t.best.Withf("%s: %s", t.visited[0], t.best.Error())
	case t.anyLost():
		if others := t.list(t.best); others != "" {
			return t.best.Withf("%s (%s)", t.best.Error(), others)
		}
		return t.best.Withf("%s", t.list(nil))
	default:
		return t.best
	}
}

// lastWord is the error e of the last attempt that the call may make. That an
// address was of no use says little without the address.
func (t *trip) lastWord(address string, e *kverr.Error) *kverr.Error {
	if v := decide(read, e); v == misplaced || e.Reason == ErrUnreachable.Reason {
		return e.Withf("%s: %s", address, e.Error())
	}
	return e
}

// anyLost reports whether an address could not be reached or was misplaced.
func (t *trip) anyLost() bool {
	for _, e := range t.said {
		if v := decide(read, e); v == misplaced || e.Reason == ErrUnreachable.Reason {
			return true
		}
	}
	return false
}

// maxListed bounds the addresses in an error's text.
const maxListed = 8

// list says what each address said, without those that said what is told already.
func (t *trip) list(told *kverr.Error) string {
	var parts []string
	for i, a := range t.visited {
		if told != nil && t.said[a].Error() == told.Error() {
			continue
		}
		if len(parts) == maxListed {
			parts = append(parts, fmt.Sprintf("and %d more", len(t.visited)-i))
			break
		}
		parts = append(parts, a+": "+t.said[a].Error())
	}
	return strings.Join(parts, "; ")
}
