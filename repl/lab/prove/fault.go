package prove

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// fault is a kind of thing that happens to a cluster for a while.
type fault struct {
	name string
	// does says what happens; "" if there is a command of that name, which does it too.
	does string
	// short and long are how long it lasts, as parts of the pace.
	short, long float64
	// ends: it takes whole nodes away, so that it cannot happen to one that is away.
	ends bool
	// choose chooses what it happens to, by the seed alone. The word leader stands for
	// whoever leads when it begins.
	choose func(rnd *rand.Rand, names []string) []string
	// how says how bad it is; nil if it is always the same.
	how func(*step) string
	// begin makes it happen, turn makes it another after three tenths (nil if it does not),
	// end makes it good.
	begin, turn, end func(context.Context, *field, *step) error
}

// faults are all kinds.
var faults = []fault{
	{name: "kill", short: 0.3, long: 2, ends: true, choose: one, begin: takeAway(Lab.Kill), end: bringBack},
	{name: "stop", short: 0.3, long: 2, ends: true, choose: one, begin: takeAway(Lab.Stop), end: bringBack},
	{name: "restart", ends: true, choose: one, begin: restart, end: nothing},
	{name: "blackout", does: "all nodes lose their power at once", short: 0.1, long: 0.5, ends: true, choose: everybody, begin: takeAway(Lab.Kill), end: bringBack},
	{name: "pause", short: 0.5, long: 2.5, ends: true, choose: one, begin: takeAway(Lab.Pause), end: resume},
	{name: "replace", does: "a node is removed; a new one with an empty disk comes", short: 0.2, long: 1, ends: true, choose: one, begin: remove, end: replace},
	{name: "isolate", short: 0.5, long: 2.5, choose: one, begin: cutOff, end: mend},
	{name: "partition", short: 0.5, long: 2.5, choose: someOf, begin: cutOff, end: mend},
	{name: "cut", short: 0.5, long: 2.5, choose: two, begin: cutOneWay, end: mend},
	{name: "turn", does: "a node hears nobody, then is heard by nobody", short: 2, long: 3.4, choose: mostlyLeader, begin: deafen, turn: mute, end: mend},
	{name: "shift", does: "a few are cut off; as they return, the leader and others are", short: 2, long: 3.4, choose: few, begin: cutOff, turn: shift, end: mend},
	{name: "delay", short: 0.5, long: 2.5, choose: one, how: delayOf, begin: delay, end: mend},
	{name: "drop", short: 0.5, long: 2.5, choose: one, how: shareOf, begin: drop, end: mend},
	{name: "slow-disk", short: 0.5, long: 2.5, choose: one, how: slownessOf, begin: slowDisk, end: healDisk},
	{name: "fail-disk", short: 0.3, long: 2, ends: true, choose: one, begin: failDisk(false), end: changeDisk},
	{name: "full-disk", does: "a disk is full, and the node ends by it", short: 0.3, long: 2, ends: true, choose: one, begin: failDisk(true), end: changeDisk},
	{name: "transfer", choose: anyone, begin: ask(operator.Transfer), end: nothing},
	{name: "snapshot", choose: someOf, begin: ask(operator.Snapshot), end: nothing},
	{name: "deaf", does: "clients lose answers, and have to ask again", short: 1, long: 3, choose: clients, begin: loseAnswers, end: hearAgain},
}

func faultNames() []string {
	var names []string
	for _, f := range faults {
		names = append(names, f.name)
	}
	return names
}

// faultHelp tells what each kind does.
func faultHelp() string {
	var same []string
	var others strings.Builder
	for _, f := range faults {
		if f.does == "" {
			same = append(same, f.name)
			continue
		}
		fmt.Fprintf(&others, "  %-9s  %s\n", f.name, f.does)
	}
	half := len(same) / 2
	return "What the commands of these names do may happen:\n  " + strings.Join(same[:half], ", ") + ",\n  " +
		strings.Join(same[half:], ", ") + ";\nand beyond that:\n" + others.String()
}

// faultsNamed reads a list of faults, separated by commas; "" stands for all.
func faultsNamed(list string) ([]fault, error) {
	if list == "" {
		return faults, nil
	}
	var chosen []fault
	for _, name := range strings.Split(list, ",") {
		i := slices.IndexFunc(faults, func(f fault) bool { return f.name == name })
		if i < 0 {
			return nil, fmt.Errorf("is a list of %s, not %q", strings.Join(faultNames(), ","), name)
		}
		chosen = append(chosen, faults[i])
	}
	return chosen, nil
}

// between is a duration in a range, as bad as the step is.
func (s *step) between(low, high time.Duration) time.Duration {
	return (low + time.Duration(s.bad*float64(high-low))).Round(time.Millisecond)
}

func (s *step) delay() time.Duration    { return s.between(5*time.Millisecond, 250*time.Millisecond) }
func (s *step) jitter() time.Duration   { return (s.delay() / 2).Round(time.Millisecond) }
func (s *step) slowness() time.Duration { return s.between(10*time.Millisecond, 400*time.Millisecond) }
func (s *step) share() float64          { return float64(5 + int(s.bad*60)) }

func delayOf(s *step) string    { return fmt.Sprintf("by %s±%s", s.delay(), s.jitter()) }
func slownessOf(s *step) string { return "by " + s.slowness().String() }
func shareOf(s *step) string    { return fmt.Sprintf("%g%%", s.share()) }
