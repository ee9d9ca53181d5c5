package wires

import (
	"slices"
	"time"
)

// The kinds of a Fault, by the words that order them.
const (
	Partition = "partition" // messages pass within a group of nodes only
	Isolate   = "isolate"   // no message passes from or to a node
	Cut       = "cut"       // no message passes
	Delay     = "delay"     // messages take their time
	Drop      = "drop"      // messages are lost
	Hold      = "hold"      // messages wait for Deliver or Lose
)

// Fault is something that is wrong with wires. A fault with From "" concerns all wires,
// and those of nodes that come later.
type Fault struct {
	// Kind is one of the kinds above.
	Kind string
	// From and To are the ends. Isolate has From alone; Partition has neither.
	From, To string
	// OneWay: only the wire from From to To is meant, not the one back.
	OneWay bool
	// Groups are those of a Partition. Nodes that are in none are one more.
	Groups [][]string
	// Mean and Jitter are a Delay's: each message takes Mean, give or take up to Jitter.
	Mean, Jitter time.Duration
	// Percent of the messages are lost by Drop, 0 to 100.
	Percent float64
}

// concerns reports whether the fault concerns the wire from one node to another.
func (f Fault) concerns(from, to string) bool {
	switch {
	case f.Kind == Partition:
		return f.group(from) != f.group(to)
	case f.Kind == Isolate:
		return f.From == from || f.From == to
	case f.From == "":
		return true
	default:
		return f.From == from && f.To == to || !f.OneWay && f.From == to && f.To == from
	}
}

// group returns the number of a node's group.
func (f Fault) group(name string) int {
	return slices.IndexFunc(f.Groups, func(g []string) bool { return slices.Contains(g, name) })
}

// cuts reports whether it is of a kind that keeps everything from passing.
func (f Fault) cuts() bool { return f.Kind == Partition || f.Kind == Isolate || f.Kind == Cut }

// on is what is left of the fault if of the wires that it concerns only this one is
// still to be concerned.
func (f Fault) on(e ends) Fault {
	if f.cuts() {
		f.Kind, f.Groups = Cut, nil
	}
	f.From, f.To, f.OneWay = e.from, e.to, true
	return f
}
