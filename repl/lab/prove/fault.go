package prove

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// fault is a kind of thing that happens to a cluster for a while.
type fault struct {
	name string
	// short and long are how long it lasts, as parts of the pace.
	short, long float64
	// ends: it takes whole nodes away, so that it cannot happen to one that is away.
	ends bool
	// able reports whether a lab can do it; nil for any.
	able func(Lab) bool
	// choose chooses what it happens to, by the seed alone. The word leader stands for
	// whoever leads when it begins.
	choose func(rnd *rand.Rand, names []string) []string
	// begin makes it happen, half makes it turn after a third (nil if it does not), end
	// makes it good.
	begin, half, end func(context.Context, *field, *step) error
}

// leader is a target that is not known before the fault begins.
const leader = "leader"

// faults are all kinds.
var faults = []fault{
	{name: "kill", short: 0.3, long: 2, ends: true, choose: one, begin: takeAway(Lab.Kill), end: bringBack},
	{name: "stop", short: 0.3, long: 2, ends: true, choose: one, begin: takeAway(Lab.Stop), end: bringBack},
	{name: "restart", ends: true, choose: one, begin: restart, end: nothing},
	{name: "blackout", short: 0.1, long: 0.5, ends: true, choose: everybody, begin: takeAway(Lab.Kill), end: bringBack},
	{name: "isolate", short: 0.5, long: 2.5, choose: one, begin: cutOff, end: mend},
	{name: "partition", short: 0.5, long: 2.5, choose: someOf, begin: divide, end: mend},
	{name: "cut", short: 0.5, long: 2.5, choose: two, begin: cutOneWay, end: mend},
	{name: "turn", short: 2, long: 3.4, choose: mostlyLeader, begin: mute, half: deafen, end: mend},
	{name: "pause", short: 0.5, long: 2.5, ends: true, able: canPause, choose: one, begin: pause, end: resume},
}

func faultNames() []string {
	var names []string
	for _, f := range faults {
		names = append(names, f.name)
	}
	return names
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

// possible returns those of the faults that a lab can do.
func possible(all []fault, lab Lab) []fault {
	return slices.DeleteFunc(slices.Clone(all), func(f fault) bool { return f.able != nil && !f.able(lab) })
}

// one chooses a node; every third time whoever leads.
func one(rnd *rand.Rand, names []string) []string {
	n := rnd.IntN(3 * len(names))
	if n < len(names) {
		return []string{leader}
	}
	return []string{names[n%len(names)]}
}

// mostlyLeader chooses whoever leads, and now and then another.
func mostlyLeader(rnd *rand.Rand, names []string) []string {
	if n := rnd.IntN(4 * len(names)); n < len(names) {
		return []string{names[n]}
	}
	return []string{leader}
}

func everybody(_ *rand.Rand, names []string) []string { return names }

// two chooses two nodes.
func two(rnd *rand.Rand, names []string) []string {
	order := rnd.Perm(len(names))
	if len(order) < 2 {
		return names
	}
	return []string{names[order[0]], names[order[1]]}
}

// someOf chooses the nodes of one side: at least one, not all.
func someOf(rnd *rand.Rand, names []string) []string {
	if len(names) < 2 {
		return names
	}
	order := rnd.Perm(len(names))[:1+rnd.IntN(len(names)-1)]
	slices.Sort(order)
	var side []string
	for _, i := range order {
		side = append(side, names[i])
	}
	return side
}

func nothing(context.Context, *field, *step) error { return nil }

// takeAway makes the beginning of a fault that ends nodes.
func takeAway(end func(Lab, context.Context, string) error) func(context.Context, *field, *step) error {
	return func(ctx context.Context, f *field, s *step) error {
		var errs []error
		for _, name := range s.resolved {
			if f.down[name] || !f.running(name) {
				continue
			}
			f.down[name], s.took = true, append(s.took, name)
			errs = append(errs, end(f.lab, ctx, name))
		}
		return errors.Join(errs...)
	}
}

// bringBack starts what the fault has ended.
func bringBack(ctx context.Context, f *field, s *step) error {
	var errs []error
	for _, name := range s.took {
		if f.down[name] {
			errs = append(errs, f.start(ctx, name))
		}
	}
	return errors.Join(errs...)
}

func restart(ctx context.Context, f *field, s *step) error {
	if err := takeAway(Lab.Kill)(ctx, f, s); err != nil {
		return err
	}
	return bringBack(ctx, f, s)
}

func cutOff(_ context.Context, f *field, s *step) error {
	f.cut(s, s.resolved, f.others(s.resolved))
	f.cut(s, f.others(s.resolved), s.resolved)
	return nil
}

func divide(ctx context.Context, f *field, s *step) error { return cutOff(ctx, f, s) }

func cutOneWay(_ context.Context, f *field, s *step) error {
	f.cut(s, s.resolved[:1], s.resolved[1:])
	return nil
}

// mute lets a node hear the others, and not the others it.
func mute(_ context.Context, f *field, s *step) error {
	f.cut(s, f.others(s.resolved), s.resolved)
	return nil
}

// deafen turns that around: what was held on the wires arrives, late.
func deafen(_ context.Context, f *field, s *step) error {
	f.mend(s)
	f.cut(s, s.resolved, f.others(s.resolved))
	return nil
}

func mend(_ context.Context, f *field, s *step) error {
	f.mend(s)
	return nil
}

func canPause(lab Lab) bool { _, ok := lab.(pauser); return ok }

func pause(ctx context.Context, f *field, s *step) error {
	return takeAway(func(lab Lab, ctx context.Context, name string) error { return lab.(pauser).Pause(ctx, name) })(ctx, f, s)
}

func resume(ctx context.Context, f *field, s *step) error {
	var errs []error
	for _, name := range s.took {
		if f.down[name] {
			delete(f.down, name)
			errs = append(errs, f.lab.(pauser).Resume(ctx, name))
		}
	}
	return errors.Join(errs...)
}
