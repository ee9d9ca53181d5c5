package wires

import "slices"

// Break adds a fault. Of several delays or shares of losses of a wire the newest counts;
// a new partition takes the place of the old one.
func (n *Network) Break(f Fault) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if f.Kind == Hold && !n.busy.Load() {
		n.last = 0 // people type these numbers
	}
	n.faults = append(slices.DeleteFunc(n.faults, func(g Fault) bool { return n.replaces(f, g) }), f)
	n.changed()
}

// replaces reports whether nothing is left to do for a fault once a newer one is there.
// n.mu is held.
func (n *Network) replaces(newer, older Fault) bool {
	if newer.Kind != older.Kind || newer.From != "" && older.From == "" && older.Kind != Partition {
		return false
	}
	return newer.Kind == Partition || !slices.ContainsFunc(n.all(), func(e ends) bool {
		return older.concerns(e.from, e.to) && !newer.concerns(e.from, e.to)
	})
}

// Faults returns the faults in the order in which they came.
func (n *Network) Faults() []Fault {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.faults)
}

// Heal takes away what is wrong with some wires, holds included, and reports whether
// there was anything: with the wire from one node to another, or, if to is "", with all
// from and to a node, or, if from is "" too, with all. What is left of a fault that
// concerned more wires goes on, as faults of single wires.
func (n *Network) Heal(from, to string) bool {
	return n.heal(from, to, func(Fault) bool { return true })
}

// Release lets the messages go on that some wires hold, as Heal does.
func (n *Network) Release(from, to string) bool {
	return n.heal(from, to, func(f Fault) bool { return f.Kind == Hold })
}

func (n *Network) heal(from, to string, kind func(Fault) bool) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if from == "" {
		before := len(n.faults)
		n.faults = slices.DeleteFunc(n.faults, kind)
		n.changed()
		return len(n.faults) < before
	}
	did := n.mend(func(f Fault, e ends) bool {
		return kind(f) && (e == ends{from, to} || to == "" && (e.from == from || e.to == from))
	})
	n.changed()
	return did
}

// mend takes single wires out of the faults, and reports whether any was in one. n.mu
// is held.
func (n *Network) mend(whether func(Fault, ends) bool) bool {
	var left []Fault
	did := false
	for _, f := range n.faults {
		var sound, broken []ends
		for _, e := range n.all() {
			switch {
			case !f.concerns(e.from, e.to):
			case whether(f, e):
				sound = append(sound, e)
			default:
				broken = append(broken, e)
			}
		}
		if len(sound) == 0 {
			left = append(left, f)
			continue
		}
		did = true
		for _, e := range broken {
			left = append(left, f.on(e))
		}
	}
	n.faults = left
	return did
}

// all returns the ends of all wires there are, and of those to nodes that have gone.
// n.mu is held.
func (n *Network) all() []ends {
	names := n.cfg.Names()
	for _, f := range n.faults {
		names = append(names, f.From, f.To)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	var all []ends
	for _, from := range names {
		for _, to := range names {
			if from != to && from != "" && to != "" {
				all = append(all, ends{from, to})
			}
		}
	}
	return all
}
