package faults

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"kv/repl/out"
)

// Fault is something that is wrong in a playground. A fault of wires whose From is ""
// concerns all of them.
type Fault struct {
	// Kind is the word that orders it: partition, isolate, cut, delay, drop, hold. One of
	// another kind concerns the node From alone.
	Kind string
	// From and To are the ends of the wires it concerns. Isolate has From alone. Of a node
	// alone, To is what else is typed, such as full.
	From, To string
	// OneWay: only the wire from From to To is meant, not the one back.
	OneWay bool
	// Groups are those of a partition.
	Groups [][]string
	// Mean and Jitter are how long a message takes.
	Mean, Jitter time.Duration
	// Percent of the messages are lost.
	Percent float64
}

// String returns the fault as it is typed.
func (f Fault) String() string {
	parts := []string{f.Kind}
	switch f.Kind {
	case "partition":
		groups := make([]string, len(f.Groups))
		for i, g := range f.Groups {
			groups[i] = strings.Join(g, " ")
		}
		parts = append(parts, strings.Join(groups, " | "))
	case "cut", "delay", "drop", "hold":
		parts = append(parts, f.wires())
	default:
		parts = append(parts, f.From)
		if f.To != "" {
			parts = append(parts, f.To)
		}
	}
	if f.Mean > 0 || f.Jitter > 0 {
		parts = append(parts, f.time())
	}
	if f.Percent > 0 {
		parts = append(parts, strconv.FormatFloat(f.Percent, 'g', -1, 64)+"%")
	}
	return strings.Join(parts, " ")
}

// record is the fault for programs.
func (f Fault) record() out.Record {
	groups := make([]string, len(f.Groups))
	for i, g := range f.Groups {
		groups[i] = strings.Join(g, " ")
	}
	delays := f.Mean > 0 || f.Jitter > 0
	return out.Record{out.Text("fault", f.String()), out.Text("kind", f.Kind), out.Text("from", f.From), out.Text("to", f.To), out.Bool("one_way", f.OneWay),
		out.Texts("groups", groups), out.Duration("mean", f.Mean).If(delays), out.Duration("jitter", f.Jitter).If(delays),
		out.Float("percent", f.Percent).If(f.Percent > 0), out.Text("effect", f.effect())}
}

// wires returns the ends as they are typed.
func (f Fault) wires() string {
	switch {
	case f.From == "":
		return "all"
	case f.OneWay:
		return f.From + " -> " + f.To
	default:
		return f.From + " " + f.To
	}
}

func (f Fault) time() string {
	if f.Jitter == 0 {
		return f.Mean.String()
	}
	return f.Mean.String() + "±" + f.Jitter.String()
}

// effect says what the fault does, "" if it has to speak for itself.
func (f Fault) effect() string {
	between := "between " + f.From + " and " + f.To
	switch {
	case f.From == "":
		between = "between all nodes"
	case f.OneWay:
		between = "from " + f.From + " to " + f.To
	}
	switch f.Kind {
	case "partition":
		return "messages pass within a group only"
	case "isolate":
		return "no message passes from or to " + f.From
	case "cut":
		return "no message passes " + between
	case "delay":
		if f.Jitter > 0 {
			return fmt.Sprintf("messages %s take %v to %v", between, max(0, f.Mean-f.Jitter), f.Mean+f.Jitter)
		}
		return fmt.Sprintf("messages %s take %v", between, f.Mean)
	case "drop":
		return "some messages " + between + " are lost"
	case "pause":
		return "nothing comes in or goes out, and nothing reaches the disk of " + f.From
	case "slow-disk":
		return fmt.Sprintf("each sync of %s takes %v longer", f.From, f.Mean)
	case "clock":
		return "the leases and the history of " + f.From + " go at " + f.To
	case "fail-disk":
		return "every write and sync of " + f.From + " fails"
	case "hold":
		return "messages " + between + " wait for you; time stands still"
	default:
		return ""
	}
}
