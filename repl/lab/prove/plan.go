package prove

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// step is a fault in the plan.
type step struct {
	fault   fault
	targets []string // as chosen, which may be the word leader
	at      time.Duration
	lasts   time.Duration
	bad     float64 // how bad it is, from 0 to 1

	resolved []string // the nodes, known when it begins
	took     []string // those that it has taken away
	begun    bool
	over     bool
}

// String is the step in words.
func (s *step) String() string {
	what := strings.Join(s.targets, " ")
	if s.fault.name == "cut" && len(s.targets) == 2 {
		what = s.targets[0] + " -> " + s.targets[1]
	}
	if len(s.resolved) > 0 && slices.Contains(s.targets, leader) {
		what += " (" + strings.Join(s.resolved, " ") + ")"
	}
	if s.fault.how != nil {
		what += " " + s.fault.how(s)
	}
	if s.lasts == 0 {
		return s.fault.name + " " + what
	}
	return fmt.Sprintf("%s %s for %.1f s", s.fault.name, what, s.lasts.Seconds())
}

// plan returns what happens when, of which the arguments alone decide. Every fault is
// over within the time. Two may be under way at once, but none takes a node away that
// another has taken.
func plan(seed uint64, kinds []fault, names []string, whole, pace time.Duration) []*step {
	rnd := rand.New(rand.NewPCG(seed, 0x6b76))
	span := func(low, high float64) time.Duration {
		return time.Duration((low + rnd.Float64()*(high-low)) * float64(pace))
	}
	var steps []*step
	free := time.Duration(0) // when no node is away any more
	for at := span(0.2, 0.8); len(kinds) > 0; {
		s := &step{fault: kinds[rnd.IntN(len(kinds))], at: at}
		s.lasts = span(s.fault.short, s.fault.long)
		s.targets, s.bad = s.fault.choose(rnd, names), rnd.Float64()
		overlap, gap, part := rnd.IntN(2) == 0, span(0.1, 0.8), rnd.Float64()
		if s.fault.ends && s.at < free {
			s.at = free
		}
		if s.at+s.lasts > whole {
			if len(steps) > 0 || s.at >= whole {
				break
			}
			s.lasts = whole - s.at
		}
		if s.fault.ends {
			free = s.at + s.lasts + gap/4
		}
		steps = append(steps, s)
		if at = s.at + s.lasts + gap; overlap {
			at = s.at + time.Duration(part*float64(s.lasts)) + gap/4
		}
	}
	return steps
}

// event is a moment of the plan: the beginning, the turn or the end of a step.
type event struct {
	at   time.Duration
	step *step
	kind int
}

// The kinds of events.
const (
	beginning = iota
	turning
	ending
)

func events(steps []*step) []event {
	var all []event
	for _, s := range steps {
		all = append(all, event{s.at, s, beginning}, event{s.at + s.lasts, s, ending})
		if s.fault.turn != nil {
			all = append(all, event{s.at + s.lasts*3/10, s, turning})
		}
	}
	slices.SortStableFunc(all, func(a, b event) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.kind, b.kind)) })
	return all
}
