package prove

import (
	"context"
	"errors"
	"sync"
)

func nothing(context.Context, *field, *step) error { return nil }

// takeAway makes the beginning of a fault that takes nodes away, all at once.
func takeAway(end func(Lab, context.Context, string) error) func(context.Context, *field, *step) error {
	return func(ctx context.Context, f *field, s *step) error {
		names := f.take(s)
		errs := make([]error, len(names))
		var all sync.WaitGroup
		for i, name := range names {
			all.Go(func() { errs[i] = end(f.lab, ctx, name) })
		}
		all.Wait()
		return errors.Join(errs...)
	}
}

// bringBack starts what the fault has ended.
func bringBack(ctx context.Context, f *field, s *step) error {
	return f.giveBack(s, func(name string) error { return f.lab.Start(ctx, name) })
}

func restart(ctx context.Context, f *field, s *step) error {
	if err := takeAway(Lab.Kill)(ctx, f, s); err != nil {
		return err
	}
	return bringBack(ctx, f, s)
}

func resume(ctx context.Context, f *field, s *step) error {
	return f.giveBack(s, func(name string) error { return f.lab.Resume(ctx, name) })
}

// failDisk makes the beginning of a fault by which a node ends itself.
func failDisk(full bool) func(context.Context, *field, *step) error {
	return takeAway(func(lab Lab, _ context.Context, name string) error { return lab.FailDisk(name, full) })
}

// changeDisk mends the disk. A node that has not noticed yet loses its power: it might
// notice later.
func changeDisk(ctx context.Context, f *field, s *step) error {
	return f.giveBack(s, func(name string) error {
		if err := f.lab.HealDisk(name); err != nil {
			return err
		}
		_ = f.lab.Kill(ctx, name)
		return f.lab.Start(ctx, name)
	})
}

func slowDisk(_ context.Context, f *field, s *step) error {
	return f.lab.SlowDisk(s.resolved[0], s.slowness())
}

func healDisk(_ context.Context, f *field, s *step) error { return f.lab.HealDisk(s.resolved[0]) }
