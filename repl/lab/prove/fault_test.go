package prove

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// field is a field over the bench.
func (b *bench) field() *field {
	f := newField(b.ground)
	f.operator, f.every = b.store, time.Millisecond
	return f
}

// sight is all that a fault can have done.
func (b *bench) sight(f *field) string {
	b.ground.mu.Lock()
	defer b.ground.mu.Unlock()
	return fmt.Sprint(b.ground.state, b.ground.wires, b.ground.disks, b.ground.did, b.store.operated, f.ears.deaf.Load())
}

// Each fault does something, and nothing of it is left at its end.
func TestEveryFaultHasAnEffectAndIsHealed(t *testing.T) {
	t.Parallel()
	for _, kind := range faults {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			f := b.field()
			s := &step{fault: kind, bad: 0.5, begun: true}
			s.targets = kind.choose(rand.New(rand.NewPCG(1, 1)), b.ground.Names())
			s.resolved = f.resolve(s.targets)
			before := b.sight(f)
			if err := kind.begin(t.Context(), f, s); err != nil {
				t.Fatal(err)
			}
			begun := b.sight(f)
			if begun == before {
				t.Error("it does nothing")
			}
			if kind.turn != nil {
				if err := kind.turn(t.Context(), f, s); err != nil || b.sight(f) == begun {
					t.Errorf("it does not turn: %v", err)
				}
			}
			if err := kind.end(t.Context(), f, s); err != nil {
				t.Error(err)
			}
			if err := f.complete(t.Context()); err != nil || f.ears.deaf.Load() != 0 {
				t.Errorf("after its end: %v, %d", err, f.ears.deaf.Load())
			}
			b.whole(t)
		})
	}
}

// A fault that nobody has ended is ended by the healing, as are nodes that ended by
// themselves.
func TestWhatIsLeftIsHealed(t *testing.T) {
	t.Parallel()
	for _, kind := range faults {
		b := newBench(t)
		f := b.field()
		s := &step{fault: kind, bad: 0.5, begun: true, resolved: []string{"n1", "n2"}}
		if err := kind.begin(t.Context(), f, s); err != nil {
			t.Fatal(err)
		}
		b.ground.state["n3"] = "failed: for reasons of its own"
		if err := f.heal(t.Context(), []*step{s}); err != nil || f.ears.deaf.Load() != 0 {
			t.Errorf("%s: %v", kind.name, err)
		}
		b.whole(t)
	}
}

// Of a node whose joining nobody heard of a row is left, which has to go first.
func TestAWipedNodeLeavesNoRow(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.ground.state["n2"] = "wiped"
	b.store.leaves = func(string) {}
	if err := b.field().heal(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if b.store.operated[0] != "removed n2" {
		t.Errorf("asked were %q", b.store.operated)
	}
	b.whole(t)
}
