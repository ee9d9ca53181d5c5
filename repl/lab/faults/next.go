package faults

import (
	"context"
	"slices"
	"strconv"
)

// nextEnd returns the words that may follow those of FROM -> TO.
func (l rows) nextEnd(given []string) []string {
	switch {
	case len(given) == 0:
		return append(l.names(), "all")
	case given[0] == "all":
		return nil
	case len(given) == 1:
		return append(l.names(given...), "->")
	case len(given) == 2 && given[1] == "->":
		return l.names(given...)
	default:
		return nil
	}
}

// nextHealed is nextEnd for heal and release, which go without words too.
func (l rows) nextHealed(given []string) []string { return l.nextEnd(given) }

// nextGroup returns the nodes that are in no group yet.
func (l rows) nextGroup(given []string) []string {
	free := l.names(given...)
	if len(given) > 0 && given[len(given)-1] != "|" && len(free) > 0 {
		free = append(free, "|")
	}
	return free
}

// names returns the nodes' names but some.
func (l rows) names(without ...string) []string {
	if l.lab == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(l.lab.Names()), func(n string) bool { return slices.Contains(without, n) })
}

// messageWords are the numbers of what is in flight.
func (l rows) messageWords(context.Context, string) ([]string, error) {
	var ids []string
	for _, m := range l.lab.InFlight() {
		ids = append(ids, strconv.FormatUint(m.ID, 10))
	}
	return ids, nil
}
