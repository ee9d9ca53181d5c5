// Package faults holds the commands that break the wires between the nodes of a
// playground, mend them, and deliver what is on them message by message.
package faults

import (
	"context"
	"slices"
	"time"

	"kv/client"
	"kv/repl/failure"
	"kv/repl/out"
	"kv/repl/shell"
	"kv/repl/syntax"
)

// Lab is what the commands ask of a playground.
type Lab interface {
	shell.Nodes
	// Break adds a fault, which lasts until it is healed.
	Break(Fault) error
	// Faults returns what is broken, in the order in which it was.
	Faults() []Fault
	// Mend heals the wire from one node to another, or, if to is "", all of a node's,
	// or, if from is "" too, everything, and reports whether anything was broken.
	Mend(from, to string) bool
	// Release lets go what such wires hold, and reports whether any did.
	Release(from, to string) bool
	// InFlight returns what is on its way between the nodes, the oldest first.
	InFlight() []Message
	// Deliver lets a message arrive. It returns when what follows from it is in flight.
	Deliver(ctx context.Context, id uint64) (Message, error)
	// Lose has a message never arrive.
	Lose(ctx context.Context, id uint64) (Message, error)
	// Step delivers the oldest message that is held.
	Step(ctx context.Context) (Message, error)
	// RunOut lets the election timer of a node run out, while anything is held.
	RunOut(ctx context.Context, name string) error
}

// Message is what is on its way from one node to another.
type Message struct {
	ID       uint64
	From, To string
	// Answer: it answers another message.
	Answer bool
	// Kind is what it is about in a word, such as vote; Text is what it says.
	Kind, Text string
	// Term is the sender's, Index that of the first entry or the one spoken of; 0 for
	// none. Entries is how many log entries it carries.
	Term, Index uint64
	Entries     int
	// Age is for how long it has been on its way.
	Age time.Duration
	// State says why it has not arrived: "held" or "waiting".
	State string
}

// Room returns the commands, which deal with lab. It may be nil where they are only
// listed.
func Room(lab Lab) shell.Room {
	l := rows{lab}
	room := shell.Room{Commands: append(l.faults(), l.steps()...)}
	if lab != nil {
		room.Words = map[*shell.Kind]shell.Words{
			kindNode:    func(context.Context, string) ([]string, error) { return lab.Names(), nil },
			kindMessage: l.messageWords,
		}
	}
	return room
}

// rows are the commands with what they deal with.
type rows struct{ lab Lab }

// kindNode is a node of the playground.
var kindNode = &shell.Kind{}

// words is the argument of the commands that read their words themselves.
func words(name string) []shell.Arg {
	return []shell.Arg{{Name: name, Many: true, Optional: true}}
}

func (l rows) faults() []shell.Command {
	all := []shell.Command{
		{
			Name: "partition", Args: words("GROUP"), Form: "NAME… | NAME…", Operators: true, Run: l.partition, Next: l.nextGroup, Confirm: l.confirmPartition,
			Options: []shell.Option{shell.YesOption()},
			Summary: "let messages pass within groups of nodes only",
			Help: "Nodes that are not named form one more group, those that come later included.\n" +
				"A new partition takes the place of the old one. Clients still reach every node. You are\n" +
				"asked if no group has a majority.\n",
			Example: "partition n1 n2 | n3",
		},
		{
			Name: "isolate", Args: []shell.Arg{{Name: "NAME", Kind: kindNode}}, Run: l.isolate, Confirm: l.confirmIsolate,
			Options: []shell.Option{shell.YesOption()},
			Summary: "cut a node off from all others",
			Help:    "It goes on running and still answers clients: ask it for a stale read, and for another.\n",
			Example: "isolate n1",
		},
		{
			Name: "cut", Args: words("WIRE"), Form: "FROM [->] TO | all", Run: l.cut, Next: l.nextEnd,
			Summary: "let no message pass from one node to another",
			Help: "With -> in that direction only, without it in both. A message waits at the cut until\n" +
				"the wire is healed or its sender's patience ends, as TCP has it.\n",
			Example: "cut n1 -> n2",
		},
		{
			Name: "delay", Args: words("WIRE"), Form: "FROM [->] TO TIME[±JITTER]", Run: l.delay, Next: l.nextEnd,
			Summary: "let messages between two nodes take their time",
			Help: "With -> in that direction only; `delay all 50ms` slows down every wire. +- stands for ±.\n" +
				"Each message arrives its time after it was sent; none overtakes another.\n",
			Example: "delay n1 n2 50ms±20ms",
		},
		{
			Name: "drop", Args: words("WIRE"), Form: "FROM [->] TO PERCENT", Run: l.drop, Next: l.nextEnd,
			Summary: "lose a part of the messages between two nodes",
			Help: "With -> in that direction only; `drop all 5%` concerns every wire. A lost message never\n" +
				"arrives and nobody is told: its sender waits until its patience ends, up to 5 s. In a\n" +
				"transaction, `drop N` removes a line instead.\n",
			Example: "drop n1 -> n2 30%",
		},
		{
			Name: "heal", Args: words("WIRE"), Form: "[all | NAME | FROM -> TO]", Run: l.heal, Next: l.nextHealed,
			Summary: "mend all wires, those of a node, or one",
			Help: "Holds are mended as well. A node that is healed goes on if it is paused, its disk is mended\n" +
				"and its clock right; if it has ended, `start` brings it back. `faults` lists what is broken.\n",
			Example: "heal n1 -> n2",
		},
		{
			Name: "faults", Run: l.list,
			Summary: "what is broken",
			Help:    "Faults last until they are healed; a restart of a node does not heal them.\n",
			Example: "faults",
		},
	}
	return inLab(all)
}

// inLab marks commands as those of a playground.
func inLab(commands []shell.Command) []shell.Command {
	for i := range commands {
		commands[i].Group, commands[i].Lab = shell.GroupFaults, true
	}
	return commands
}

// broken breaks something and says so.
func (l rows) broken(s *shell.Session, f Fault) error {
	if err := l.lab.Break(f); err != nil {
		return err
	}
	s.OK(client.Header{}, f.String(), f.record()...)
	return nil
}

func (l rows) list(_ context.Context, s *shell.Session, _ shell.Args) error {
	all := l.lab.Faults()
	if len(all) == 0 && s.ForPeople() {
		s.Note("nothing is broken")
		return nil
	}
	return out.View[Fault]{Record: Fault.record, Head: []string{"FAULT", "EFFECT"},
		Cells: func(f Fault) []out.Cell {
			return []out.Cell{out.Inked(f.String(), s.Ink.Warn), out.Plain(f.effect())}
		}}.All(s.Printer, all)
}

// name returns the node that a word names, by its beginning if that is enough.
func (l rows) name(word string) (string, error) {
	names := l.lab.Names()
	name, err := shell.Resolve(word, names)
	if err == nil && !slices.Contains(names, name) {
		err = &failure.AbsentError{Text: syntax.Quote(word) + ": no such node; `nodes` lists them"}
	}
	return name, err
}
