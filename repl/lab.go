package repl

import (
	"context"
	"slices"

	"kv/client"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/syntax"
)

func playgroundCommands() []Command {
	node := []Arg{{Name: "NAME", Kind: KindNode}}
	return []Command{
		{
			Name: "nodes", Group: GroupPlayground, Lab: true, Run: runNodes,
			Summary: "the nodes of this playground",
			Help:    "Lists them all, running or not, with their addresses and data folders.\n",
			Example: "nodes",
		},
		{
			Name: "stop", Group: GroupPlayground, Lab: true, Args: node,
			Run:     labRun("stopped", Lab.Stop),
			Summary: "stop a node in good order",
			Help:    "The others go on while a majority of the voters runs.\n",
			Example: "stop n1",
		},
		{
			Name: "start", Group: GroupPlayground, Lab: true, Args: node,
			Run:     labRun("started", Lab.Start),
			Summary: "start a node that was stopped",
			Help:    "It comes back with the data it had and catches up.\n",
			Example: "start n1",
		},
		{
			Name: "kill", Group: GroupPlayground, Lab: true, Args: node,
			Run:     labRun("killed", Lab.Kill),
			Summary: "end a node as a power cut does",
			Help:    "What it had not yet written to disk is gone.\n",
			Example: "kill n1",
		},
	}
}

func runNodes(_ context.Context, s *Session, _ Args) error {
	g := &out.Grid{Head: []string{"NAME", "STATE", "CLIENTS", "RAFT", "DATA"}}
	for _, name := range s.lab.Names() {
		state, kv, raft, dir := s.lab.Describe(name)
		ink := s.Ink.Warn
		if state == "running" {
			ink = s.Ink.Good
		}
		g.Add(out.Inked(name, s.Ink.Strong), out.Inked(state, ink), out.Plain(out.OrDash(kv)), out.Plain(out.OrDash(raft)), out.Plain(out.OrDash(dir)))
	}
	return s.Table(g)
}

// labRun makes the command that does one thing to one node.
func labRun(done string, do func(Lab, context.Context, string) error) func(context.Context, *Session, Args) error {
	return func(ctx context.Context, s *Session, a Args) error {
		names := s.lab.Names()
		name, err := resolve(a.Get("NAME"), names)
		if err != nil {
			return err
		}
		if !slices.Contains(names, name) {
			return &failure.AbsentError{Text: syntax.Quote(name) + ": no such node; `nodes` lists them"}
		}
		if err := do(s.lab, ctx, name); err != nil {
			return err
		}
		s.ok(client.Header{}, name+" "+done)
		return nil
	}
}
