// Package lab holds the commands of the playground, which do to its nodes what the
// world does to real ones.
package lab

import (
	"context"
	"slices"

	"kv/client"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
	"kv/repl/syntax"
)

// Lab is a playground: nodes that the shell may stop and start. All of its types
// are basic ones, so that whoever has such nodes need not know this package.
type Lab interface {
	// Names returns the names of all nodes, sorted, running or not.
	Names() []string
	// Describe tells about a node: its state in a word ("running", "stopped"),
	// its addresses HOST:PORT and its data folder.
	Describe(name string) (state, kvAddress, raftAddress, dataDir string)
	// Stop ends a node in good order.
	Stop(ctx context.Context, name string) error
	// Start starts a node that is stopped, with the data it had.
	Start(ctx context.Context, name string) error
	// Kill ends a node as a power cut does.
	Kill(ctx context.Context, name string) error
}

// Room returns the commands, which deal with lab. It may be nil where they are only
// listed.
func Room(lab Lab) shell.Room {
	l := rows{lab}
	room := shell.Room{Commands: l.commands()}
	if lab != nil {
		room.Words = map[*shell.Kind]shell.Words{kindNode: l.nodeWords}
	}
	return room
}

// rows are the commands with what they deal with.
type rows struct{ lab Lab }

// kindNode is a node of the playground.
var kindNode = &shell.Kind{}

func (l rows) nodeWords(context.Context, string) ([]string, error) { return l.lab.Names(), nil }

func (l rows) commands() []shell.Command {
	node := []shell.Arg{{Name: "NAME", Kind: kindNode}}
	return []shell.Command{
		{
			Name: "nodes", Group: shell.GroupPlayground, Lab: true, Run: l.nodes,
			Summary: "the nodes of this playground",
			Help:    "Lists them all, running or not, with their addresses and data folders.\n",
			Example: "nodes",
		},
		{
			Name: "stop", Group: shell.GroupPlayground, Lab: true, Args: node,
			Run:     l.each("stopped", Lab.Stop),
			Summary: "stop a node in good order",
			Help:    "The others go on while a majority of the voters runs.\n",
			Example: "stop n1",
		},
		{
			Name: "start", Group: shell.GroupPlayground, Lab: true, Args: node,
			Run:     l.each("started", Lab.Start),
			Summary: "start a node that was stopped",
			Help:    "It comes back with the data it had and catches up.\n",
			Example: "start n1",
		},
		{
			Name: "kill", Group: shell.GroupPlayground, Lab: true, Args: node,
			Run:     l.each("killed", Lab.Kill),
			Summary: "end a node as a power cut does",
			Help:    "What it had not yet written to disk is gone.\n",
			Example: "kill n1",
		},
	}
}

func (l rows) nodes(_ context.Context, s *shell.Session, _ shell.Args) error {
	g := &out.Grid{Head: []string{"NAME", "STATE", "CLIENTS", "RAFT", "DATA"}}
	for _, name := range l.lab.Names() {
		state, kv, raft, dir := l.lab.Describe(name)
		ink := s.Ink.Warn
		if state == "running" {
			ink = s.Ink.Good
		}
		g.Add(out.Inked(name, s.Ink.Strong), out.Inked(state, ink), out.Plain(out.OrDash(kv)), out.Plain(out.OrDash(raft)), out.Plain(out.OrDash(dir)))
	}
	return s.Table(g)
}

// each makes the command that does one thing to one node.
func (l rows) each(done string, do func(Lab, context.Context, string) error) func(context.Context, *shell.Session, shell.Args) error {
	return func(ctx context.Context, s *shell.Session, a shell.Args) error {
		names := l.lab.Names()
		name, err := shell.Resolve(a.Get("NAME"), names)
		if err != nil {
			return err
		}
		if !slices.Contains(names, name) {
			return &failure.AbsentError{Text: syntax.Quote(name) + ": no such node; `nodes` lists them"}
		}
		if err := do(l.lab, ctx, name); err != nil {
			return err
		}
		s.OK(client.Header{}, name+" "+done)
		return nil
	}
}
