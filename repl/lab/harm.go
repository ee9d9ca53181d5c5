package lab

import (
	"context"

	"kv/repl/shell"
)

// harms is each for what takes a voter away, and tells what the quorum is then.
func (l rows) harms(done string, do func(Lab, context.Context, string) error, next string) func(context.Context, *shell.Session, shell.Args) error {
	run := l.each(done, do, next)
	return func(ctx context.Context, s *shell.Session, a shell.Args) error {
		name, err := l.named(a)
		if err != nil {
			return err
		}
		return s.Inflict(ctx, shell.LossOf(name, l.lab), func() error { return run(ctx, s, a) })
	}
}

// confirm makes the question before a node is taken away.
func (l rows) confirm(verb string) func(context.Context, *shell.Session, shell.Args) (string, error) {
	return func(ctx context.Context, s *shell.Session, a shell.Args) (string, error) {
		name, err := l.named(a)
		if err != nil {
			return "", nil // Run says so
		}
		return s.ConfirmLoss(ctx, a, shell.LossOf(name, l.lab), verb+" "+name+" all the same?"), nil
	}
}

// confirmWipe asks always: what a node has promised does not come back.
func (l rows) confirmWipe(ctx context.Context, s *shell.Session, a shell.Args) (string, error) {
	name, err := l.named(a)
	if err != nil || a.Has("y") {
		return "", nil
	}
	switch state, _, _, _ := l.lab.Describe(name); state {
	case "running", "paused":
		return "", nil // Run refuses it
	}
	if e, ok := s.Foresee(ctx, shell.LossOf(name, l.lab)); ok {
		s.Note("%s", e.Text)
	}
	return "empty the folder of " + name + " for good?", nil
}
