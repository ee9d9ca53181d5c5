package wires

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// three is a network of three nodes.
func three(t *testing.T, seed uint64) *Network {
	t.Helper()
	n := New(Config{Seed: seed, Names: func() []string { return []string{"n1", "n2", "n3"} }})
	t.Cleanup(n.Close)
	return n
}

// cuts draws which wires let nothing pass, as "12" for that from n1 to n2.
func cuts(n *Network) string {
	return drawn(n, func(f Fault) bool { return f.cuts() })
}

func drawn(n *Network, which func(Fault) bool) string {
	var all []string
	for _, e := range n.all() {
		if slices.ContainsFunc(n.Faults(), func(f Fault) bool { return which(f) && f.concerns(e.from, e.to) }) {
			all = append(all, e.from[1:]+e.to[1:])
		}
	}
	return strings.Join(all, " ")
}

// shown is the faults in short.
func shown(n *Network) string {
	var all []string
	for _, f := range n.Faults() {
		all = append(all, strings.TrimSpace(fmt.Sprint(f.Kind, f.Groups, f.From, f.To, f.OneWay)))
	}
	return strings.Join(all, ", ")
}
