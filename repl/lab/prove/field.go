package prove

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// field is a lab with what chaos has done to it and not yet made good. One goroutine uses
// it.
type field struct {
	lab      Lab
	operator operator
	ears     *ears
	down     map[string]bool // nodes that were taken away
	broken   []trouble       // in the order in which it came
	every    time.Duration   // how often healing is tried
}

// trouble is what a step has done to a wire.
type trouble struct {
	by *step
	do func(Lab)
}

func newField(lab Lab) *field {
	return &field{lab: lab, ears: new(ears), down: map[string]bool{}, every: 50 * time.Millisecond}
}

func (f *field) state(name string) string {
	state, _, _, _ := f.lab.Describe(name)
	return state
}

// resolve returns the nodes that a step is about, now that it begins.
func (f *field) resolve(targets []string) []string {
	var names []string
	for _, t := range targets {
		if t == leader {
			t = f.lab.Leader()
		}
		if t != "" {
			names = append(names, t)
		}
	}
	return names
}

func (f *field) others(names []string) []string {
	return slices.DeleteFunc(f.lab.Names(), func(n string) bool { return slices.Contains(names, n) })
}

// from does something to the wires from some nodes to others, for a step.
func (f *field) from(s *step, from, to []string, do func(lab Lab, from, to string)) {
	for _, a := range from {
		for _, b := range to {
			t := trouble{s, func(lab Lab) { do(lab, a, b) }}
			f.broken = append(f.broken, t)
			t.do(f.lab)
		}
	}
}

// between does something to the wires between some nodes and all others, for a step.
func (f *field) between(s *step, names []string, do func(lab Lab, from, to string)) {
	f.from(s, names, f.others(names), do)
	f.from(s, f.others(names), names, do)
}

// mend mends the wires that a step has broken, but for those that another has broken as
// well.
func (f *field) mend(s *step) {
	f.broken = slices.DeleteFunc(f.broken, func(t trouble) bool { return t.by == s })
	f.lab.Heal()
	for _, t := range f.broken {
		t.do(f.lab)
	}
}

// take takes the nodes of a step that run, for it alone.
func (f *field) take(s *step) []string {
	for _, name := range s.resolved {
		if !f.down[name] && f.state(name) == "running" {
			f.down[name] = true
			s.took = append(s.took, name)
		}
	}
	return s.took
}

// giveBack makes each node run again that a step has taken, as back does.
func (f *field) giveBack(s *step, back func(name string) error) error {
	var errs []error
	for _, name := range s.took {
		if !f.down[name] {
			continue
		}
		if err := back(name); err != nil {
			errs = append(errs, fmt.Errorf("bring back %s: %w", name, err))
			continue
		}
		delete(f.down, name)
	}
	return errors.Join(errs...)
}

// revive makes a node run, whatever has become of it.
func (f *field) revive(ctx context.Context, name string) error {
	switch f.state(name) {
	case "running":
		return nil
	case "paused":
		return f.lab.Resume(ctx, name)
	case "removed":
		if err := f.lab.Wipe(ctx, name); err != nil {
			return err
		}
		fallthrough
	case "wiped":
		return f.rejoin(ctx, name)
	}
	return f.lab.Start(ctx, name)
}

// heal makes all good that is left, and tries again until ctx ends.
func (f *field) heal(ctx context.Context, steps []*step) error {
	f.broken = nil
	f.lab.Heal()
	tick := time.NewTicker(f.every)
	defer tick.Stop()
	var last error
	for {
		err := f.healOnce(ctx, steps)
		if err == nil {
			return nil
		}
		if last == nil || ctx.Err() == nil { // the end of our patience tells nothing
			last = err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("heal: %w", last)
		}
	}
}

// healOnce ends the steps that go on, and makes all nodes run.
func (f *field) healOnce(ctx context.Context, steps []*step) error {
	var errs []error
	for _, s := range steps {
		if s.begun && !s.over {
			err := s.fault.end(ctx, f, s)
			s.over = err == nil
			errs = append(errs, err)
		}
	}
	for _, name := range f.lab.Names() {
		errs = append(errs, f.revive(ctx, name))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return f.complete(ctx)
}
