package prove

import (
	"math/rand/v2"
	"slices"
)

// leader is a target that is not known before the fault begins.
const leader = "leader"

// one chooses a node; every third time whoever leads.
func one(rnd *rand.Rand, names []string) []string {
	n := rnd.IntN(3 * len(names))
	if n < len(names) {
		return []string{leader}
	}
	return []string{names[n%len(names)]}
}

// mostlyLeader chooses whoever leads, and now and then another.
func mostlyLeader(rnd *rand.Rand, names []string) []string {
	if n := rnd.IntN(4 * len(names)); n < len(names) {
		return []string{names[n]}
	}
	return []string{leader}
}

// anyone chooses a node.
func anyone(rnd *rand.Rand, names []string) []string { return sample(rnd, names, 1) }

func everybody(_ *rand.Rand, names []string) []string { return names }

// clients are no nodes: what happens to them happens to all of them.
func clients(*rand.Rand, []string) []string { return []string{"clients"} }

// two chooses two nodes.
func two(rnd *rand.Rand, names []string) []string {
	order := rnd.Perm(len(names))
	if len(order) < 2 {
		return names
	}
	return []string{names[order[0]], names[order[1]]}
}

// someOf chooses the nodes of one side: at least one, not all.
func someOf(rnd *rand.Rand, names []string) []string {
	if len(names) < 2 {
		return names
	}
	return sample(rnd, names, 1+rnd.IntN(len(names)-1))
}

// few chooses as many nodes as a cluster can do without, and at least one.
func few(rnd *rand.Rand, names []string) []string {
	return sample(rnd, names, max(1, (len(names)-1)/2))
}

// sample chooses n of the names, in their order.
func sample(rnd *rand.Rand, names []string, n int) []string {
	order := rnd.Perm(len(names))[:n]
	slices.Sort(order)
	chosen := make([]string, n)
	for i, at := range order {
		chosen[i] = names[at]
	}
	return chosen
}
