package prove

import (
	"context"
	"slices"
)

// cutOff cuts nodes off from all others.
func cutOff(_ context.Context, f *field, s *step) error {
	f.between(s, s.resolved, Lab.Cut)
	return nil
}

func cutOneWay(_ context.Context, f *field, s *step) error {
	f.from(s, s.resolved[:1], s.resolved[1:], Lab.Cut)
	return nil
}

// deafen lets a node hear nobody, though all hear it.
func deafen(_ context.Context, f *field, s *step) error {
	f.from(s, f.others(s.resolved), s.resolved, Lab.Cut)
	return nil
}

// mute turns that around: what was held on the wires arrives, late.
func mute(_ context.Context, f *field, s *step) error {
	f.mend(s)
	f.from(s, s.resolved, f.others(s.resolved), Lab.Cut)
	return nil
}

// shift takes those back that were cut off, and cuts off whoever leads and as many in all:
// what the ones have missed may be with those that are gone now.
func shift(_ context.Context, f *field, s *step) error {
	f.mend(s)
	others := f.others(s.resolved)
	if i := slices.Index(others, f.lab.Leader()); i > 0 {
		others[0], others[i] = others[i], others[0]
	}
	f.between(s, others[:min(len(others), len(s.resolved))], Lab.Cut)
	return nil
}

func delay(_ context.Context, f *field, s *step) error {
	f.between(s, s.resolved, func(lab Lab, from, to string) { lab.Delay(from, to, s.delay(), s.jitter()) })
	return nil
}

func drop(_ context.Context, f *field, s *step) error {
	f.between(s, s.resolved, func(lab Lab, from, to string) { lab.Drop(from, to, s.share()) })
	return nil
}

func mend(_ context.Context, f *field, s *step) error {
	f.mend(s)
	return nil
}
