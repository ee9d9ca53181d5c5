package prove

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// field is a lab with what chaos has done to it and not yet made good. One goroutine uses
// it.
type field struct {
	lab  Lab
	down map[string]bool // nodes that were taken away
	wire map[[2]string]map[*step]bool
}

func newField(lab Lab) *field {
	return &field{lab: lab, down: map[string]bool{}, wire: map[[2]string]map[*step]bool{}}
}

func (f *field) running(name string) bool {
	state, _, _, _ := f.lab.Describe(name)
	return state == "running"
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

// cut cuts the wires from some nodes to others, for a step.
func (f *field) cut(s *step, from, to []string) {
	for _, a := range from {
		for _, b := range to {
			w := [2]string{a, b}
			if f.wire[w] == nil {
				f.wire[w] = map[*step]bool{}
			}
			f.wire[w][s] = true
			f.lab.Cut(a, b)
		}
	}
}

// mend mends the wires that a step has cut, but for those that another has cut as well.
func (f *field) mend(s *step) {
	for w, by := range f.wire {
		if delete(by, s); len(by) == 0 {
			delete(f.wire, w)
		}
	}
	f.lab.Heal()
	for w := range f.wire {
		f.lab.Cut(w[0], w[1])
	}
}

func (f *field) start(ctx context.Context, name string) error {
	if err := f.lab.Start(ctx, name); err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	delete(f.down, name)
	return nil
}

// heal makes all good that is left, and tries again until ctx ends.
func (f *field) heal(ctx context.Context, steps []*step) error {
	clear(f.wire)
	f.lab.Heal()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		var errs []error
		for _, s := range steps {
			if s.begun && !s.over {
				err := s.fault.end(ctx, f, s)
				s.over = err == nil
				errs = append(errs, err)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(f.down)) {
			errs = append(errs, f.start(ctx, name))
		}
		err := errors.Join(errs...)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("heal: %w", err)
		}
	}
}
