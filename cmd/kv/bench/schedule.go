package bench

import (
	"math"
	"time"
)

// maxRate bounds the turns a second, so that a turn is a whole number of
// nanoseconds from the one before, or almost.
const maxRate = 10_000_000

// grace is how long after the end what waits then is still begun.
const grace = 5 * time.Second

// schedule gives out the turns of an open loop: turn i is i/rate after the start.
// What comes due while no client is free waits in a queue; if that is full, what
// comes due is dropped. It knows no clock: whoever asks says what time it is, as
// the time since the start, which must not go back. It is not safe for concurrent
// use.
type schedule struct {
	rate float64
	room int // how many may wait
	end  time.Duration
	// counted is the first turn of the measured time, over the first one after it:
	// that is not given out.
	counted, over int

	arrived int   // turns that have come due, or were given out ahead
	queue   spans // turns that wait
	// waited is how many have waited at most, dropped how many were dropped: both in
	// the measured time.
	waited, dropped int
}

// newSchedule makes a schedule whose measured time is from begin to end.
func newSchedule(rate float64, room int, begin, end time.Duration) *schedule {
	s := &schedule{rate: rate, room: room, end: end}
	s.counted, s.over = s.first(begin), s.first(end)
	return s
}

// spans is a queue of numbers, kept as ranges: of what came due at a moment.
type spans struct {
	ranges []span
	count  int
}

type span struct{ from, to int } // from <= n < to

func (s *spans) add(from, to int) {
	if from >= to {
		return
	}
	s.count += to - from
	if last := len(s.ranges) - 1; last >= 0 && s.ranges[last].to == from {
		s.ranges[last].to = to
		return
	}
	s.ranges = append(s.ranges, span{from, to})
}

// pop takes the first number; there must be one.
func (s *spans) pop() int {
	n := s.ranges[0].from
	s.count--
	if s.ranges[0].from++; s.ranges[0].from == s.ranges[0].to {
		s.ranges = s.ranges[1:]
	}
	return n
}

// turn returns when turn i comes.
func (s *schedule) turn(i int) time.Duration {
	return time.Duration(math.Round(float64(i) / s.rate * float64(time.Second)))
}

// first returns the first turn that comes at t or later.
func (s *schedule) first(t time.Duration) int {
	i := max(int(t.Seconds()*s.rate)-1, 0)
	for s.turn(i) < t {
		i++
	}
	return i
}

// take gives out the next turn, which may be yet to come; false if there is none
// before the end. What waits at the end is given out for a while: a store that
// stalls until the end has made it wait.
func (s *schedule) take(now time.Duration) (turn time.Duration, ok bool) {
	s.arrive(now)
	switch {
	case s.queue.count > 0 && now < s.end+grace:
		return s.turn(s.queue.pop()), true
	case s.arrived >= s.over:
		return 0, false
	}
	s.arrived++
	return s.turn(s.arrived - 1), true
}

// arrive puts what has come due by now into the queue. Only take makes the queue
// shorter, so it is soon enough to do so then.
func (s *schedule) arrive(now time.Duration) {
	due := min(s.first(now+1), s.over)
	if due <= s.arrived {
		return
	}
	fit := s.arrived + min(due-s.arrived, s.room-s.queue.count)
	s.queue.add(s.arrived, fit)
	s.dropped += max(due-max(fit, s.counted), 0)
	if due > s.counted {
		s.waited = max(s.waited, s.queue.count)
	}
	s.arrived = due
}

// offered returns how many turns of the measured time have come by now.
func (s *schedule) offered(now time.Duration) int {
	return max(min(s.first(now+1), s.over)-s.counted, 0)
}
