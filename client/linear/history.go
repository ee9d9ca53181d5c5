package linear

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"time"
)

// ErrFull: the history holds as many operations as it may, and none of them can be let
// go before others have ended.
var ErrFull = errors.New("the history is full")

// DefaultLimit is how many operations a history holds unless it is told otherwise: some
// minutes of load, and about 30 MB.
const DefaultLimit = 100_000

// History is what clients saw. Its methods are safe for concurrent use.
type History struct {
	limit int
	now   func() time.Duration

	mu   sync.Mutex
	keys map[string]*track // guarded by mu
	held int               // guarded by mu; operations in keys
	gone int               // guarded by mu; operations that were checked and let go
}

// track is the history of a key. The operations that have ended do not change any more.
type track struct {
	rules   rules
	ops     []*Op            // in the order in which they ended
	running map[*Op]struct{} // begun, not ended
	guilty  bool             // it is not linearizable: nothing is let go
}

// New makes an empty history that holds at most limit operations; 0 means DefaultLimit.
func New(limit int) *History {
	if limit <= 0 {
		limit = DefaultLimit
	}
	began := time.Now()
	return &History{limit: limit, now: func() time.Duration { return time.Since(began) }, keys: map[string]*track{}}
}

// Own says that a key is new and that nobody writes it but the clients of this history, so
// that every value read must be one that they put. It is to be called before the key's
// first operation.
func (h *History) Own(key string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.track(key).rules = rules{initial: state{known: true, absent: true}}
}

// Disturb says that something else may have changed keys, which are not owned any more.
func (h *History) Disturb(concerned func(key string) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for key, t := range h.keys {
		if concerned(key) {
			t.rules.open = true
		}
	}
}

// track returns the history of a key. The caller holds mu.
func (h *History) track(key string) *track {
	t := h.keys[key]
	if t == nil {
		t = &track{rules: rules{open: true}, running: map[*Op]struct{}{}}
		h.keys[key] = t
	}
	return t
}

// Pending is an operation under way. One of its methods must be called at its end.
type Pending struct {
	h  *History
	t  *track
	op *Op
}

// Begin notes that an operation begins now. The error is ErrFull.
func (h *History) Begin(o Op) (*Pending, error) {
	p, err := h.begin([]Op{o})
	if err != nil {
		return nil, err
	}
	return p[0], nil
}

// begin notes that operations begin now, all at once. The error is ErrFull.
func (h *History) begin(ops []Op) ([]*Pending, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held+len(ops) > h.limit {
		return nil, ErrFull
	}
	h.held += len(ops)
	now, pending := h.now(), make([]*Pending, len(ops))
	for i := range ops {
		o := ops[i]
		t := h.track(o.Key)
		o.Call, o.Return = now, Never
		t.running[&o] = struct{}{}
		pending[i] = &Pending{h, t, &o}
	}
	return pending, nil
}

// Forget begins the history anew, as it is to be of another store from now on.
func (h *History) Forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.keys, h.held, h.gone = map[string]*track{}, 0, 0
}

// forgotten reports whether the operation is of a history that was forgotten. mu is held.
func (p *Pending) forgotten() bool { return p.h.keys[p.op.Key] != p.t }

// Done notes that the operation has ended now, with an answer that tell writes down.
func (p *Pending) Done(tell func(*Op)) {
	p.h.mu.Lock()
	defer p.h.mu.Unlock()
	if p.forgotten() {
		return
	}
	o := *p.op
	tell(&o)
	if !o.Unknown {
		o.Return = p.h.now()
	}
	delete(p.t.running, p.op)
	p.t.ops = append(p.t.ops, &o)
}

// Unknown notes that the operation has ended and nobody can say whether it took effect.
func (p *Pending) Unknown() { p.Done(func(o *Op) { o.Unknown = true }) }

// Drop notes that the operation surely did nothing, or was a read without an answer.
func (p *Pending) Drop() {
	p.h.mu.Lock()
	defer p.h.mu.Unlock()
	if p.forgotten() {
		return
	}
	delete(p.t.running, p.op)
	p.h.held--
}

// Size returns how many operations the history holds, and how many it has checked and
// let go.
func (h *History) Size() (held, gone int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.held, h.gone
}

// tale is the history of a key at one moment.
type tale struct {
	key    string
	rules  rules
	ops    []*Op
	began  time.Duration // when the first operation began that is under way; Never if none is
	guilty bool
}

// tales returns the histories of all keys, sorted. A write that is under way may take
// effect at any time, a read that is says nothing yet.
func (h *History) tales() []tale {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]tale, 0, len(h.keys))
	for _, key := range slices.Sorted(maps.Keys(h.keys)) {
		t := h.keys[key]
		ops, began := slices.Clone(t.ops), Never
		for o := range t.running {
			began = min(began, o.Call)
			if o.writes() {
				open := *o
				open.Unknown = true
				ops = append(ops, &open)
			}
		}
		all = append(all, tale{key, t.rules, ops, began, t.guilty})
	}
	return all
}
