package client

import "time"

const (
	// maxFlights is how many messages may be under way on a stream. What waits
	// meanwhile goes into the next message together: that, and no timer, makes the
	// messages large when there is much to do.
	maxFlights = 2
	// A message of bulk calls and more goes alone: two under way would be two log
	// entries of half the size, and cost twice as much. One of huge and more does not:
	// there is more to gain from work on the next while it is under way.
	bulk, huge = 64, 257
	// flightPatience is how long a message counts that nothing has answered, so that
	// calls which hang at the member do not hold up others.
	flightPatience = 50 * time.Millisecond
)

// window bounds the messages that are under way on a stream. A message counts until
// its first answer: if all had to be there, the slowest call of a message would hold
// up the next. It does no I/O and is not safe for concurrent use.
type window struct{ flights []*flight }

// flight is a message that was sent.
type flight struct {
	at       time.Time
	calls    int
	answered bool
}

// alone reports whether nothing is to be sent beside the message.
func (f *flight) alone() bool { return bulk <= f.calls && f.calls < huge }

// launch counts a message that is sent now.
func (w *window) launch(now time.Time, calls int) *flight {
	f := &flight{at: now, calls: calls}
	w.flights = append(w.flights, f)
	return f
}

// shut returns how long to wait before another message may be sent if no answer
// comes, 0 if one may be sent now.
func (w *window) shut(now time.Time) time.Duration {
	kept := w.flights[:0]
	for _, f := range w.flights {
		if !f.answered && now.Sub(f.at) < flightPatience {
			kept = append(kept, f)
		}
	}
	clear(w.flights[len(kept):])
	w.flights = kept
	wait := time.Duration(0)
	for i, f := range kept {
		if f.alone() || i == len(kept)-maxFlights {
			wait = flightPatience - now.Sub(f.at)
		}
	}
	return wait
}
