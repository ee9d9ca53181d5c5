package prove

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// operator is who does to a cluster what people do to it. A cluster that is broken refuses,
// which is its right.
type operator interface {
	// Transfer hands leadership to a member.
	Transfer(ctx context.Context, name string) error
	// Remove removes a member.
	Remove(ctx context.Context, name string) error
	// Snapshot has a member make a snapshot, and cut its log to it.
	Snapshot(ctx context.Context, name string) error
	// Roll returns the members, and which of them vote, as the leader has it. Without one
	// it is an error.
	Roll(ctx context.Context) (members, voters []string, err error)
}

// asking is how long the plan waits for what an operator asks of a broken cluster.
const asking = 2 * time.Second

// ask makes the beginning of a fault that is an operator's: it asks for something at each
// node of the step, at the same time.
func ask(what func(operator, context.Context, string) error) func(context.Context, *field, *step) error {
	return func(ctx context.Context, f *field, s *step) error {
		ctx, cancel := context.WithTimeout(ctx, asking)
		defer cancel()
		var all sync.WaitGroup
		for _, name := range s.resolved {
			all.Go(func() { _ = what(f.operator, ctx, name) })
		}
		all.Wait()
		return nil
	}
}

// remove has the cluster remove a node. Whether it did is looked up at the end.
func remove(ctx context.Context, f *field, s *step) error {
	if len(f.take(s)) == 0 {
		return nil
	}
	return ask(operator.Remove)(ctx, f, s)
}

// rejoin has a node join that was wiped. Of the one before a row may be left: nobody has
// heard that it was taken in, or that it was removed.
func (f *field) rejoin(ctx context.Context, name string) error {
	members, _, err := f.operator.Roll(ctx)
	if err == nil && slices.Contains(members, name) {
		err = f.operator.Remove(ctx, name)
	}
	if err != nil {
		return err
	}
	_, _, err = f.lab.Add(ctx, name)
	return err
}

// complete returns an error unless all nodes vote.
func (f *field) complete(ctx context.Context) error {
	members, voters, err := f.operator.Roll(ctx)
	if err != nil {
		return err
	}
	for _, name := range f.lab.Names() {
		if !slices.Contains(members, name) {
			return fmt.Errorf("%s is no member", name)
		}
		if !slices.Contains(voters, name) {
			return fmt.Errorf("%s does not vote yet", name)
		}
	}
	return nil
}

// replace puts new nodes in the place of those that were removed. They may vote later.
func replace(ctx context.Context, f *field, s *step) error {
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	return f.giveBack(s, func(name string) error { return f.revive(ctx, name) })
}
