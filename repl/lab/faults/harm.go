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
	return shell.Harm{Nodes: l.lab, Effect: func(members []quorum.Member) (quorum.Effect, bool) {
		apart := l.lab.Divided()
		return quorum.Divide(members, apart, alone(apart, name)), true
	}}
}

// division is the harm of a partition, which takes the place of the one before.
func (l rows) division(groups [][]string) shell.Harm {
	return shell.Harm{Nodes: l.lab, Mends: true, Effect: func(members []quorum.Member) (quorum.Effect, bool) {
		return quorum.Divide(members, nil, Groups(append(l.isolations(), Fault{Kind: "partition", Groups: groups}))), true
	}}
}

func (l rows) isolations() []Fault {
	return slices.DeleteFunc(l.lab.Faults(), func(f Fault) bool { return f.Kind != "isolate" })
}

// Groups returns the groups of nodes that do not hear each other by a partition or an
// isolation; all that are in none hear one another.
func Groups(all []Fault) (groups [][]string) {
	for _, f := range all {
		if f.Kind == "partition" {
			groups = append(groups, f.Groups...)
		}
	}
	for _, f := range all {
		if f.Kind == "isolate" {
			groups = alone(groups, f.From)
		}
	}
	return groups
}

// alone takes a node out of the groups and makes it one of its own.
func alone(groups [][]string, name string) [][]string {
	var all [][]string
	for _, g := range groups {
		all = append(all, slices.DeleteFunc(slices.Clone(g), func(n string) bool { return n == name }))
	}
	return append(all, []string{name})
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
