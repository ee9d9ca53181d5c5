// Package disk holds the commands that break the disks of a playground's nodes and mend
// them.
package disk

import (
	"context"
	"slices"
	"strings"
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
	// SlowDisk makes each sync of a node's disk take longer by d.
	SlowDisk(name string, d time.Duration) error
	// FailDisk makes every write and sync of a node's disk fail, for want of room if it
	// is full.
	FailDisk(name string, full bool) error
	// HealDisk mends a node's disk.
	HealDisk(name string) error
}

// Room returns the commands, which deal with lab. It may be nil where they are only
// listed.
func Room(lab Lab) shell.Room {
	r := rows{lab}
	room := shell.Room{Commands: r.commands()}
	if lab != nil {
		room.Words = map[*shell.Kind]shell.Words{kindNode: r.nodeWords}
	}
	return room
}

// rows are the commands with what they deal with.
type rows struct{ lab Lab }

var (
	kindNode = &shell.Kind{}
	kindFull = &shell.Kind{Words: []string{"full"}, Read: func(word string) (uint64, string) {
		if word == "full" {
			return 0, ""
		}
		return 0, "is all that may stand here, not " + syntax.Quote(word)
	}}
)

func (r rows) nodeWords(context.Context, string) ([]string, error) { return r.lab.Names(), nil }

func (r rows) commands() []shell.Command {
	node := shell.Arg{Name: "NAME", Kind: kindNode}
	return []shell.Command{
		{
			Name: "slow-disk", Group: shell.GroupFaults, Lab: true, Run: r.slow,
			Args:    []shell.Arg{node, {Name: "TIME", Kind: shell.KindDuration}},
			Summary: "make each sync of a node's disk take longer",
			Help: "TIME is 1ms to 1m, and adds to what the disk needs anyway. Writes wait for a\n" +
				"majority of the disks: one slow follower delays nobody, a slow leader nobody\n" +
				"while the others are quick. Beyond 5 s a leader gives up leading, and after four\n" +
				"times that a node ends. It outlasts restarts, until heal-disk.\n",
			Example: "slow-disk n1 200ms",
		},
		{
			Name: "fail-disk", Group: shell.GroupFaults, Lab: true, Run: r.fail,
			Args:    []shell.Arg{node, {Name: "full", Kind: kindFull, Optional: true}},
			Options: []shell.Option{shell.YesOption()}, Confirm: r.confirmFail,
			Summary: "make every write and sync of a node's disk fail",
			Help: "With full it fails for want of room. A node ends with the first failure, since\n" +
				"it cannot know any more what its disk has, and does not start until heal-disk.\n",
			Example: "fail-disk n1 full",
		},
		{
			Name: "heal-disk", Group: shell.GroupFaults, Lab: true, Run: r.heal,
			Args:    []shell.Arg{node},
			Summary: "mend a node's disk",
			Help:    "A node that has ended by it comes back with `start`.\n",
			Example: "heal-disk n1",
		},
	}
}

// node returns the node that the command names.
func (r rows) node(a shell.Args) (string, error) {
	names := r.lab.Names()
	name, err := shell.Resolve(a.Get("NAME"), names)
	if err == nil && !slices.Contains(names, name) {
		err = &failure.AbsentError{Text: syntax.Quote(name) + ": no such node; `nodes` lists them"}
	}
	return name, err
}

// note tells a person something beside the answer.
func note(s *shell.Session, format string, args ...any) {
	if s.ForPeople() {
		s.Note(format, args...)
	}
}

func (r rows) slow(_ context.Context, s *shell.Session, a shell.Args) error {
	name, err := r.node(a)
	if err != nil {
		return err
	}
	d := a.Duration("TIME")
	if err := r.lab.SlowDisk(name, d); err != nil {
		return err
	}
	s.OK(client.Header{}, "each sync of "+name+" takes "+d.String()+" longer", out.Text("node", name), out.Text("disk", "slow"), out.Duration("delay", d))
	note(s, "until `heal-disk %s`", name)
	return nil
}

func (r rows) fail(ctx context.Context, s *shell.Session, a shell.Args) error {
	name, err := r.node(a)
	if err != nil {
		return err
	}
	return s.Inflict(ctx, shell.LossOf(name, r.lab), func() error { return r.failed(s, name, a.Has("full")) })
}

func (r rows) failed(s *shell.Session, name string, full bool) error {
	if err := r.lab.FailDisk(name, full); err != nil {
		return err
	}
	if full {
		s.OK(client.Header{}, "the disk of "+name+" is full", out.Text("node", name), out.Text("disk", "full"))
	} else {
		s.OK(client.Header{}, "the disk of "+name+" fails", out.Text("node", name), out.Text("disk", "fails"))
	}
	if state, _, _, _ := r.lab.Describe(name); state == "running" {
		note(s, "%s ends with the next thing that it stores; `nodes` then says why", name)
	}
	return nil
}

func (r rows) confirmFail(ctx context.Context, s *shell.Session, a shell.Args) (string, error) {
	name, err := r.node(a)
	if err != nil {
		return "", nil // Run says so
	}
	return s.ConfirmLoss(ctx, a, shell.LossOf(name, r.lab), "let the disk of "+name+" fail all the same?"), nil
}

func (r rows) heal(_ context.Context, s *shell.Session, a shell.Args) error {
	name, err := r.node(a)
	if err != nil {
		return err
	}
	if err := r.lab.HealDisk(name); err != nil {
		return err
	}
	s.OK(client.Header{}, "the disk of "+name+" is sound", out.Text("node", name), out.Text("disk", "sound"))
	if state, _, _, _ := r.lab.Describe(name); strings.HasPrefix(state, "failed") {
		note(s, "%s has ended meanwhile; start it: start %s", name, name)
	}
	return nil
}
