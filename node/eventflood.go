package node

import (
	"time"

	kvv1 "kv/proto/kv/v1"
)

// Some things happen again and again: a candidate that is cut off asks for votes each
// second, a flood of writes is refused a thousand times a second. Each would push all
// that matters out of the record. So what is the same is told at once, then after a
// second, two, four … and each minute, with how often it happened since.

const (
	firstSpell = time.Second
	maxSpell   = time.Minute
	maxFloods  = 128
)

// flood is what makes two events the same.
type flood struct {
	kind   kvv1.EventKind
	term   uint64
	peer   string
	reason string
	pre    bool
}

// spell is the time in which the same is only counted.
type spell struct {
	last, due time.Time
	wait      time.Duration
	hidden    uint64
	event     *kvv1.Event // the newest that is hidden
}

// noteOften is note for what may be part of a flood. The event's count is how many it
// stands for; 0 is one.
func (e *Events) noteOften(ev *kvv1.Event) {
	now := time.Now()
	e.mu.Lock()
	defer e.mu.Unlock()
	weight := max(ev.GetCount(), 1)
	key := flood{ev.GetKind(), ev.GetTerm(), ev.GetPeer(), ev.GetReason(), ev.GetPreVote()}
	s, ok := e.floods[key]
	switch {
	case ok && now.Before(s.due):
		s.last, s.hidden, s.event = now, s.hidden+weight, ev
		return
	case !ok || now.Sub(s.last) > maxSpell:
		e.room(now)
		s = &spell{wait: firstSpell}
		e.floods[key] = s
	default:
		s.wait = min(2*s.wait, maxSpell)
	}
	ev.Count = s.hidden + weight
	s.last, s.due, s.hidden, s.event = now, now.Add(s.wait), 0, nil
	e.add(now, ev)
}

// settle tells of what was hidden when its spell is over and the flood with it. The
// caller holds mu.
func (e *Events) settle(now time.Time) {
	for _, s := range e.floods {
		if s.hidden == 0 || now.Before(s.due) {
			continue
		}
		s.event.Count = s.hidden
		e.add(now, s.event)
		s.due, s.hidden, s.event = now.Add(s.wait), 0, nil
	}
}

// room keeps the floods few. The caller holds mu.
func (e *Events) room(now time.Time) {
	if len(e.floods) < maxFloods {
		return
	}
	e.settle(now.Add(maxSpell)) // all of them
	for key, s := range e.floods {
		if now.Sub(s.last) > s.wait {
			delete(e.floods, key)
		}
	}
	if len(e.floods) >= maxFloods {
		clear(e.floods)
	}
}
