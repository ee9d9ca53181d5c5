package fake

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kv/repl/lab/faults"
)

// faultPrefix marks what is broken among the states of a Lab.
const faultPrefix = "fault: "

// Break implements faults.Lab. The fake keeps whether something is broken, and nothing
// happens by it.
func (l Lab) Break(f faults.Fault) error {
	l[faultPrefix+f.String()] = fmt.Sprintf("%s|%s|%s|%t|%d|%d|%g", f.Kind, f.From, f.To, f.OneWay, f.Mean, f.Jitter, f.Percent)
	return nil
}

// Faults implements faults.Lab; they are in the order of the alphabet.
func (l Lab) Faults() []faults.Fault {
	var all []faults.Fault
	for _, key := range slices.Sorted(maps.Keys(l)) {
		text, ok := strings.CutPrefix(key, faultPrefix)
		if !ok {
			continue
		}
		parts := strings.Split(l[key], "|")
		f := faults.Fault{Kind: parts[0], From: parts[1], To: parts[2], OneWay: parts[3] == "true"}
		fmt.Sscan(parts[4], (*int64)(&f.Mean))
		fmt.Sscan(parts[5], (*int64)(&f.Jitter))
		fmt.Sscan(parts[6], &f.Percent)
		if groups, ok := strings.CutPrefix(text, "partition "); ok {
			for g := range strings.SplitSeq(groups, " | ") {
				f.Groups = append(f.Groups, strings.Fields(g))
			}
		}
		all = append(all, f)
	}
	return all
}

// Divided implements shell.Nodes.
func (l Lab) Divided() [][]string { return faults.Groups(l.Faults()) }

// Mend implements faults.Lab: it mends all that names one of the nodes.
func (l Lab) Mend(from, to string) bool { return l.mend(from, to, "") }

// Release implements faults.Lab, as Mend.
func (l Lab) Release(from, to string) bool { return l.mend(from, to, "hold ") }

func (l Lab) mend(from, to, kind string) bool {
	did := false
	for key := range maps.Clone(l) {
		if strings.HasPrefix(key, faultPrefix+kind) && strings.Contains(key, from) && strings.Contains(key, to) {
			delete(l, key)
			did = true
		}
	}
	return did
}

// InFlight implements faults.Lab: while anything is held, these are.
func (l Lab) InFlight() []faults.Message {
	var held bool
	for key := range l {
		held = held || strings.HasPrefix(key, faultPrefix+"hold ")
	}
	if !held {
		return nil
	}
	all := []faults.Message{
		{ID: 3, From: "n1", To: "n2", Kind: "append", Text: "append entries 41 to 43", Term: 4, Index: 41, Entries: 3, Age: 1234 * time.Millisecond, State: "held"},
		{ID: 5, From: "n2", To: "n1", Answer: true, Kind: "vote", Text: "vote granted", Term: 5, Age: 7 * time.Millisecond, State: "held"},
	}
	if l["message 3"] != "" {
		all = append(all[1:], faults.Message{ID: 6, From: "n2", To: "n1", Answer: true, Kind: "append", Text: "has all up to 43", Term: 4, Index: 43, State: "held"})
	}
	return all
}

// Deliver implements faults.Lab: message 3 is answered.
func (l Lab) Deliver(_ context.Context, id uint64) (faults.Message, error) {
	for _, m := range l.InFlight() {
		if m.ID == id {
			l[fmt.Sprintf("message %d", id)] = "gone"
			return m, nil
		}
	}
	return faults.Message{}, fmt.Errorf("no message %d is in flight; `inflight` lists those that are", id)
}

// Lose implements faults.Lab.
func (l Lab) Lose(ctx context.Context, id uint64) (faults.Message, error) { return l.Deliver(ctx, id) }

// Step implements faults.Lab.
func (l Lab) Step(ctx context.Context) (faults.Message, error) { return l.Deliver(ctx, 3) }

// RunOut implements faults.Lab. The timer of n1 never runs out.
func (l Lab) RunOut(ctx context.Context, name string) error {
	if name == "n1" {
		return fmt.Errorf("%s leads: a leader has no election timer", name)
	}
	return nil
}
