package wires

import (
	"math/rand/v2"
	"time"
)

// wire is one direction between two nodes. All of it is guarded by Network.mu.
type wire struct {
	ends
	chance *rand.Rand

	cut, held    bool
	mean, jitter time.Duration
	drop         float64 // percent

	way   []*passage  // what is on its way, in the order in which it is to arrive
	last  time.Time   // when the last of them is due
	timer *time.Timer // set to when the first of them is due; nil before it is used
	// beat is the heartbeat under way whose sender does not wait for it; nil for none.
	beat *call
}

// passage is a message on its way.
type passage struct {
	Message
	wire       *wire
	due        time.Time
	here, lost chan struct{} // closed when it has arrived, or never will
}

// obey takes the settings over that the faults mean for this wire.
func (w *wire) obey(faults []Fault) {
	w.cut, w.held, w.mean, w.jitter, w.drop = false, false, 0, 0, 0
	for _, f := range faults {
		if !f.concerns(w.from, w.to) {
			continue
		}
		switch f.Kind {
		case Hold:
			w.held = true
		case Delay:
			w.mean, w.jitter = f.Mean, f.Jitter
		case Drop:
			w.drop = f.Percent
		default:
			w.cut = true
		}
	}
	if !w.slow() {
		w.last = time.Time{}
	}
}

// slow reports whether messages take their time. Once they do not any more, those that
// are on their way arrive.
func (w *wire) slow() bool { return w.mean+w.jitter > 0 }

// delay draws how long a message takes.
func (w *wire) delay() time.Duration {
	d := w.mean
	if w.jitter > 0 {
		d += time.Duration((2*w.chance.Float64() - 1) * float64(w.jitter))
	}
	return max(d, 0)
}

// loses draws whether a message is lost.
func (w *wire) loses() bool { return w.drop > 0 && w.chance.Float64()*100 < w.drop }

// take takes a passage off the way, and reports whether it was there.
func (w *wire) take(p *passage) bool {
	for i := range w.way {
		if w.way[i] == p {
			w.way = append(w.way[:i], w.way[i+1:]...)
			return true
		}
	}
	return false
}

// send puts a message on the wire. A message that is stamped with its time on sending
// holds up nobody behind it that takes longer, and is overtaken by nobody.
func (n *Network) send(m Message, mayBeLost bool) *passage {
	n.mu.Lock()
	defer n.mu.Unlock()
	w := n.wire(m.From, m.To)
	n.last++
	m.ID, m.Sent, m.State = n.last, time.Now(), Waiting
	if m.Call == 0 {
		m.Call = m.ID
	}
	p := &passage{Message: m, wire: w, here: make(chan struct{}), lost: make(chan struct{})}
	p.due = m.Sent.Add(w.delay())
	if p.due.Before(w.last) {
		p.due = w.last
	}
	w.last = p.due
	w.way = append(w.way, p)
	if w.held {
		p.State, n.caught = Held, m.Sent
	}
	n.tell(p.Message)
	if mayBeLost && w.loses() {
		n.lose(p)
	}
	n.pump(w)
	return p
}

// pump lets pass what is due, and sets the timer to the rest. n.mu is held.
func (n *Network) pump(w *wire) {
	for i := range w.way {
		w.way[i].State = Waiting
		if w.held {
			w.way[i].State = Held
		}
	}
	for len(w.way) > 0 && !w.cut && !w.held {
		p := w.way[0]
		if wait := time.Until(p.due); wait > 0 && w.slow() {
			n.wake(w, wait)
			return
		}
		n.arrive(p)
	}
}

// wake has the wire looked at after a while. n.mu is held.
func (n *Network) wake(w *wire, wait time.Duration) {
	if w.timer != nil {
		w.timer.Reset(wait)
		return
	}
	w.timer = time.AfterFunc(wait, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.pump(w)
	})
}

// arrive ends a passage well. n.mu is held.
func (n *Network) arrive(p *passage) {
	n.end(p, Delivered)
	close(p.here)
}

// lose ends a passage badly. n.mu is held.
func (n *Network) lose(p *passage) {
	n.end(p, Lost)
	close(p.lost)
}

// giveUp takes a message back whose sender waits no longer.
func (n *Network) giveUp(p *passage) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if p.Ended.IsZero() {
		n.end(p, GivenUp)
		n.pump(p.wire)
	}
}

// end takes a passage off its wire. n.mu is held.
func (n *Network) end(p *passage, state string) {
	p.wire.take(p)
	p.State, p.Ended = state, time.Now()
	n.tell(p.Message)
}
