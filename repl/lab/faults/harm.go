package faults

import (
	"context"
	"slices"

	"kv/repl/quorum"
	"kv/repl/shell"
)

func (l rows) isolate(ctx context.Context, s *shell.Session, a shell.Args) error {
	name, err := l.name(a.Get("NAME"))
	if err != nil {
		return err
	}
	return s.Inflict(ctx, l.isolation(name), func() error { return l.broken(s, Fault{Kind: "isolate", From: name}) })
}

// isolation is the harm of cutting off a node.
func (l rows) isolation(name string) shell.Harm {
	return shell.Harm{Nodes: l.lab, Effect: l.divide([][]string{{name}})}
}

// division is the harm of a partition, which takes the place of the one before.
func (l rows) division(groups [][]string) shell.Harm {
	return shell.Harm{Nodes: l.lab, Mends: true, Effect: l.divide(groups)}
}

// divide is the effect of groups, in which who is isolated stays alone.
func (l rows) divide(groups [][]string) func([]quorum.Member) (quorum.Effect, bool) {
	return func(members []quorum.Member) (quorum.Effect, bool) {
		for i, m := range members {
			if slices.ContainsFunc(l.lab.Faults(), func(f Fault) bool { return f.Kind == "isolate" && f.From == m.Name }) {
				members[i].Answers = false
			}
		}
		return quorum.Divide(members, groups), true
	}
}

func (l rows) confirmIsolate(ctx context.Context, s *shell.Session, a shell.Args) (string, error) {
	name, err := l.name(a.Get("NAME"))
	if err != nil {
		return "", nil // Run says so
	}
	return s.ConfirmLoss(ctx, a, l.isolation(name), "isolate "+name+" all the same?"), nil
}

func (l rows) confirmPartition(ctx context.Context, s *shell.Session, a shell.Args) (string, error) {
	groups, err := l.groups(a)
	if err != nil {
		return "", nil // Run says so
	}
	return s.ConfirmLoss(ctx, a, l.division(groups), "divide the cluster all the same?"), nil
}
