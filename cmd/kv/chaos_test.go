package main

import (
	"fmt"
	"testing"

	"kv/repl"
)

// Playgrounds of all sizes bear chaos.
func TestChaosOnFewAndManyNodes(t *testing.T) {
	t.Parallel()
	for _, nodes := range []int{1, 5, 9} {
		t.Run(fmt.Sprint(nodes), func(t *testing.T) {
			line := "chaos -seed 5 -for 2s -pace 400ms -faults kill,isolate,pause,delay,snapshot"
			kv(t, nil, "playground", "-free-ports", "-nodes", fmt.Sprint(nodes), "-c", line).expect(t, repl.ExitOK, "PASS", fmt.Sprint(nodes, " member"))
		})
	}
}
