package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"kv/node/playground"
	"kv/node/playground/wires"
	"kv/repl"
	"kv/repl/lab/faults"
)

// lab is a playground as the shell wants it.
type lab struct {
	*playground.Cluster
	chance *chance
}

var _ repl.Lab = lab{}

// noting does something to the cluster, and has the nodes' records say which faults have
// begun and ended by it.
func (l lab) noting(do func()) {
	before := l.faultTexts()
	do()
	after := l.faultTexts()
	for _, text := range before {
		if !slices.Contains(after, text) {
			l.MarkHealed(text)
		}
	}
	for _, text := range after {
		if !slices.Contains(before, text) {
			l.MarkFault(text)
		}
	}
}

func (l lab) faultTexts() []string {
	var texts []string
	for _, f := range l.Faults() {
		texts = append(texts, f.String())
	}
	return texts
}

// Pause implements lab.Lab.
func (l lab) Pause(ctx context.Context, name string) (err error) {
	l.noting(func() { err = l.Cluster.Pause(ctx, name) })
	return err
}

// Resume implements lab.Lab.
func (l lab) Resume(ctx context.Context, name string) (err error) {
	l.noting(func() { err = l.Cluster.Resume(ctx, name) })
	return err
}

// SlowDisk implements disk.Lab.
func (l lab) SlowDisk(name string, d time.Duration) (err error) {
	l.noting(func() { err = l.Cluster.SlowDisk(name, d) })
	return err
}

// FailDisk implements disk.Lab.
func (l lab) FailDisk(name string, full bool) (err error) {
	l.noting(func() { err = l.Cluster.FailDisk(name, full) })
	return err
}

// HealDisk implements disk.Lab.
func (l lab) HealDisk(name string) (err error) {
	l.noting(func() { err = l.Cluster.HealDisk(name) })
	return err
}

// Clock implements lab.Lab.
func (l lab) Clock(name string, rate float64) (err error) {
	l.noting(func() { err = l.Cluster.Clock(name, rate) })
	return err
}

// Break implements faults.Lab. A wire that is held has soon something to show.
func (l lab) Break(f faults.Fault) (err error) {
	l.noting(func() { err = l.Cluster.Break(wires.Fault(f)) })
	if err == nil {
		l.chance.notice(f)
	}
	if err == nil && f.Kind == wires.Hold {
		l.Network().Settle(context.Background()) // bounded by itself
	}
	return err
}

// Faults implements faults.Lab.
func (l lab) Faults() []faults.Fault {
	var all []faults.Fault
	for _, f := range l.Network().Faults() {
		all = append(all, faults.Fault(f))
	}
	for _, text := range l.NodeFaults() {
		all = append(all, nodeFault(strings.Fields(text)))
	}
	return all
}

// Divided implements shell.Nodes.
func (l lab) Divided() [][]string { return faults.Groups(l.Faults()) }

// Mend implements faults.Lab.
func (l lab) Mend(from, to string) (mended bool) {
	l.noting(func() { mended = l.mend(from, to) })
	return mended
}

func (l lab) mend(from, to string) bool {
	mended := l.Network().Heal(from, to)
	if to != "" {
		return mended
	}
	for _, text := range l.NodeFaults() {
		if name := strings.Fields(text)[1]; from == "" || name == from {
			mended = l.HealNode(name) == nil || mended
		}
	}
	return mended
}

// nodeFault reads what is wrong with a node, as it is typed.
func nodeFault(words []string) faults.Fault {
	f := faults.Fault{Kind: words[0], From: words[1]}
	if len(words) > 2 {
		var err error
		if f.Mean, err = time.ParseDuration(words[2]); err != nil {
			f.To = words[2]
		}
	}
	return f
}

// Release implements faults.Lab.
func (l lab) Release(from, to string) (released bool) {
	l.noting(func() { released = l.Network().Release(from, to) })
	return released
}

// InFlight implements faults.Lab.
func (l lab) InFlight() []faults.Message {
	var all []faults.Message
	for _, m := range l.Network().InFlight() {
		all = append(all, message(m))
	}
	return all
}

// Deliver implements faults.Lab.
func (l lab) Deliver(ctx context.Context, id uint64) (faults.Message, error) {
	m, err := l.Network().Deliver(ctx, id)
	return message(m), err
}

// Lose implements faults.Lab.
func (l lab) Lose(ctx context.Context, id uint64) (faults.Message, error) {
	m, err := l.Network().Lose(ctx, id)
	return message(m), err
}

// Step implements faults.Lab.
func (l lab) Step(ctx context.Context) (faults.Message, error) {
	m, err := l.Network().Step(ctx)
	return message(m), err
}

// message is a message as the shell wants it.
func message(m wires.Message) faults.Message {
	return faults.Message{
		ID: m.ID, From: m.From, To: m.To, Answer: m.Answer, Kind: m.Kind, Text: m.Text,
		Term: m.Term, Index: m.Index, Entries: m.Entries, Age: time.Since(m.Sent), State: m.State,
	}
}
