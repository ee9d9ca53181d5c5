// Package lab holds the commands of the playground, which do to its nodes what the
// world does to real ones.
package lab

import (
	"context"
	"slices"
	"strings"

	"kv/client"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
	"kv/repl/syntax"
)

// Lab is a playground: nodes that the shell may stop and start. All of its types
// are basic ones, so that whoever has such nodes need not know this package.
type Lab interface {
	shell.Nodes
	// Stop ends a node in good order.
	Stop(ctx context.Context, name string) error
	// Start starts a node that is stopped, with the data it had.
	Start(ctx context.Context, name string) error
	// Restart stops a node in good order and starts it again.
	Restart(ctx context.Context, name string) error
	// Kill ends a node as a power cut does.
	Kill(ctx context.Context, name string) error
	// Pause freezes a node, Resume lets it go on.
	Pause(ctx context.Context, name string) error
	Resume(ctx context.Context, name string) error
	// Wipe empties the folder of a node that does not run.
	Wipe(ctx context.Context, name string) error
	// Add starts a new node, which joins the cluster, under a name or, if it is empty,
	// under the next one. It reports the name, and whether the node votes already.
	Add(ctx context.Context, name string) (added string, votes bool, err error)
	// Clock makes the clock of a node run at a rate, 1 being right.
	Clock(name string, rate float64) error
}

// Room returns the commands, which deal with lab. It may be nil where they are only
// listed.
func Room(lab Lab) shell.Room {
	l := rows{lab}
	room := shell.Room{Commands: l.commands()}
	if lab != nil {
		room.Words = map[*shell.Kind]shell.Words{kindNode: l.nodeWords, kindSpeed: speedWords, kindSpare: l.spareWords}
	}
	return room
}

// rows are the commands with what they deal with.
type rows struct{ lab Lab }

// kindNode is a node of the playground, kindSpare the name of one that may be added.
var (
	kindNode  = &shell.Kind{}
	kindSpare = &shell.Kind{}
)

func (l rows) nodeWords(context.Context, string) ([]string, error) { return l.lab.Names(), nil }

// spareWords are the nodes that are wiped: of the free names there are too many.
func (l rows) spareWords(context.Context, string) (spare []string, err error) {
	for _, name := range l.lab.Names() {
		if state, _, _, _ := l.lab.Describe(name); state == "wiped" {
			spare = append(spare, name)
		}
	}
	return spare, nil
}

func (l rows) nodes(_ context.Context, s *shell.Session, _ shell.Args) error {
	var all []node
	for _, name := range l.lab.Names() {
		n := node{name: name}
		n.state, n.kv, n.raft, n.dir = l.lab.Describe(name)
		n.state, n.why, _ = strings.Cut(n.state, ": ")
		all = append(all, n)
	}
	view := out.View[node]{Record: node.record, Head: []string{"NAME", "STATE", "CLIENTS", "RAFT", "DATA"},
		Cells: func(n node) []out.Cell { return n.cells(s.Ink) }}
	if err := view.All(s.Printer, all); err != nil {
		return err
	}
	for _, n := range all {
		if n.why != "" && !s.ForPrograms() {
			s.Warn("%s has ended by itself: %s", n.name, n.why)
		}
	}
	return nil
}

// node is a node of the playground; why is why it has ended by itself.
type node struct{ name, state, why, kv, raft, dir string }

func (n node) record() out.Record {
	return out.Record{out.Text("name", n.name), out.Text("state", n.state), out.Text("reason", n.why), out.Text("address", n.kv),
		out.Text("raft_address", n.raft), out.Text("data_dir", n.dir)}
}

func (n node) cells(ink out.Palette) []out.Cell {
	state := ink.Warn
	switch {
	case n.state == "running":
		state = ink.Good
	case n.why != "":
		state = ink.Bad
	}
	return []out.Cell{out.Inked(n.name, ink.Strong), out.Inked(n.state, state), out.Plain(out.OrDash(n.kv)), out.Plain(out.OrDash(n.raft)), out.Plain(out.OrDash(n.dir))}
}

// each makes the command that does one thing to one node, and tells a person what may
// come next.
func (l rows) each(done string, do func(Lab, context.Context, string) error, next string) func(context.Context, *shell.Session, shell.Args) error {
	return func(ctx context.Context, s *shell.Session, a shell.Args) error {
		name, err := l.named(a)
		if err != nil {
			return err
		}
		if err := do(l.lab, ctx, name); err != nil {
			return err
		}
		s.OK(client.Header{}, name+" "+done, out.Text("node", name), out.Text("done", done))
		if s.ForPeople() && next != "" {
			s.Note("%s", strings.ReplaceAll(next, "NAME", name))
		}
		return nil
	}
}

// named returns the node that the command names.
func (l rows) named(a shell.Args) (string, error) {
	names := l.lab.Names()
	name, err := shell.Resolve(a.Get("NAME"), names)
	if err == nil && !slices.Contains(names, name) {
		err = &failure.AbsentError{Text: syntax.Quote(name) + ": no such node; `nodes` lists them"}
	}
	return name, err
}

func (l rows) add(ctx context.Context, s *shell.Session, a shell.Args) error {
	name, votes, err := l.lab.Add(ctx, a.Get("NAME"))
	if err != nil {
		return err
	}
	if votes {
		s.OK(client.Header{}, name+" added; it votes", out.Text("node", name), out.Text("done", "added"), out.Bool("votes", true))
		return nil
	}
	s.OK(client.Header{}, name+" added as a learner; it gets its vote when it has caught up",
		out.Text("node", name), out.Text("done", "added"), out.Bool("votes", false))
	return nil
}
